import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Transaction } from '../../src/change/transaction.ts';
import { decodeJournalRecord, encodeJournalRecord } from '../../src/replica/journal-record.ts';
import type { ParkedTransaction } from '../../src/replica/parked-transaction.ts';
import { PendingWrites } from '../../src/replica/pending-writes.ts';
import { outcomeOf } from '../../src/replica/system-rows.ts';
import { editsFor } from '../session/support/camp.ts';
import { TestHome } from '../session/support/hosts.ts';
import { JournaledPhone, openedBy } from '../support/journaled-phone.ts';

const put = editsFor(0);
/** Of a row that nobody has. */
const patch = editsFor(1);
const refusal = { reason: 'R', message: '', changeIndex: 0, currentEtag: '', violations: [] };

const queuedOf = ({ replica }: JournaledPhone) =>
  replica.queue.of(replica.id).map(({ transaction }) => transaction);

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
  test('[P6][P37] are those that the replica has in its queue, and those that were refused, whatever became of the others', () => {
    let refusedCount = 0;
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
          if (step === 'write') phone.edit(editsFor(choice++ * 29), choice);
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
        expect(editsOf(writes.pending)).toEqual(editsOf(queuedOf(phone)));
        const transactionsOf = (parked: readonly ParkedTransaction[]) =>
          parked.map(({ transaction }) => transaction);
        expect(editsOf(transactionsOf(writes.parked))).toEqual(
          editsOf(transactionsOf(replica.parked)),
        );
        const outcomesOf = (parked: readonly ParkedTransaction[]) =>
          parked.map(({ outcome }) => outcome);
        expect(outcomesOf(writes.parked)).toEqual(outcomesOf(replica.parked));
        refusedCount += writes.parked.length;
        expect(writes.opened).toEqual(openedBy('phone'));
      }),
      { numRuns: 100 },
    );
    expect(refusedCount).toBeGreaterThan(10);
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

  test('[P37] are there where what became of them cannot be read, refused or not', () => {
    const home = new TestHome();
    const phone = new JournaledPhone('phone');
    phone.replica.write(patch, 1);
    synced(phone, home);
    phone.replica.write(put, 2);
    synced(phone, home);
    phone.replica.write(put, 3);
    expect(phone.replica.parked).toHaveLength(1);
    expect(pendingOf(phone.records).parked).toEqual([
      { transaction: expect.anything(), outcome: phone.replica.parked[0]!.outcome },
    ]);
    const told = phone.records.findIndex((bytes) => decodeJournalRecord(bytes).kind === 'stage');
    const writes = new PendingWrites();
    for (const [index, record] of phone.records.entries()) {
      if (index === told) writes.skip();
      else writes.apply(record);
    }
    expect(writes.pending.map(({ counter }) => counter)).toEqual([1, 3]);
    // Of no counter of the new id, so nothing that is settled under it ends them.
    phone.replica.takeIdentity([], Uint8Array.of(1, 2, 3, 4));
    writes.apply(phone.records.at(-1)!);
    expect(writes.pending.map(({ counter }) => counter)).toEqual([1, 3]);
  });

  test('[P6] are refused too where that was told with a new identity', () => {
    const phone = new JournaledPhone('phone');
    for (let time = 1; time <= 3; time++) phone.replica.write(put, time);
    const outcomes = [1, 2].map((counter) =>
      outcomeOf('phone', counter, counter === 1 ? refusal : undefined, 0),
    );
    phone.replica.takeIdentity(outcomes, Uint8Array.of(1, 2, 3, 4));
    const { parked, pending } = pendingOf(phone.records);
    expect(parked.map(({ outcome }) => outcome)).toEqual([outcomes[0]]);
    expect(parked.map(({ transaction: { counter } }) => counter)).toEqual([1]);
    expect(pending.map(({ counter }) => counter)).toEqual([3]);
  });

  test('[P6] are queued, and no longer refused, where the home has lost that it refused them', () => {
    const phone = new JournaledPhone('phone');
    const home = new TestHome();
    phone.replica.write(patch, 1);
    synced(phone, home);
    for (const turn of ['journal', 'journal written anew']) {
      expect([turn, pendingOf(phone.records).parked.length]).toEqual([turn, 1]);
      phone.compact();
    }
    phone.replica.reopen({ counter: 0, digest: new Uint8Array(0) });
    const { parked, pending } = pendingOf(phone.records);
    expect([parked, editsOf(pending)]).toEqual([[], editsOf(queuedOf(phone))]);
  });

  test('are in a journal that is whole; one that was only begun has none', () => {
    const phone = new JournaledPhone('phone');
    phone.replica.write(put, 1);
    synced(phone, new TestHome());
    phone.replica.write(put, 2);
    expect(pendingOf(phone.records.slice(0, 1)).isWhole).toBe(false);
    expect(pendingOf(phone.records.slice(0, 2)).isWhole).toBe(true);
    phone.compact();
    const writer = phone.records.findIndex((bytes) => decodeJournalRecord(bytes).kind === 'writer');
    expect(writer).toBeGreaterThan(2);
    expect(pendingOf(phone.records.slice(0, writer)).isWhole).toBe(false);
    expect(pendingOf(phone.records).isWhole).toBe(true);
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
    const record = { kind: 'parked', transaction, outcome: { ...outcome, refusal } } as const;
    expect(pendingOf([encodeJournalRecord(record)]).parked).toMatchObject([
      { transaction, outcome: { refusal } },
    ]);
  });

  test('are not all in a journal that was begun with the rows alone, those of local tables too', () => {
    const phone = new JournaledPhone('phone');
    phone.replica.write(put, 1);
    const state = [...phone.replica.copyRecords(), { kind: 'localRows' as const, deltas: [] }];
    const begun = [phone.records[0]!, ...state.map(encodeJournalRecord)];
    expect(pendingOf(begun).isWhole).toBe(false);
    const whole = [...begun, ...phone.replica.queueRecords().map(encodeJournalRecord)];
    expect(pendingOf(whole).isWhole).toBe(true);
    expect(pendingOf(whole).pending).toHaveLength(1);
  });
});

function refused(): { transaction: Transaction } {
  const phone = new JournaledPhone('phone');
  return { transaction: phone.replica.write(editsFor(7), 1) };
}
