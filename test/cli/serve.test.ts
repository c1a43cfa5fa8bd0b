/** `syncdb serve` as it is run in a checkout. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { ValidatedSchema } from '../../gen/es/test/v1/validated_pb.ts';
import { makeSnapshots } from '../log/support/snapshots.ts';
import { imageOf } from '../support/image-of.ts';
import { runProgram, startProgram } from '../support/program.ts';

let folder: string;
let image: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'syncdb-serve-'));
  image = join(folder, 'image.binpb');
  writeFileSync(image, imageOf(ValidatedSchema.file));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('serves the tables of an image until SIGTERM', async () => {
  const server = startProgram(['bin/syncdb.js', 'serve', ...options(), '--database', 'plants']);
  const printed = await server.prints('\n');
  const line = /^database plants, schema 1 \([0-9a-f]{16}\), listening on (127\.0\.0\.1:\d+)\n$/;
  expect(printed).toMatch(line);
  const [, address] = line.exec(printed)!;
  const listed = await runProgram([
    join('node_modules', '.bin', 'buf'),
    ...['curl', '--http2-prior-knowledge', '--protocol', 'grpc', '-d', '{"database": "plants"}'],
    `http://${address}/syncdb.v1.AdminService/ListTables`,
  ]);
  expect(listed.stdout).toContain('"name": "test.v1.Validated"');
  server.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, stdout: printed, stderr: '' });
});

describe('a start that cannot be is one line, and makes no files:', () => {
  test.each([
    ['no such image', 1, ['--schema', '/nowhere/image.binpb'], /ENOENT: .*\/nowhere\/image\.binpb/],
    ['a folder', 1, ['--schema', 'src'], /: src: EISDIR: /],
    ['no image', 1, ['--schema', 'package.json'], /not a complete FileDescriptorSet/],
    ['no name', 2, ['--database', '../x'], /database: must be 1 to 64 characters/],
    ['no address', 2, ['--listen', 'here'], /address: "here" is not host:port/],
    ['no address', 2, ['--listen', 'here', '--insecure'], /address: "here" is not host:port/],
    ['not loopback', 2, ['--listen', '0.0.0.0:0'], /configure an authoriser, or pass --insecure/],
  ])('%s', async (_what, code, args, problem) => {
    const data = join(folder, 'never');
    const end = await runProgram(['bin/syncdb.js', 'serve', ...options(data), ...args]);
    expect(end.stderr).toMatch(problem);
    expect(end.stderr).toMatch(/^syncdb serve: [^\n]*\n$/);
    expect(end).toMatchObject({ code, stdout: '' });
    expect(existsSync(data)).toBe(false);
  });
});

test('a level of the log that there is not is wrong usage', async () => {
  const environment = { SYNCDB_LOG_LEVEL: 'loud' };
  const end = await runProgram(['bin/syncdb.js', 'serve', ...options()], environment);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/^syncdb serve: SYNCDB_LOG_LEVEL: must be one of [^\n]*\n$/);
});

test('takes every option from the environment', async () => {
  const server = startProgram(['bin/syncdb.js', 'serve'], {
    ...{ SYNCDB_SCHEMA: image, SYNCDB_DATA: join(folder, 'data'), SYNCDB_DATABASE: 'told' },
    ...{ SYNCDB_LISTEN: '0.0.0.0:0', SYNCDB_INSECURE: 'true', SYNCDB_SCHEMA_VERSION: '3' },
    ...{ SYNCDB_MEMORY: '64MiB', SYNCDB_CONNECTIONS_MAX: '10' },
  });
  const printed = await server.prints('\n');
  expect(printed).toMatch(
    /^database told, schema 3 \([0-9a-f]{16}\), listening on 0\.0\.0\.0:\d+\n$/,
  );
  server.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  [
    { SYNCDB_CONNECTIONS_MAX: '0' },
    /^syncdb serve: SYNCDB_CONNECTIONS_MAX: 0 is not between 1 and/,
  ],
  [{ SYNCDB_INSECURE: 'yes' }, /^syncdb serve: SYNCDB_INSECURE: "yes" is not true or false\n/],
  [{ SYNCDB_LISTEN: '0.0.0.0:0', SYNCDB_INSECURE: 'false' }, /configure an authoriser/],
])('with %j it makes no files, and ends with 2', async (environment, problem) => {
  const data = join(folder, 'never');
  const args = ['--schema', image, '--data', data];
  const end = await runProgram(['bin/syncdb.js', 'serve', ...args], environment);
  expect(end.stderr).toMatch(problem);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(existsSync(data)).toBe(false);
});

describe('a start that fails says what to do:', () => {
  test.each([
    ['the file is something else', 'x'.repeat(100_000), /is not a SyncDB log: .*`syncdb repair`/],
    ['the log is gone', undefined, /main\.syncdb is empty or missing.*`syncdb repair`/],
  ])('%s', async (_what, log, problem) => {
    const data = mkdtempSync(join(folder, 'ruined-'));
    if (log === undefined) makeSnapshots(join(data, 'main.syncdb-snapshots'));
    else writeFileSync(join(data, 'main.syncdb'), log);
    const end = await runProgram(['bin/syncdb.js', 'serve', ...options(data)]);
    expect(end.stderr).toMatch(problem);
    expect(end).toMatchObject({ code: 1, stdout: '' });
  });

  test('nobody can write there', async () => {
    // No file can be made in it, whoever asks.
    const end = await runProgram(['bin/syncdb.js', 'serve', ...options('/proc/self')]);
    expect(end.stderr).toMatch(
      /^syncdb serve: \/proc\/self\/main\.syncdb cannot be opened .*: this user must be able to write there/,
    );
  });
});

test('a second one on the same file ends with one line that names it, and code 1; the first goes on', async () => {
  const first = startProgram(['bin/syncdb.js', 'serve', ...options(), '--database', 'shared']);
  const address = /listening on (\S+)/.exec(await first.prints('listening'))![1]!;
  const end = await runProgram(['bin/syncdb.js', 'serve', ...options(), '--database', 'shared']);
  const file = join(folder, 'data', 'shared.syncdb');
  expect(end).toEqual({
    code: 1,
    stdout: '',
    stderr: `syncdb serve: ${file} is in use by another process, or opened twice by this one: stop that one first, or serve another folder\n`,
  });
  const listed = await runProgram([
    join('node_modules', '.bin', 'buf'),
    ...['curl', '--http2-prior-knowledge', '--protocol', 'grpc', '-d', '{}'],
    `http://${address}/syncdb.v1.AdminService/ListDatabases`,
  ]);
  expect(listed.stdout).toContain('"name": "shared"');
  first.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 0, stderr: '' });
});

test('a schema that does not fit the data is one line, and code 1', async () => {
  const other = join(folder, 'other.binpb');
  writeFileSync(other, imageOf(StationSchema.file));
  const server = startProgram(['bin/syncdb.js', 'serve', ...options(), '--database', 'changed']);
  await server.prints('listening');
  server.kill('SIGTERM');
  await server.ended;
  const args = [...options(), '--database', 'changed', '--schema', other];
  const end = await runProgram(['bin/syncdb.js', 'serve', ...args]);
  expect(end.stderr).toMatch(
    /^syncdb serve: schema version 1 does not fit the rows of the log: test\.v1\.FreeRow: the table is missing[^\n]*\n$/,
  );
  expect(end).toMatchObject({ code: 1, stdout: '' });
});

function options(data = join(folder, 'data')): string[] {
  return ['--schema', image, '--data', data, '--listen', '127.0.0.1:0'];
}
