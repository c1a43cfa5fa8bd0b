import { afterEach, expect, test, vi } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { failureText, runProgram } from '../../src/cli/failure.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test('a foreseen failure is its sentence', () => {
  expect(failureText(new SyncError(Code.notFound, 'GONE', 'it is gone'))).toBe('it is gone');
});

test('a hint for its reason follows it', () => {
  const error = new SyncError(Code.notFound, 'GONE', 'it is gone');
  expect(failureText(error, { GONE: 'look elsewhere' })).toBe('it is gone: look elsewhere');
});

test('what the operating system refuses is its sentence too', () => {
  const error = Object.assign(new Error('ENOENT: no such file'), { syscall: 'open' });
  expect(failureText(error)).toBe('ENOENT: no such file');
});

test('a mistake of the program tells where it is', () => {
  expect(failureText(new TypeError('x is undefined'))).toMatch(/TypeError: x is undefined\n.*at /);
  expect(failureText('thrown')).toBe('thrown');
});

test('a program that fails ends with code 1 and one line that names it', async () => {
  const lines = vi.spyOn(console, 'error').mockReturnValue();
  await runProgram('syncdb test', () =>
    Promise.reject(new SyncError(Code.notFound, 'GONE', 'gone')),
  );
  expect(lines.mock.calls).toEqual([['syncdb test: gone']]);
  expect(process.exitCode).toBe(1);
});

test('a program that does not fail ends as it likes', async () => {
  await runProgram('syncdb test', () => Promise.resolve());
  expect(process.exitCode).toBeUndefined();
});
