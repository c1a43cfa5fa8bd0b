import { expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import {
  baseAhead,
  counterForgotten,
  counterGap,
  heldDiffers,
  replicaForked,
} from '../../src/replica/replica-errors.ts';

test.each([
  ['COUNTER_GAP', counterGap('ann', 5, 3), { replica_id: 'ann', expected_counter: '3' }],
  ['REPLICA_FORKED', replicaForked('ann', 5), { replica_id: 'ann', counter: '5' }],
  ['COUNTER_FORGOTTEN', counterForgotten('ann', 5), { replica_id: 'ann', counter: '5' }],
  ['HELD_DIFFERS', heldDiffers('ann', 5), { replica_id: 'ann', counter: '5' }],
  ['BASE_AHEAD', baseAhead('ann', 5, 9, 7), { base_seq: '9', head_seq: '7' }],
])('%s is a FAILED_PRECONDITION with what a program needs', (reason, error, metadata) => {
  expect(error).toMatchObject({ code: Code.failedPrecondition, reason, metadata });
  expect(error.message).toContain('transaction 5 of ann');
});
