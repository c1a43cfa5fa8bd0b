import { expect, test, vi } from 'vitest';
import { Code, SyncError } from '../../../src/base/errors.ts';
import { whenLoaded } from '../../../src/cli/remote/when-loaded.ts';

const loading = () => new SyncError(Code.unavailable, 'DATABASE_LOADING', 'it is being opened');

test('a call is made again until its database is open', async () => {
  const call = vi.fn().mockRejectedValueOnce(loading()).mockRejectedValueOnce(loading());
  call.mockResolvedValue('rows');
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  expect(await whenLoaded(30_000, call, wait)).toBe('rows');
  expect(waits).toEqual([1_000, 1_000]);
});

test('it ends with the error when the time is over', async () => {
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  const call = vi.fn().mockImplementation(() => Promise.reject(loading()));
  await expect(whenLoaded(2_500, call, wait)).rejects.toMatchObject({ reason: 'DATABASE_LOADING' });
  expect(waits).toEqual([1_000, 1_000, 500]);
  expect(call).toHaveBeenCalledTimes(4);
});

test('what else goes wrong is thrown at once', async () => {
  const call = vi.fn().mockRejectedValue(new SyncError(Code.notFound, 'UNKNOWN_DATABASE', 'none'));
  const never = () => Promise.reject(new Error('waited'));
  await expect(whenLoaded(30_000, call, never)).rejects.toMatchObject({
    reason: 'UNKNOWN_DATABASE',
  });
  expect(call).toHaveBeenCalledTimes(1);
});
