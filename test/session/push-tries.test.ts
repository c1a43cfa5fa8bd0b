import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { PushTries, pushTriesMax } from '../../src/session/push-tries.ts';

const error = (code: Code) => new SyncError(code, 'REASON', 'message');

test.each([
  ['INVALID_ARGUMENT', Code.invalidArgument],
  ['NOT_FOUND', Code.notFound],
  ['OUT_OF_RANGE', Code.outOfRange],
])('%s says the same each time: the next try is the last', (_name, code) => {
  const tries = new PushTries();
  expect(tries.isLast).toBe(false);
  expect(tries.failed(error(code))).toBe(true);
  expect(tries.isLast).toBe(true);
  // That was the last one.
  expect(tries.failed(error(code))).toBe(false);
  expect(tries.isLast).toBe(true);
});

test.each([
  ['INTERNAL', Code.internal],
  ['UNKNOWN', Code.unknown],
])('%s may pass: it is tried some times, in a row', (_name, code) => {
  const tries = new PushTries();
  for (let count = 1; count < pushTriesMax; count++) expect(tries.failed(error(code))).toBe(false);
  tries.answered();
  for (let count = 1; count < pushTriesMax; count++) expect(tries.failed(error(code))).toBe(false);
  expect(tries.isLast).toBe(false);
  expect(tries.failed(error(code))).toBe(true);
  tries.answered();
  expect(tries.isLast).toBe(false);
});

test('what a network, a lack of rights or of room ends is no try', () => {
  const tries = new PushTries();
  const codes = [
    ...[Code.unavailable, Code.cancelled, Code.deadlineExceeded, Code.aborted],
    ...[Code.permissionDenied, Code.unauthenticated, Code.resourceExhausted],
  ];
  for (const code of codes) {
    for (let count = 0; count < 9; count++) expect(tries.failed(error(code))).toBe(false);
  }
  expect(tries.isLast).toBe(false);
});
