import { expect, test } from 'vitest';
import { renamed, reworded, withFields } from '../../src/base/error-fields.ts';
import { Code, invalidField, SyncError } from '../../src/base/errors.ts';

const under = (field: string) => `hello.${field}`;

test('an error names its fields under other paths, also in its message', () => {
  const error = invalidField('handshake.schema', 'MISSING_FIELD', 'is missing');
  expect(withFields(error, under)).toMatchObject({
    code: Code.invalidArgument,
    reason: 'MISSING_FIELD',
    message: 'hello.handshake.schema: is missing',
    fields: [{ field: 'hello.handshake.schema', description: 'is missing' }],
    cause: error,
  });
});

test('a message that begins otherwise stays, and so do the details', () => {
  const details = {
    fields: [{ field: 'counter', description: 'is 3' }],
    metadata: { counter: '3' },
    retryDelayMs: 5,
  };
  const error = new SyncError(Code.unavailable, 'R', 'counter 3 is wrong', details);
  expect(withFields(error, under)).toMatchObject({
    message: 'counter 3 is wrong',
    fields: [{ field: 'hello.counter' }],
    metadata: { counter: '3' },
    retryDelayMs: 5,
  });
});

test('an error in other words keeps what it says beside its message, and gets what is added', () => {
  const fields = [{ field: 'counter', description: 'is 3' }];
  const error = new SyncError(Code.unavailable, 'R', 'is wrong', {
    fields,
    metadata: { counter: '3', path: 'a' },
    retryDelayMs: 5,
  });
  expect(reworded(error, 'b: is wrong', { metadata: { path: 'b' } })).toMatchObject({
    code: Code.unavailable,
    reason: 'R',
    message: 'b: is wrong',
    fields,
    metadata: { counter: '3', path: 'b' },
    retryDelayMs: 5,
    cause: error,
  });
});

test('an error that names no field is the same', () => {
  const errors = [new SyncError(Code.internal, 'R', 'none'), new TypeError('none'), 'none'];
  expect(errors.map((error) => withFields(error, under))).toEqual(errors);
  for (const [index, error] of errors.entries())
    expect(withFields(error, under)).toBe(errors[index]);
});

test('a step that does not fail gives what it gives', () => {
  expect(renamed(() => 1, under)).toBe(1);
  expect(() =>
    renamed(() => {
      throw invalidField('a', 'R', 'is wrong');
    }, under),
  ).toThrow('hello.a: is wrong');
});
