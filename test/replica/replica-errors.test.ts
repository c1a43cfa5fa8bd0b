import { expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import {
  baseAhead,
  counterForgotten,
  counterGap,
  heldDiffers,
  replicaForked,
  requestIdReused,
  schemaChanged,
  schemaOlder,
  schemaUnknown,
} from '../../src/replica/replica-errors.ts';

test.each([
  ['COUNTER_GAP', counterGap('ann', 5, 3), { replica_id: 'ann', expected_counter: '3' }],
  ['REPLICA_FORKED', replicaForked('ann', 5), { replica_id: 'ann', counter: '5' }],
  ['COUNTER_FORGOTTEN', counterForgotten('ann', 5), { replica_id: 'ann', counter: '5' }],
  ['HELD_DIFFERS', heldDiffers('ann', 5), { replica_id: 'ann', counter: '5' }],
  [
    'BASE_AHEAD',
    baseAhead({ replica: 'ann', counter: 5 }, 2, 9, 7),
    { base_seq: '9', head_seq: '7' },
  ],
])('%s is a FAILED_PRECONDITION with what a program needs', (reason, error, metadata) => {
  expect(error).toMatchObject({ code: Code.failedPrecondition, reason, metadata });
  expect(error.message).toContain('transaction 5 of ann');
});

const [log, given] = [
  { version: 3, fingerprint: 'a' },
  { version: 2, fingerprint: 'b' },
];
const metadata = {
  log_version: '3',
  log_fingerprint: 'a',
  schema_version: '2',
  schema_fingerprint: 'b',
};

test('REQUEST_ID_REUSED names the field and the id', () => {
  expect(requestIdReused('r')).toMatchObject({
    code: Code.alreadyExists,
    reason: 'REQUEST_ID_REUSED',
    fields: [{ field: 'request_id' }],
    metadata: { request_id: 'r' },
  });
});

test('SCHEMA_OLDER names both versions', () => {
  expect(schemaOlder(log, given)).toMatchObject({
    code: Code.failedPrecondition,
    reason: 'SCHEMA_OLDER',
    message:
      'the log has schema version 3, which is newer than version 2: open it with version 3 or a later one',
    metadata,
  });
});

test('SCHEMA_CHANGED names the first change in one line, and lists 20 at most', () => {
  const changes = Array.from({ length: 21 }, (_, index) => ({
    field: `t.T.f${index}`,
    description: 'is other',
  }));
  const [one, many] = [
    schemaChanged(log, given, changes.slice(0, 1)),
    schemaChanged(log, given, changes),
  ];
  expect(one).toMatchObject({
    code: Code.failedPrecondition,
    reason: 'SCHEMA_CHANGED',
    message:
      'schema version 2 does not fit the rows of the log: t.T.f0: is other; keep what version 3 has, and give what changes a new name or number',
    metadata: { ...metadata, changes: '1' },
  });
  expect(many.message).toContain('t.T.f0: is other (and 20 more); keep');
  expect(many.fields).toEqual(changes.slice(0, 20));
  expect(many.metadata.changes).toBe('21');
});

test('SCHEMA_UNKNOWN says what to do', () => {
  const { code, reason, message } = schemaUnknown();
  expect([code, reason]).toEqual([Code.failedPrecondition, 'SCHEMA_UNKNOWN']);
  expect(message).toContain('begin a new one');
});
