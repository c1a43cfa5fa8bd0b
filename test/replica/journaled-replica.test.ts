import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf } from '../../src/change/transaction.ts';
import type { JournalRecord } from '../../src/replica/journal-record.ts';
import { JournaledReplica } from '../../src/replica/journaled-replica.ts';
import { steps } from '../session/support/conversation.ts';
import { TestHome } from '../session/support/hosts.ts';
import {
  compacted,
  describeReplica,
  JournaledPhone,
  openedBy,
  replayed,
} from '../support/journaled-phone.ts';
import { deleteEdit, patchEdit, putEdit, simSchema, taskTable } from '../support/sim-schema.ts';

function recorded(): { replica: JournaledReplica; inputs: JournalRecord[] } {
  const options = { schema: simSchema, limits: defaultLimits, id: 'phone', relay: false };
  const replica = new JournaledReplica(options);
  const inputs: JournalRecord[] = [];
  replica.onInput = (record) => inputs.push(record);
  return { replica, inputs };
}

const edit = putEdit(taskTable, 'k', { title: 't' });
const misfit = expect.objectContaining({ code: Code.dataLoss, reason: 'JOURNAL_MISFIT' });
const head = { seq: 1, rowCount: 0, digest: 0n, settled: new Map() };
const kinds = (inputs: readonly JournalRecord[]) => inputs.map(({ kind }) => kind);

describe('a journaled replica', () => {
  test('says what it took, in order, and nothing of what it refused', () => {
    const { replica, inputs } = recorded();
    replica.write([edit], 1);
    expect(() => replica.write([], 2)).toThrow();
    replica.stage([], Uint8Array.of(1), undefined);
    replica.checkpoint(head);
    replica.restart();
    const settled = new Map([['phone', { counter: 1, digest: new Uint8Array(16) }]]);
    expect(() => replica.checkpoint({ ...head, settled })).toThrow(/two devices/);
    replica.takeIdentity([], Uint8Array.of(1, 2, 3, 4));
    expect(kinds(inputs)).toEqual(['write', 'stage', 'checkpoint', 'restart', 'identity']);
  });

  test('says that it sealed only where it did', () => {
    const { replica, inputs } = recorded();
    replica.seal();
    replica.write([edit], 1);
    for (let times = 0; times < 3; times++) replica.outgoing(new Map());
    expect(kinds(inputs)).toEqual(['write', 'seal']);
  });

  test('says whose transactions it let go of, and which it took up', () => {
    const other = new JournaledReplica({ ...recorded().replica.options, id: 'other' });
    const { replica, inputs } = recorded();
    const transaction = other.write([edit], 1);
    expect(replica.receive(transaction)).toBe(true);
    expect(replica.receive(transaction)).toBe(false);
    replica.dropForeign(() => true);
    replica.dropForeign(() => false);
    replica.dropForeign(() => false);
    expect(inputs).toEqual([
      { kind: 'receive', transaction },
      { kind: 'drop', replicas: ['other'] },
    ]);
  });

  test('says nothing of what it is told by its journal, and goes on after it', () => {
    const { replica: first, inputs } = recorded();
    first.write([edit], 1);
    first.write([deleteEdit(taskTable, 'k')], 2);
    const { replica, inputs: again } = recorded();
    for (const record of inputs) replica.apply(record);
    expect(again).toEqual([]);
    replica.write([edit], 3);
    expect(kinds(again)).toEqual(['write']);
    expect(replica.lastCounter).toBe(3);
  });

  test('[I9] refuses a transaction that is not its next', () => {
    const { replica, inputs } = recorded();
    const transaction = replica.write([edit], 1);
    expect(() => replica.apply(inputs[0]!)).toThrow(misfit);
    const other = { ...transaction, counter: 2, replica: 'other' };
    expect(() => replica.apply({ kind: 'write', stamp: 1, transaction: other })).toThrow(misfit);
  });

  test('[I9] says what an earlier transaction became, and refuses that of one that was handed out', () => {
    const { replica, inputs } = recorded();
    replica.write([edit], 1);
    expect(replica.amend(patchEdit(taskTable, 'k', { title: 'u' }), 2)).toMatchObject({
      counter: 1,
    });
    replica.seal();
    expect(replica.amend(edit, 3)).toBeUndefined();
    expect(kinds(inputs)).toEqual(['write', 'amend', 'seal']);
    const { replica: again } = recorded();
    for (const record of inputs) again.apply(record);
    expect(describeReplica(again)).toEqual(describeReplica(replica));
    const amend = inputs[1] as Extract<JournalRecord, { kind: 'amend' }>;
    expect(() => again.apply(amend)).toThrow(misfit);
    const { replica: other } = recorded();
    expect(() => other.apply(amend)).toThrow(misfit);
    other.apply(inputs[0]!);
    const transaction = { ...amend.transaction, replica: 'desk' };
    expect(() => other.apply({ ...amend, transaction })).toThrow(misfit);
  });

  test('[I9] refuses a checkpoint that does not prove what it proved', () => {
    const { replica } = recorded();
    replica.apply({ kind: 'stage', cursor: Uint8Array.of(1), keep: undefined, deltas: [] });
    expect(() => replica.apply({ kind: 'checkpoint', proven: false, checkpoint: head })).toThrow(
      misfit,
    );
  });

  test('[I9] refuses another id than the one that it took', () => {
    const { replica } = recorded();
    const entropy = Uint8Array.of(1, 2, 3, 4);
    const record = { kind: 'identity', replica: 'phone.f00000000', entropy, outcomes: [] } as const;
    expect(() => replica.apply(record)).toThrow(misfit);
  });

  test('[I9] refuses rows of a copy that was not begun', () => {
    const { replica } = recorded();
    expect(() => replica.apply({ kind: 'rows', shown: false, deltas: [] })).toThrow(/no copy/);
  });

  test('takes whose journal it is for nothing new', () => {
    const { replica } = recorded();
    const before = describeReplica(replica);
    replica.apply({ kind: 'opened', opened: openedBy('phone') });
    expect(describeReplica(replica)).toEqual(before);
  });

  test('keeps what the home refused, in a journal of inputs and in one that begins with the state', () => {
    const home = new TestHome();
    const phone = new JournaledPhone('phone');
    phone.replica.write([patchEdit(taskTable, 'nowhere', { title: 't' })], 1);
    phone.store();
    phone.connect(home);
    phone.line!.run();
    const { replica } = phone;
    expect(replica.parked).toMatchObject([{ outcome: { status: 'refused' } }]);
    const opened = openedBy('phone');
    for (const records of [phone.records, compacted(replica, opened)]) {
      expect(describeReplica(replayed(records)).parked).toEqual(describeReplica(replica).parked);
    }
  });

  test('[I2][P6] queues again what it queued then, whatever may be kept now', () => {
    const home = new TestHome();
    const phone = new JournaledPhone('phone');
    for (const key of ['a', 'b', 'c']) phone.replica.write([putEdit(taskTable, key, {})], 1);
    phone.store();
    phone.connect(home);
    phone.line!.run();
    phone.connect(home.restored(0));
    // The welcome is all that it takes.
    for (const step of steps) phone.line!.step(step);
    const queued = (replica: JournaledReplica) =>
      replica.queue.of('phone').map(({ transaction }) => transaction.counter);
    expect(queued(phone.replica)).toEqual([1, 2, 3]);
    const fewer = { ...defaultLimits, keptTransactionsMax: 1 };
    expect(queued(replayed(phone.records, fewer))).toEqual([1, 2, 3]);
    // What was let go of then is not queued because more may be kept now.
    const small = new JournaledPhone('phone', { keptTransactionsMax: 1 });
    for (const key of ['a', 'b']) small.replica.write([putEdit(taskTable, key, {})], 1);
    small.store();
    small.connect(home.asOf(0));
    small.line!.run();
    small.connect(home.restored(0));
    for (const step of steps) small.line!.step(step);
    expect(describeReplica(replayed(small.records))).toEqual(describeReplica(small.replica));
    expect(small.replica.lastCounter).toBe(1);
  });

  test('[I9] takes a journal that does not say what was kept for one of its present limits', () => {
    const { replica } = recorded();
    for (const key of ['a', 'b']) replica.write([putEdit(taskTable, key, {})], 1);
    replica.seal();
    const [, second] = replica.queue.of('phone').map(({ transaction }) => transaction);
    const position = { counter: 2, digest: digestOf(second!) };
    replica.apply({ kind: 'stage', cursor: Uint8Array.of(1), keep: undefined, deltas: [] });
    const settled = new Map([['phone', position]]);
    replica.apply({ kind: 'checkpoint', proven: true, checkpoint: { ...head, settled } });
    expect([replica.queue.length, replica.kept.all.length]).toEqual([0, 2]);
    replica.apply({ kind: 'reopen', position: { counter: 0, digest: new Uint8Array(0) } });
    expect([replica.queue.length, replica.kept.all.length]).toEqual([2, 0]);
  });

  test('[I2] goes on with what is to be ordered once more under a former id', () => {
    const home = new TestHome();
    const phone = new JournaledPhone('phone');
    const meet = (host: TestHome) => {
      for (let turn = 0; turn < 3; turn++) {
        phone.store();
        phone.connect(host);
        phone.line!.run();
      }
    };
    for (const key of ['a', 'b']) phone.replica.write([putEdit(taskTable, key, {})], 1);
    meet(home);
    home.write('phone', putEdit(taskTable, 'c', {}));
    phone.replica.write([putEdit(taskTable, 'd', {})], 1);
    meet(home);
    expect(phone.replica.former).toEqual(['phone']);
    const restored = home.restored(0);
    phone.connect(restored);
    while (phone.replica.formerCount === 0) for (const step of steps) phone.line!.step(step);
    for (const records of [phone.records, compacted(phone.replica, openedBy('phone'))]) {
      const again = replayed(records);
      expect(describeReplica(again)).toEqual(describeReplica(phone.replica));
      expect(again.outgoing(new Map()).map(({ replica }) => replica)).toEqual([
        ...['phone', 'phone'],
        phone.replica.id,
      ]);
    }
    phone.store();
    phone.crash();
    meet(restored);
    expect(restored.ordered).toEqual(['phone/1', 'phone/2', `${phone.replica.id}/1`]);
    expect(describeReplica(replayed(phone.records))).toEqual(describeReplica(phone.replica));
  });

  test('counts what may have changed its copy', () => {
    const { replica } = recorded();
    replica.write([edit], 1);
    replica.seal();
    expect(replica.copyChanges).toBe(0);
    replica.stage([], Uint8Array.of(1), undefined);
    replica.checkpoint(head);
    replica.restart();
    expect(replica.copyChanges).toBe(3);
  });
});
