import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf } from '../../src/change/transaction.ts';
import { tooLargeInParts } from '../../src/session/part-stage.ts';
import { refusedUnseen } from '../../src/session/refused-unseen.ts';
import { partsOf, transactionOf } from './support/messages.ts';

test('a transaction of which only a part is known has its name and digest, and why it is refused', () => {
  const large = transactionOf('p', 3);
  const [part] = partsOf(large, 8);
  const limits = { ...defaultLimits, transactionBytesMax: 5 };
  const error = tooLargeInParts(part!, limits, 'part')!;
  const { transaction, changes, unfit } = refusedUnseen(part!, error, limits);
  expect(transaction).toMatchObject({ replica: 'p', counter: 3, stamp: 0, changes: [] });
  expect(digestOf(transaction)).toEqual(digestOf(large));
  expect(changes).toEqual([]);
  const description = `is ${part!.totalBytes}, 5 at most`;
  expect(unfit).toEqual({
    ...{ reason: 'TRANSACTION_TOO_LARGE', message: `part.total_bytes: ${description}` },
    ...{ changeIndex: 0, currentEtag: '', violations: [{ field: 'changes', description }] },
  });
});
