/** `syncdb load` against a real server. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type LoadOptions, load } from '../../src/cli/load.ts';
import type { Client } from '../../src/client/client-api.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions, type TestStreams, testStreams } from './support/streams.ts';

const makeFolder = tempFolders();
let server: TestServer;
let reader: Client;
let folder: string;

beforeEach(async () => {
  server = await startTestServer();
  reader = await server.client({ scopes: ['*'] });
  folder = makeFolder();
});
afterEach(async () => {
  process.exitCode = undefined;
  await server.close();
});

const never = new AbortController().signal;

async function run(
  files: string[],
  options: Partial<LoadOptions> = {},
  streams: TestStreams = testStreams(),
  stop = never,
) {
  const all: LoadOptions = { ...remoteOptions(server.address), mode: 'put', batch: 3, ...options };
  await load('Inspection', files, all, streams, stop);
  return streams;
}

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

async function rows(): Promise<Record<string, string>> {
  await reader.synced();
  const found = reader.table(InspectionSchema).query().rows;
  return Object.fromEntries(found.map(({ id, notes }) => [id, notes]));
}

/** Seven rows: three transactions. */
const lines = [1, 2, 3, 4, 5, 6, 7].map(
  (n) => `{"id":"i${n}","stationId":"s","notes":"note ${n}"}`,
);
const long = `{"id":"bad","notes":"${'x'.repeat(201)}"}`;

describe('writes the rows', () => {
  test('of several files, in batches, and says how many', async () => {
    const csv = file('more.csv', ['id,station_id,notes', 'c1,s,"a, b"', 'c2,s,']);
    const { out } = await run([file('rows.ndjson', lines), csv]);
    expect(await rows()).toMatchObject({ i1: 'note 1', i7: 'note 7', c1: 'a, b', c2: '' });
    const [done] = out()
      .trim()
      .split('\n')
      .slice(-1)
      .map((line) => JSON.parse(line));
    expect(done).toMatchObject({
      event: 'done',
      table: 'test.v1.Inspection',
      rows: 9,
      skipped: 0,
      batches: 3,
    });
    expect(Number(done.headSeq)).toBeGreaterThan(3);
    expect(process.exitCode).toBeUndefined();
  });

  test('of stdin, and tells a person in a sentence', async () => {
    const streams = testStreams({ input: lines.join('\n'), isTerminal: true });
    await run([], {}, streams);
    expect(streams.out()).toMatch(/^7 rows into test\.v1\.Inspection in 0 s, [\d,]+ rows\/s\n$/);
    expect(Object.keys(await rows())).toHaveLength(7);
  });

  test('in the place of those with their keys, or not', async () => {
    await run([file('rows.ndjson', lines)]);
    const changed = file('changed.ndjson', ['{"id":"i1","stationId":"s","visits":2}']);
    await run([changed], { mode: 'patch' });
    expect(await rows()).toMatchObject({ i1: 'note 1' });
    await run([changed]);
    expect(await rows()).toMatchObject({ i1: '' });
    await expect(run([changed], { mode: 'insert' })).rejects.toMatchObject({
      reason: 'ROW_EXISTS',
    });
  });

  test('once for each id, however often it is run', async () => {
    const path = file('rows.ndjson', lines);
    await run([path], { id: 'import-7' });
    const writes = () => server.database.source.settledOf('$service').counter;
    const before = writes();
    reader.table(InspectionSchema).patch('i1', { notes: 'changed since' });
    await reader.synced();
    await run([path], { id: 'import-7' });
    expect(await rows()).toMatchObject({ i1: 'changed since' });
    expect(writes()).toBe(before);
  });
});

describe('a bad row', () => {
  test('that the server refuses ends it, by file and line, and nothing of its batch is written', async () => {
    const path = file('rows.ndjson', [...lines.slice(0, 4), long, ...lines.slice(4)]);
    await expect(run([path])).rejects.toMatchObject({
      reason: 'ROW_INVALID',
      message: `${path}:5: notes: must be at most 200 characters; 3 rows, up to ${path}:3, are written, and nothing behind them`,
    });
    expect(Object.keys(await rows())).toEqual(['i1', 'i2', 'i3']);
  });

  test('that cannot be read does so too', async () => {
    const path = file('rows.csv', ['id,visits', 'a,1', 'b,many']);
    await expect(run([path])).rejects.toMatchObject({
      reason: 'BAD_INPUT',
      message: expect.stringMatching(`^${path}:3: .*visits.*; nothing was written$`),
    });
    expect(await rows()).toEqual({});
  });

  test('can be left out: all others are written, and it is kept with what is wrong', async () => {
    const path = file('rows.ndjson', [
      lines[0]!,
      long,
      '{"id":',
      ...lines.slice(1),
      '{"notes":"no key"}',
    ]);
    const bad = join(folder, 'bad.ndjson');
    const { out } = await run([path], { skipBad: bad });
    expect(Object.keys(await rows())).toHaveLength(7);
    const kept = readFileSync(bad, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(kept.sort((left, right) => left.line - right.line)).toEqual([
      { file: path, line: 2, problem: 'notes: must be at most 200 characters', source: long },
      { file: path, line: 3, problem: expect.stringContaining('JSON'), source: '{"id":' },
      {
        file: path,
        line: 10,
        problem: expect.stringMatching(/key|id/),
        source: '{"notes":"no key"}',
      },
    ]);
    expect(out()).toContain('"rows":7,"skipped":3');
    expect(process.exitCode).toBe(3);
  });

  test('is never written over what another load has left out', async () => {
    const bad = file('bad.ndjson', ['{}']);
    await expect(run([file('rows.ndjson', lines)], { skipBad: bad })).rejects.toMatchObject({
      reason: 'BAD_OPTION',
      message: `--skip-bad: ${bad} is there already; give another name`,
    });
    expect(readFileSync(bad, 'utf8')).toBe('{}\n');
  });

  test('of which nothing behind can be told ends it with what is before', async () => {
    const path = file('rows.json', ['[', ...lines.slice(0, 4).map((line) => `${line},`), '{"id":']);
    const bad = join(folder, 'bad.ndjson');
    await expect(run([path], { skipBad: bad })).rejects.toMatchObject({
      message: `${path}:6: what begins here has no end; 3 rows, up to ${path}:4, are written, and nothing behind them`,
    });
    expect(existsSync(bad)).toBe(true);
  });
});

test('a stop ends it between two batches, and says how far it is', async () => {
  const stop = new AbortController();
  const streams = testStreams();
  const stdin = (async function* () {
    yield Buffer.from(`${lines.slice(0, 4).join('\n')}\n`);
    await expect.poll(async () => Object.keys(await rows()).length).toBe(3);
    stop.abort();
    await new Promise(() => {});
  })();
  await run([], {}, { ...streams, stdin }, stop.signal);
  expect(JSON.parse(streams.out())).toMatchObject({ event: 'stopped', rows: 3, upTo: 'stdin:3' });
  expect(process.exitCode).toBe(130);
});

test('what is wrong with the server is said with what is written', async () => {
  await expect(run([file('rows.ndjson', lines)], { database: 'none' })).rejects.toMatchObject({
    reason: 'UNKNOWN_DATABASE',
  });
});
