import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TransactionOutcome } from '../../gen/ts/syncdb/v1/data.ts';
import { outcomeFromWire, outcomeToWire } from '../../src/wire/outcomes.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { outcomes } from './support/messages.ts';

test('any outcome comes out as it went in', () => {
  fc.assert(
    fc.property(outcomes, (outcome) => {
      const bytes = TransactionOutcome.encode(outcomeToWire(outcome)).finish();
      expect(outcomeFromWire(TransactionOutcome.decode(bytes), 'outcome')).toEqual(outcome);
    }),
  );
});

test.each([
  ['status', 'UNKNOWN_ENUM_VALUE', { status: 0 }],
  ['status', 'UNKNOWN_ENUM_VALUE', { status: 5 }],
  ['counter', 'NUMBER_TOO_LARGE', { counter: 2n ** 53n }],
])('an outcome with a bad %s is refused by its path', (field, reason, replaced) => {
  const message = { ...TransactionOutcome.create({ status: 1 }), ...replaced };
  expect(refusalOf(() => outcomeFromWire(message as TransactionOutcome, 'outcomes[0]'))).toEqual({
    reason,
    fields: [`outcomes[0].${field}`],
  });
});
