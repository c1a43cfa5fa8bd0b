import { readFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { failureText, namingFile, runProgram } from '../../src/cli/failure.ts';

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

test('who says what to do gets no hint', () => {
  const error = new SyncError(Code.notFound, 'GONE', 'it is gone: `syncdb repair` finds it');
  expect(failureText(error, { GONE: 'look elsewhere' })).toBe(error.message);
});

test('what the operating system refuses is its sentence too', () => {
  const error = Object.assign(new Error('ENOENT: no such file'), { syscall: 'open' });
  expect(failureText(error)).toBe('ENOENT: no such file');
});

test('the file is named where the operating system does not', async () => {
  const folder = import.meta.dirname;
  const failed = (path: string) =>
    namingFile(path, () => readFile(path)).then(String, (error: unknown) => failureText(error));
  expect(await failed(folder)).toBe(`${folder}: EISDIR: illegal operation on a directory, read`);
  expect(await failed('/nowhere/x')).toBe("ENOENT: no such file or directory, open '/nowhere/x'");
  await expect(namingFile('x', () => Promise.reject(new TypeError('y')))).rejects.toThrow(/^y$/);
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

test.each(['BAD_ADDRESS', 'NOT_LOOPBACK', 'BAD_DATABASE_NAME'])(
  'a program that is asked for what cannot be, with %s, ends with code 2',
  async (reason) => {
    vi.spyOn(console, 'error').mockReturnValue();
    await runProgram('syncdb test', () =>
      Promise.reject(new SyncError(Code.invalidArgument, reason, 'no')),
    );
    expect(process.exitCode).toBe(2);
  },
);

test('a program that does not fail ends as it likes', async () => {
  await runProgram('syncdb test', () => Promise.resolve());
  expect(process.exitCode).toBeUndefined();
});
