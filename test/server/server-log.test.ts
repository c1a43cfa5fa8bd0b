import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { TrackSchema } from '../../gen/es/test/v1/track_pb.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import type { Logger } from '../../src/base/logger.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { createLogger } from '../../src/server/logger.ts';
import { sayCodecsLacking, sayInternalError, sayWriteState } from '../../src/server/server-log.ts';
import { identity } from '../session/support/hosts.ts';
import { call, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { heights, polyline } from '../table/batch/support/polyline.ts';
import { RawStream, station } from './support/raw-stream.ts';

type Line = Record<string, unknown> & { readonly level: string; readonly sentence: string };

/** A logger, and what it was told. */
function noting(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (facts: object, sentence: string) =>
    void lines.push({ ...facts, level, sentence });
  return {
    lines,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
  };
}

let server: TestServer | undefined;
let stubs: Stubs | undefined;

afterEach(async () => {
  stubs?.close();
  await server?.close();
  stubs = undefined;
  server = undefined;
});

test('a server says that it starts and stops, and of each session how it began and ended', async () => {
  const { logger, lines } = noting();
  server = await startTestServer({ logger, authorise: () => identity({ name: 'ann' }) });
  stubs = stubsOf(server);
  const stream = new RawStream(server, stubs);
  stream.hello('p1');
  await stream.live();
  stream.push(station('p1', 1, 'a secret name'));
  await eventually(() => stream.outcomes().length === 1);
  stream.halfClose();
  await eventually(() => lines.some(({ sentence }) => sentence === 'session ended'));
  stubs.close();
  await server.close();
  const session = { database: 'field', session: 's1', replica: 'p1', identity: 'ann' };
  expect(lines).toMatchObject([
    {
      ...{ level: 'info', sentence: 'server started', address: server.address },
      databases: [{ name: 'field', schemaVersion: 1, headSeq: 1 }],
    },
    { ...session, level: 'info', sentence: 'session began', relay: false, isFirst: true },
    { ...session, level: 'info', sentence: 'session ended', code: 'OK', reason: '' },
    { level: 'info', sentence: 'server stopping', sessions: 0 },
    { level: 'info', sentence: 'server stopped' },
  ]);
  expect(lines[2]!.bytesIn).toBeGreaterThan(50);
  expect(lines[2]!.bytesOut).toBeGreaterThan(50);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('calls that are refused are said with their reason, once, and without what they brought', async () => {
  const { logger, lines } = noting();
  server = await startTestServer({ logger });
  stubs = stubsOf(server);
  const { sync } = stubs;
  const request = {
    ...{ handshake: handshakeOf(server, 'p1'), transactions: [station('p1', 1, 'secret', '')] },
    refuseUnfit: false,
  };
  await expect(call((done) => sync.push(request, done))).rejects.toThrow();
  const stream = new RawStream(server, stubs);
  stream.hello('no such id!');
  await eventually(() => stream.error !== undefined);
  const refused = () => lines.filter(({ sentence }) => sentence === 'call refused');
  await eventually(() => refused().length === 2);
  expect(refused()).toMatchObject([
    { level: 'warn', method: 'syncdb.v1.SyncService/Push', reason: 'BAD_KEY' },
    { level: 'warn', method: 'syncdb.v1.SyncService/Sync', reason: 'BAD_REPLICA_ID' },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/secret|no such id/);
});

test('a session that the server ends is said with the reason, and not as a call that was refused', async () => {
  const { logger, lines } = noting();
  server = await startTestServer({ logger });
  const client = await server.client();
  await client.synced();
  client.table(StationSchema).put({ id: 's1' });
  await client.synced();
  await server.running.close(500);
  await eventually(() => lines.some(({ sentence }) => sentence === 'session ended'));
  expect(lines.find(({ sentence }) => sentence === 'session ended')).toMatchObject({
    ...{ code: 'UNAVAILABLE', reason: 'SERVER_STOPPING' },
  });
  expect(lines.some(({ sentence }) => sentence === 'call refused')).toBe(false);
});

test('of sessions that begin and end over and over 100 are said in a minute, and how many more there were', async () => {
  const { logger, lines } = noting();
  server = await startTestServer({ logger });
  stubs = stubsOf(server);
  const count = 130;
  for (let index = 0; index < count; index++) {
    const stream = new RawStream(server, stubs);
    stream.hello('p1');
    await stream.live();
    stream.halfClose();
    await eventually(() => stream.ended);
  }
  await server.close();
  const said = (sentence: string) => lines.filter((line) => line.sentence === sentence);
  for (const what of ['began', 'ended']) {
    expect(said(`session ${what}`)).toHaveLength(100);
    expect(said(`more sessions ${what}`)).toMatchObject([{ count: count - 100, level: 'info' }]);
  }
});

test('a listener that throws is said, and the database and its other listeners go on', async () => {
  const { logger, lines } = noting();
  server = await startTestServer({ logger });
  const heard: string[] = [];
  const mistake = (what: string) => () => {
    throw new Error(`a mistake of ${what}`);
  };
  server.database.onCommits(mistake('one who hears commits'));
  server.database.onNews(mistake('one who hears news'));
  server.database.onCommits(() => heard.push('commits'));
  server.database.onNews(() => heard.push('news'));
  const client = await server.client();
  for (const id of ['a', 'b']) {
    client.table(StationSchema).put({ id });
    await client.synced();
  }
  expect(heard).toEqual(['commits', 'news', 'commits', 'news']);
  const said = lines.filter(({ sentence }) => sentence === 'internal error');
  expect(said.map(({ error }) => (error as { message: string }).message)).toEqual([
    ...['a mistake of one who hears commits', 'a mistake of one who hears news'],
    ...['a mistake of one who hears commits', 'a mistake of one who hears news'],
  ]);
  expect(server.database.writeState).toBe('open');
});

test('of a mistake that happens over and over 20 lines are said in a minute', async () => {
  const { logger, lines } = noting();
  server = await startTestServer({ logger });
  server.database.onCommits(() => {
    throw new Error('a mistake');
  });
  const client = await server.client();
  for (let index = 0; index < 25; index++) {
    client.table(StationSchema).put({ id: `${index}` });
    await client.synced();
  }
  await server.close();
  const said = (sentence: string) => lines.filter((line) => line.sentence === sentence);
  expect(said('internal error')).toHaveLength(20);
  expect(said('more internal errors')).toMatchObject([{ count: 5, level: 'error' }]);
});

test('a database that takes no writes is a warning, and one that has failed an error', () => {
  const { logger, lines } = noting();
  sayWriteState(
    logger,
    'main',
    'full',
    new SyncError(Code.resourceExhausted, 'LOG_DISK_FULL', 'x'),
  );
  sayWriteState(logger, 'main', 'open', undefined);
  sayWriteState(logger, 'main', 'failed', new Error('gone'));
  expect(lines).toMatchObject([
    { level: 'warn', state: 'full', reason: 'LOG_DISK_FULL', database: 'main' },
    { level: 'warn', state: 'open', sentence: 'database main: takes writes again' },
    { level: 'error', state: 'failed', cause: 'gone' },
  ]);
});

test('an error that nobody foresaw is there with its stack', () => {
  const { logger, lines } = noting();
  const error = new TypeError('oops');
  sayInternalError(logger, error);
  sayInternalError(logger, new SyncError(Code.failedPrecondition, 'AMBIGUOUS_FILES', 'two files'));
  expect(lines).toMatchObject([
    {
      ...{ level: 'error', sentence: 'internal error' },
      error: { type: 'TypeError', message: 'oops', stack: error.stack, causes: [] },
    },
    { level: 'error', sentence: 'two files', error: { code: 9, reason: 'AMBIGUOUS_FILES' } },
  ]);
});

test('an error is said without what else it has, and of its causes the names', () => {
  const said: string[] = [];
  const logger = createLogger('error', { write: (line) => void said.push(line) });
  const config = { headers: { Authorization: 'Bearer SECRET' } };
  const cause = Object.assign(new TypeError('by SECRET'), { config });
  const error = Object.assign(new Error('status 503', { cause }), { code: 'ERR_BAD', config });
  sayInternalError(logger, error);
  sayInternalError(logger, Object.assign(new Error('x'), { code: config }));
  sayInternalError(logger, { config });
  const [first, ...rest] = said.map((line) => JSON.parse(line).error);
  expect(first).toEqual({
    ...{ type: 'Error', code: 'ERR_BAD', message: 'status 503', causes: ['TypeError'] },
    stack: error.stack,
  });
  expect(rest).toMatchObject([{ message: 'x' }, { type: 'object' }]);
  expect(said.join('')).not.toContain('SECRET');
});

test('causes that go round in a circle are named some times', () => {
  const { logger, lines } = noting();
  const error = new Error('x');
  error.cause = error;
  sayInternalError(logger, error);
  expect((lines[0]!.error as { causes: string[] }).causes).toHaveLength(8);
});

test('a server says which fields name codecs that it does not have', () => {
  const { logger, lines } = noting();
  const database = { name: 'walks', schema: createSchema([TrackSchema]) };
  sayCodecsLacking(logger, database, [heights, polyline]);
  expect(lines).toEqual([]);
  sayCodecsLacking(logger, database, [heights]);
  sayCodecsLacking(logger, database);
  const sentence = 'fields name codecs that this server does not have';
  const [line, list] = ['test.v1.Track.line: acme.polyline', 'test.v1.Track.heights: acme.heights'];
  expect(lines).toEqual([
    { level: 'info', sentence, database: 'walks', fields: [line] },
    { level: 'info', sentence, database: 'walks', fields: [line, list] },
  ]);
});
