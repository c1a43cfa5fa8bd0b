import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { addRemoteOptions, headerParts } from '../../../src/cli/remote/remote-options.ts';

afterEach(() => vi.unstubAllEnvs());

function parsed(...args: string[]) {
  const command = new Command('test').exitOverride().configureOutput({ writeErr: () => {} });
  return addRemoteOptions(command).parse(args, { from: 'user' }).opts();
}

test('say where the server is, with defaults', () => {
  expect(parsed()).toEqual({
    server: '127.0.0.1:50051',
    database: 'main',
    timeout: 30_000,
    header: [],
  });
});

test('can all come from the environment, and what is said goes before', () => {
  vi.stubEnv('SYNCDB_SERVER', 'db:1');
  vi.stubEnv('SYNCDB_DATABASE', 'field');
  vi.stubEnv('SYNCDB_SCHEMA', 's.binpb');
  vi.stubEnv('SYNCDB_TIMEOUT', '1.5');
  vi.stubEnv('SYNCDB_TOKEN', 'secret');
  vi.stubEnv('SYNCDB_HEADER', 'x-team: blue');
  expect(parsed('--server', 'other:2')).toEqual({
    server: 'other:2',
    database: 'field',
    schema: 's.binpb',
    timeout: 1_500,
    token: 'secret',
    header: ['x-team: blue'],
  });
});

test('headers may be given again', () => {
  const { header } = parsed('--header', 'x-a:1', '--header', 'x-b: two words ');
  expect(header.map(headerParts)).toEqual([
    ['x-a', '1'],
    ['x-b', 'two words'],
  ]);
});

test.each([
  [['--timeout', '0'], /It must be a number of seconds, up to 86400/],
  [['--timeout', 'soon'], /It must be a number of seconds/],
  [['--timeout', ''], /It must be a number of seconds/],
  [['--header', 'nonsense'], /It must be `name: value` in ASCII/],
  [['--header', 'x-key-bin: 1'], /It must be `name: value` in ASCII/],
  [['--header', 'x: é'], /It must be `name: value` in ASCII/],
])('%j is refused', (args, message) => {
  expect(() => parsed(...args)).toThrow(message);
});
