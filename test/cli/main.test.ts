/** The `syncdb` program as it is run in a checkout. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { runProgram, startProgram } from '../support/program.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const syncdb = (...args: string[]) => runProgram(['bin/syncdb.js', ...args]);

test('tells its version', async () => {
  expect(await syncdb('--version')).toEqual({
    code: 0,
    stdout: `${packageJson.version}\n`,
    stderr: '',
  });
});

describe('a command that talks to a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());
  const remote = () => ({ SYNCDB_SERVER: server.address, SYNCDB_DATABASE: 'field' });

  test('is told by the environment where that is', async () => {
    const ends = await Promise.all([
      runProgram(['bin/syncdb.js', 'status'], remote()),
      runProgram(['bin/syncdb.js', 'query', 'Station', '--format', 'csv'], remote()),
    ]);
    expect(ends[0]).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\{.*\}\n$/),
      stderr: '',
    });
    expect(ends[1]).toEqual({ code: 0, stdout: 'id,name\n', stderr: '' });
  });

  test('reads what another one writes', async () => {
    const load = `"${process.execPath}" bin/syncdb.js load Station`;
    const copy = `"${process.execPath}" bin/syncdb.js query Station -f csv | ${load} -f csv --batch 2`;
    const line = `printf '{"id":"a","name":"North"}\\n{"id":"b"}\\n' | ${load} && ${copy}`;
    const end = await runProgram(['sh', '-c', line], remote());
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout.match(/"event":"done".*"rows":2,"skipped":0/g)).toHaveLength(2);
  });

  test('goes on where it writes, also if nobody reads what it says of that', async () => {
    const edits = [1, 2, 3, 4, 5].map((n) => `{"put":{"id":"gone${n}"}}\\n`).join('');
    const push = `"${process.execPath}" bin/syncdb.js push -t Station`;
    const line = `{ printf '${edits}' | ${push}; echo "ended with $?" >&2; } | true`;
    expect(await runProgram(['sh', '-c', line], remote())).toMatchObject({
      stderr: 'ended with 0\n',
    });
    const count = ['bin/syncdb.js', 'query', 'Station', '-w', 'id^=gone', '--count'];
    expect(await runProgram(count, remote())).toMatchObject({ stdout: '5\n' });
  });

  test('ends with 3 where something was refused, and on Ctrl-C as a shell expects', async () => {
    const line = `echo '{"patch":{"id":"nobody","name":"x"}}' | "${process.execPath}" bin/syncdb.js push -t Station`;
    expect(await runProgram(['sh', '-c', line], remote())).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('ROW_NOT_FOUND'),
      stderr: '',
    });
    const watching = startProgram(['bin/syncdb.js', 'watch', 'Inspection'], remote());
    await watching.prints('"live":true');
    watching.kill('SIGINT');
    // Ended by the signal itself, of which a shell makes 130.
    expect(await watching.ended).toMatchObject({ code: null, stderr: '' });
  });

  test('says in one line what is wrong, and what to do', async () => {
    const [wrong, nobody] = await Promise.all([
      runProgram(['bin/syncdb.js', 'query', 'Visit'], remote()),
      syncdb('query', 'Visit', '--server', '127.0.0.1:1'),
    ]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr:
        'syncdb query: table: the database has no table Visit; it has test.v1.Inspection, test.v1.Station\n',
    });
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toMatch(
      /^syncdb query: .*ECONNREFUSED.*: is it running there\? --server or SYNCDB_SERVER says where\n$/,
    );
  });

  test('ends quietly where nobody reads on', async () => {
    const client = await server.client();
    const notes = 'x'.repeat(200);
    client.transaction((edits) => {
      for (let n = 0; n < 2_000; n++) edits.table(InspectionSchema).put({ id: `i${n}`, notes });
    });
    await client.synced();
    const line = `"${process.execPath}" bin/syncdb.js query Inspection; echo "ended with $?" >&2`;
    const end = await runProgram(['sh', '-c', `{ ${line}; } | head -n 1`], remote());
    expect(end.stdout.split('\n')).toHaveLength(2);
    expect(end.stderr).toBe('ended with 0\n');
  });
});

test('teaches with examples', async () => {
  const [all, serve] = await Promise.all([syncdb('--help'), syncdb('serve', '--help')]);
  expect(all.stdout).toContain('$ syncdb serve --schema schema.binpb --data ./data');
  expect(serve.stdout).toContain('$ grpcurl -plaintext 127.0.0.1:50051');
  expect([all.code, serve.code]).toEqual([0, 0]);
});

describe('ends with 2 where it is asked in the wrong way:', () => {
  test.each([
    [[], /^Usage: syncdb/],
    [['srve'], /^error: unknown command 'srve'\n\(Did you mean serve\?\)/],
    [
      ['serve'],
      /^error: required option '--schema <file>' not specified\n.*\(syncdb serve --help tells more\)/s,
    ],
    [['load', 'x', '--batch', '0'], /argument '0' is invalid. It must be 1, 2, 3 ...\n/],
    [['load', 'x', '--id', 'a b'], /It must be 1 to 30 characters of A-Z a-z 0-9 . _ -\n/],
    [
      ['serve', '--schema', 'x', '--data', 'y', '--memory', '1'],
      /^error: option '--memory <size>' argument '1' is invalid. It must be 16MiB or more.\n/,
    ],
    [
      ['serve', '--schema', 'x', '--data', 'y', '--schema-version', '0'],
      /^error: option '--schema-version <number>' argument '0' is invalid. It must be 1, 2, 3 ...\n/,
    ],
  ])('%j', async (args, stderr) => {
    const end = await syncdb(...args);
    expect(end.stderr).toMatch(stderr);
    expect(end).toMatchObject({ code: 2, stdout: '' });
  });
});
