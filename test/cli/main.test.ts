/** The `syncdb` program as it is run in a checkout. */
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runProgram } from '../support/program.ts';

const syncdb = (...args: string[]) => runProgram(['bin/syncdb.js', ...args]);

test('tells its version', async () => {
  expect(await syncdb('--version')).toEqual({
    code: 0,
    stdout: `${packageJson.version}\n`,
    stderr: '',
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
