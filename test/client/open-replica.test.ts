import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { memoryReplica, openReplica, type ReplicaAsk } from '../../src/client/open-replica.ts';
import { encodeJournalRecord } from '../../src/replica/journal-record.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { editsFor } from '../session/support/camp.ts';
import { describeReplica, JournaledPhone } from '../support/journaled-phone.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { simSchema } from '../support/sim-schema.ts';
import { MemoryFiles } from './support/memory-files.ts';

const ask: ReplicaAsk = {
  database: 'd',
  schema: simSchema,
  limits: defaultLimits,
  relay: false,
  wish: { scopes: [], tables: [] },
  id: undefined,
  makeId: () => 'made-up',
};

/** Files with the journal of a phone that has written. */
function filled(): { files: MemoryFiles; phone: JournaledPhone } {
  const phone = new JournaledPhone('phone');
  for (let index = 0; index < 5; index++) phone.replica.write(editsFor(index * 8), index);
  const files = new MemoryFiles();
  files.tamper((records) => records.push(...phone.records));
  return { files, phone };
}

describe('a replica out of a storage', () => {
  test('is a new one where nothing is stored, and that is stored before it is given out', async () => {
    const files = new MemoryFiles();
    const { replica, opened, bytes } = await openReplica(files, ask);
    expect(replica.id).toBe('made-up');
    expect(files.records).toEqual([encodeJournalRecord({ kind: 'opened', opened })]);
    expect(bytes).toBe(files.records[0]!.length);
    const again = await openReplica(files, { ...ask, makeId: () => 'another' });
    expect(again.replica.id).toBe('made-up');
  });

  test('has the id that is asked for where it is new, with storage and without', async () => {
    const asked = { ...ask, id: 'phone-7' };
    expect((await openReplica(new MemoryFiles(), asked)).replica.id).toBe('phone-7');
    expect(memoryReplica(asked).id).toBe('phone-7');
    expect(memoryReplica(ask).id).toBe('made-up');
  });

  test('is what its journal says', async () => {
    const { files, phone } = filled();
    const { replica } = await openReplica(files, ask);
    expect(describeReplica(replica)).toEqual(describeReplica(phone.replica));
  });

  const other = createSchema(schemaSet({ Other: { table: {}, fields: { 1: 'id: string' } } }));
  test.each<[string, Partial<ReplicaAsk>, string]>([
    ['another database', { database: 'e' }, 'STORAGE_OTHER_DATABASE'],
    ['another replica', { id: 'phone-8' }, 'STORAGE_OTHER_REPLICA'],
    ['another schema', { schema: other }, 'STORAGE_OTHER_SCHEMA'],
    ['a relay', { relay: true }, 'STORAGE_OTHER_REPLICA'],
  ])('[P18] is not %s, and what is stored stays as it is', async (_, changed, reason) => {
    const { files, phone } = filled();
    await expect(openReplica(files, { ...ask, ...changed })).rejects.toMatchObject({
      code: Code.failedPrecondition,
      reason,
    });
    expect(files.records).toEqual(phone.records);
  });

  test('[I9] is refused where the log finds a record damaged, which is named', async () => {
    const { files } = filled();
    files.corruptAt = 3;
    await expect(openReplica(files, ask)).rejects.toMatchObject({
      code: Code.dataLoss,
      reason: 'STORAGE_DAMAGED',
      metadata: { path: 'journal', position: '3' },
      cause: { reason: 'LOG_CORRUPT' },
    });
  });

  test('[I9] is refused where a record does not parse, or does not follow', async () => {
    const { files } = filled();
    files.tamper((records) => records.splice(2, 1, Uint8Array.of(1, 2, 3)));
    await expect(openReplica(files, ask)).rejects.toMatchObject({
      reason: 'STORAGE_DAMAGED',
      metadata: { position: '3' },
      cause: { reason: 'MALFORMED_BYTES' },
    });
    files.tamper((records) => records.splice(2, 1));
    await expect(openReplica(files, ask)).rejects.toMatchObject({
      reason: 'STORAGE_DAMAGED',
      metadata: { position: '3' },
      cause: { reason: 'JOURNAL_MISFIT' },
    });
  });

  test('[I2][I9] is refused where its journal counts and has nothing: it is none of a new one', async () => {
    const { files } = filled();
    files.tamper((records) => records.splice(0));
    await expect(openReplica(files, ask)).rejects.toMatchObject({
      code: Code.dataLoss,
      reason: 'STORAGE_DAMAGED',
      metadata: { path: 'journal', position: '1' },
    });
    expect(files.records).toEqual([]);
  });

  test('fails as the medium does where that may pass', async () => {
    const files = new MemoryFiles();
    // Where its first record is stored, and where the journal is to count.
    for (const faults of [['full'], [undefined, 'full']] as const) {
      files.faults = [...faults];
      await expect(openReplica(files, ask)).rejects.toMatchObject({ reason: 'LOG_DISK_FULL' });
      expect(files.log).toBeUndefined();
    }
    expect((await openReplica(files, ask)).replica.id).toBe('made-up');
  });

  test('[I9] is refused, or is another whole one, where any bit of its journal is flipped: never a crash', async () => {
    const { phone } = filled();
    let refused = 0;
    let count = 0;
    for (const [index, record] of phone.records.entries()) {
      for (let bit = 0; bit < record.length * 8; bit++) {
        const flipped = record.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const files = new MemoryFiles();
        files.tamper((records) => records.push(...phone.records.with(index, flipped)));
        count++;
        try {
          await openReplica(files, ask);
        } catch (error) {
          refused++;
          expect([
            'STORAGE_DAMAGED',
            'STORAGE_OTHER_DATABASE',
            'STORAGE_OTHER_SCHEMA',
            'STORAGE_OTHER_REPLICA',
          ]).toContain((error as { reason?: string }).reason);
        }
      }
    }
    // The log's checksums find the others; test/client/sqlite-storage.test.ts has those.
    expect(refused / count).toBeGreaterThan(0.5);
  });
});
