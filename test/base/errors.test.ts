import { describe, expect, test } from 'vitest';
import { assert, Code, invalidField, SyncError } from '../../src/base/errors.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

describe('a SyncError', () => {
  test('has a code, a stable reason and a message, and no details unless told', () => {
    const error = new SyncError(Code.aborted, 'ETAG_MISMATCH', 'the row has changed');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'SyncError',
      code: 10,
      reason: 'ETAG_MISMATCH',
      message: 'the row has changed',
      fields: [],
      metadata: {},
      retryDelayMs: undefined,
    });
    expect('cause' in error).toBe(false);
  });

  test('carries fields, facts, when to retry, and the error below it', () => {
    const cause = new Error('disk');
    const fields = [{ field: 'a', description: 'b' }];
    const details = { fields, metadata: { seq: '7' }, retryDelayMs: 5, cause };
    expect(new SyncError(Code.unavailable, 'LOG', 'x', details)).toMatchObject({
      fields,
      metadata: { seq: '7' },
      retryDelayMs: 5,
      cause,
    });
  });
});

test.each<[boolean, Code, string]>([
  [true, Code.unavailable, 'STREAM_ENDED'],
  [true, Code.dataLoss, 'COPY_DIFFERS'],
  [true, Code.unauthenticated, 'IDENTITY_EXPIRED'],
  [true, Code.unauthenticated, 'NO_CREDENTIALS'],
  [false, Code.unauthenticated, 'NO_TOKEN'],
  [false, Code.permissionDenied, 'RELAY_DENIED'],
  [false, Code.resourceExhausted, 'CHUNK_FULL'],
  [false, Code.dataLoss, 'STORAGE_DAMAGED'],
])('that the same may help later is %s of %s %s', (isRetryable, code, reason) => {
  expect(new SyncError(code, reason, 'x').isRetryable).toBe(isRetryable);
});

test('a code is that of gRPC', () => {
  expect(Code).toMatchObject({
    invalidArgument: 3,
    notFound: 5,
    failedPrecondition: 9,
    dataLoss: 15,
  });
});

test('an invalid field is named, in the message too', () => {
  expect(invalidField('push.transactions', 'NO_TRANSACTIONS', 'must not be empty')).toMatchObject({
    code: Code.invalidArgument,
    reason: 'NO_TRANSACTIONS',
    message: 'push.transactions: must not be empty',
    fields: [{ field: 'push.transactions', description: 'must not be empty' }],
  });
});

test('assert is for what the program itself does wrong', () => {
  assert(true, 'is fine');
  expect(syncErrorOf(() => assert(false, 'cannot be'))).toMatchObject({
    code: Code.internal,
    reason: 'ASSERTION_FAILED',
    message: 'cannot be',
  });
});
