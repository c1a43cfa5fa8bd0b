import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { storageDamaged, storageFull } from '../../src/client/storage-errors.ts';

test('damage names the file, the record where it is one, and what reads the rest', () => {
  const record = storageDamaged('a.db.1', 7, 'no magic');
  expect(record.message).toMatch(/^a\.db\.1: record 7 is damaged: no magic; salvageStorage/);
  expect(record.metadata).toEqual({ path: 'a.db.1', position: '7' });
  const file = storageDamaged('a.db.1', undefined, 'it is missing');
  expect(file.message).toMatch(/^a\.db\.1 is damaged: it is missing/);
  expect(file.metadata).toEqual({ path: 'a.db.1' });
});

test('a full storage says why, how much waits, and when to try again', () => {
  const cause = new SyncError(Code.resourceExhausted, 'LOG_DISK_FULL', 'no room');
  expect(storageFull('a.db', 12, cause)).toMatchObject({
    code: Code.resourceExhausted,
    metadata: { path: 'a.db', waiting_bytes: '12' },
    retryDelayMs: 1_000,
    cause,
  });
});
