import { expect } from 'vitest';
import { SyncError } from '../../../src/base/errors.ts';
import type { Log, LogSlice } from '../../../src/log/log.ts';
import { recordAt } from './record-at.ts';

/** The bytes that stand at `position` in the logs of these tests. */
export const record = recordAt;

/** `count` records from position `first` on. */
export function records(first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => recordAt(first + index));
}

export async function slicesOf(log: Log, after: number): Promise<LogSlice[]> {
  const slices: LogSlice[] = [];
  for await (const slice of log.read(after)) slices.push(slice);
  return slices;
}

export async function readAll(log: Log, after: number): Promise<Uint8Array[]> {
  return (await slicesOf(log, after)).flatMap((slice) => slice.records);
}

/** The SyncError that a call fails with. */
export async function rejection(call: Promise<unknown>): Promise<SyncError> {
  const outcome = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(SyncError);
  return outcome as SyncError;
}

/** The SyncError that a synchronous call throws. */
export function thrown(call: () => unknown): SyncError {
  let outcome: unknown;
  try {
    call();
  } catch (error) {
    outcome = error;
  }
  expect(outcome).toBeInstanceOf(SyncError);
  return outcome as SyncError;
}
