import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Transaction } from '../../src/change/transaction.ts';
import { encodeJournalRecord } from '../../src/replica/journal-record.ts';
import { PendingWrites } from '../../src/replica/pending-writes.ts';
import { editsFor } from '../session/support/camp.ts';
import { TestHome } from '../session/support/hosts.ts';
import { JournaledPhone, openedBy } from '../support/journaled-phone.ts';

function pendingOf(records: readonly Uint8Array[]): PendingWrites {
  const writes = new PendingWrites();
  for (const record of records) writes.apply(record);
  return writes;
}

/** What a person would apply again: who wrote it is another matter. */
const editsOf = (transactions: readonly Transaction[]) =>
  transactions.map(({ stamp, changes }) => ({
    stamp,
    edits: changes.map(({ operation, table, key, row, fields }) => {
      return { operation, table, key, row: [...row], fields };
    }),
  }));

function synced(phone: JournaledPhone, home: TestHome): void {
  phone.store();
  phone.connect(home);
  for (let turn = 0; turn < 4; turn++) {
    phone.line!.run();
    phone.store();
  }
}

describe('the edits of a journal', () => {
  test('[P6][P37] are those that the replica has in its queue, whatever became of the others', () => {
    const steps = fc.array(
      fc.constantFrom('write', 'write', 'sync', 'sync', 'compact', 'crash', 'fork', 'lose'),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let home = new TestHome();
        const phone = new JournaledPhone('phone');
        let choice = 1;
        for (const step of all) {
          if (step === 'write') phone.replica.write(editsFor(choice++ * 29), choice);
          else if (step === 'sync') synced(phone, home);
          else if (step === 'lose') home = home.restored(Math.floor(home.records.length / 2));
          else if (step === 'compact') phone.compact();
          else if (step === 'fork') {
            phone.store();
            phone.replica.takeIdentity([], Uint8Array.of(choice++, 0, 0, 0));
          } else {
            phone.store();
            phone.crash();
          }
        }
        const { replica } = phone;
        const writes = pendingOf(phone.records);
        const queued = replica.queue.of(replica.id).map(({ transaction }) => transaction);
        expect(editsOf(writes.pending)).toEqual(editsOf(queued));
        expect(writes.parked.length).toBeLessThanOrEqual(replica.parked.length);
        expect(writes.opened).toEqual(openedBy('phone'));
      }),
      { numRuns: 100 },
    );
  });

  test('are still there where a record is missing, with those that it had settled', () => {
    const home = new TestHome();
    const phone = new JournaledPhone('phone');
    phone.replica.write(editsFor(7), 1);
    synced(phone, home);
    phone.replica.write(editsFor(15), 2);
    const settling = phone.records.findIndex(
      (record) => pendingOf([record]).opened === undefined && record[3] === 5,
    );
    expect(pendingOf(phone.records).pending).toHaveLength(1);
    expect(pendingOf(phone.records.toSpliced(0, 1)).pending.length).toBeGreaterThanOrEqual(1);
    expect(pendingOf(phone.records.toSpliced(settling)).pending.length).toBeGreaterThanOrEqual(1);
    const rest = phone.records.filter((record) => record[3] !== 5);
    expect(pendingOf(rest).pending).toHaveLength(2);
  });

  test('are not those that others wrote', () => {
    const [phone, other] = [new JournaledPhone('phone'), new JournaledPhone('other')];
    other.replica.write(editsFor(7), 1);
    for (const transaction of other.replica.outgoing(new Map())) phone.replica.receive(transaction);
    phone.compact();
    expect(phone.replica.queue.length).toBe(1);
    expect(pendingOf(phone.records).pending).toEqual([]);
  });

  test('come with those that the home refused', () => {
    const { transaction } = refused();
    const outcome = { replica: 'phone', counter: 1, status: 'refused', conflicts: 0 } as const;
    const refusal = { reason: 'R', message: '', changeIndex: 0, currentEtag: '', violations: [] };
    const record = { kind: 'parked', transaction, outcome: { ...outcome, refusal } } as const;
    expect(pendingOf([encodeJournalRecord(record)]).parked).toMatchObject([
      { transaction, outcome: { refusal } },
    ]);
  });
});

function refused(): { transaction: Transaction } {
  const phone = new JournaledPhone('phone');
  return { transaction: phone.replica.write(editsFor(7), 1) };
}
