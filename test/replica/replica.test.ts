import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { stampOf } from '../../src/base/stamp.ts';
import { nothingSettled } from '../../src/change/commit.ts';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { ModelHome } from '../support/model-home.ts';
import { ModelReplica } from '../support/model-replica.ts';
import {
  itemTable,
  modelSchema,
  noteTable,
  patch,
  put,
  remove,
  rowBytes,
  transaction,
} from '../support/model-schema.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';

const counters = (transactions: readonly Transaction[]) =>
  transactions.map(({ counter }) => counter);
const nobody = new Map<string, number>();

describe('a replica that writes', () => {
  test('[P1][I5] shows its writes at once, with no server ever seen', () => {
    const phone = new ModelReplica('ann');
    expect([phone.replica.synced, phone.replica.row(itemTable, 'i')]).toEqual([false, undefined]);
    phone.write(put(itemTable, 'i', { notes: 'a' }), put(noteTable, 'n', {}));
    phone.write(patch(itemTable, 'i', { count: 2 }), remove(noteTable, 'n'));
    expect(phone.shown(itemTable, 'i')).toMatchObject({ notes: 'a', count: 2 });
    expect(phone.replica.row(itemTable, 'i')).toMatchObject({ version: 0, pending: true });
    expect(phone.shown(noteTable, 'n')).toBeUndefined();
    expect(phone.replica.lastCounter).toBe(2);
  });

  test('says what it knew: its checkpoint, and its own transaction before', () => {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', {})]);
    const phone = new ModelReplica('ann');
    const basesOf = ({ changes }: Transaction) =>
      changes.map(({ base, baseCounter }) => [base, baseCounter]);
    expect(basesOf(phone.write(put(itemTable, 'j', {})))).toEqual([[0, 0]]);
    phone.pull(model.state);
    const keyInRow = { ...put(itemTable, '', {}), row: rowBytes(itemTable, { id: 'j' }) };
    expect(basesOf(phone.write(patch(itemTable, 'i', {}), keyInRow))).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(basesOf(phone.write(remove(itemTable, 'j'), remove(itemTable, 'k')))).toEqual([
      [1, 2],
      [1, 0],
    ]);
  });

  test('[P9] says of which rows its copy has none, whatever it shows of them', () => {
    const model = new ModelHome();
    const values = { site: 's' };
    model.write('bob', [put(itemTable, 'held', values), put(itemTable, 'gone', values)]);
    model.write('bob', [put(itemTable, 'far', { site: 't' })]);
    model.write('bob', [remove(itemTable, 'gone')]);
    const phone = new ModelReplica('ann', { scopes: ['site/s'] });
    const keys = ['held', 'gone', 'far', 'new'];
    const absentOf = () => {
      const { changes } = phone.write(...keys.map((key) => put(itemTable, key, values)));
      return changes.map(({ baseAbsent }) => baseAbsent);
    };
    expect(absentOf()).toEqual([true, true, true, true]);
    phone.pull(model.state);
    expect(absentOf()).toEqual([false, true, true, true]);
  });

  test('stamps its writes ever later, though its clock stands still', () => {
    const { replica } = new ModelReplica('ann');
    const stamps = [5, 5, 3].map((nowMs) => replica.write([remove(itemTable, 'i')], nowMs).stamp);
    expect(stamps).toEqual([stampOf(5), stampOf(5) + 1, stampOf(5) + 2]);
  });

  test('queues nothing that is not well formed, and says which field it is', () => {
    const phone = new ModelReplica('ann');
    const write = () => phone.write(put(itemTable, 'i', {}), patch(itemTable, '', {}));
    expect(refusalOf(write)).toEqual({
      reason: 'BAD_KEY',
      fields: ['transaction.changes[1].row.id'],
    });
    expect(phone.replica.queue.length).toBe(0);
    expect(phone.write(put(itemTable, 'i', {})).counter).toBe(1);
  });

  test('queues no more than its limit', () => {
    const phone = new ModelReplica('ann', {
      limits: { ...defaultLimits, queueTransactionsMax: 1 },
    });
    phone.write(put(itemTable, 'i', {}));
    expect(syncErrorOf(() => phone.write(put(itemTable, 'j', {}))).reason).toBe('QUEUE_FULL');
    expect([phone.shown(itemTable, 'j'), phone.replica.lastCounter]).toEqual([undefined, 1]);
  });
});

describe('what a replica sends', () => {
  test('[P2] is all that waits, in order; each builds on the one before', () => {
    const { replica, ...phone } = new ModelReplica('ann');
    for (const key of ['i', 'j', 'k']) replica.write([remove(itemTable, key)], 5);
    expect(phone.receiver.copy.synced).toBe(false);
    const all = replica.outgoing(nobody);
    expect(counters(all)).toEqual([1, 2, 3]);
    expect(all.map(({ previousDigest }) => previousDigest)).toEqual([
      new Uint8Array(0),
      digestOf(all[0]!),
      digestOf(all[1]!),
    ]);
    expect(counters(replica.outgoing(new Map([['ann', 2]])))).toEqual([3]);
  });

  test('[I3] keeps its bytes once it was handed out', () => {
    const phone = new ModelReplica('ann');
    phone.write(remove(itemTable, 'i'));
    const [first] = phone.replica.outgoing(nobody);
    phone.write(remove(itemTable, 'j'));
    expect(phone.replica.outgoing(nobody)[0]).toEqual(first);
  });

  test('is of others too where it is a relay', () => {
    const relay = new ModelReplica('edge', { relay: true });
    relay.write(remove(itemTable, 'i'));
    relay.replica.receive(transaction('ann', 4, [remove(itemTable, 'i')]));
    const sent = relay.replica
      .outgoing(nobody)
      .map(({ replica, counter }) => `${replica}/${counter}`);
    expect(sent.sort()).toEqual(['ann/4', 'edge/1']);
    const phone = new ModelReplica('bob');
    phone.replica.receive(transaction('ann', 4, [remove(itemTable, 'i')]));
    expect(phone.replica.outgoing(nobody)).toEqual([]);
  });
});

describe('a checkpoint', () => {
  test('[P6][P24] ends just what it covers, in the step that shows its rows', () => {
    const model = new ModelHome();
    const phone = new ModelReplica('ann');
    phone.write(put(itemTable, 'i', { site: 's' }));
    phone.write(put(itemTable, 'j', { site: 's' }));
    phone.push(model, 1);
    const { settled } = phone.pull(model.state);
    expect(settled).toEqual([
      { replica: 'ann', counter: 1, status: 'committed', refusal: undefined, conflicts: 0 },
    ]);
    expect(counters(phone.replica.queue.of('ann').map(({ transaction: one }) => one))).toEqual([2]);
    expect(phone.replica.row(itemTable, 'i')).toMatchObject({ version: 1, pending: false });
    expect(phone.replica.row(itemTable, 'j')).toMatchObject({ version: 0, pending: true });
    expect(phone.pull(model.state).settled).toEqual([]);
  });

  test('shows under later edits what others made of a row', () => {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', { site: 's', notes: 'a' })]);
    const phone = new ModelReplica('ann');
    phone.pull(model.state);
    phone.write(patch(itemTable, 'i', { notes: 'mine' }));
    model.write('bob', [patch(itemTable, 'i', { title: 'theirs' })]);
    phone.pull(model.state);
    expect(phone.shown(itemTable, 'i')).toMatchObject({ notes: 'mine', title: 'theirs' });
    expect(phone.replica.row(itemTable, 'i')).toMatchObject({ version: 2, pending: true });
  });

  test('[I6] tells of what it ends how many conflicts it met', () => {
    const model = new ModelHome();
    model.write('bob', [put(noteTable, 'n', {})]);
    const phone = new ModelReplica('ann');
    phone.pull(model.state);
    phone.write(patch(noteTable, 'n', { text: 'Ann' }), put(itemTable, 'i', {}));
    phone.write(patch(noteTable, 'n', { likes: 1 }));
    model.write('bob', [patch(noteTable, 'n', { text: 'Bob' })]);
    phone.push(model);
    const { settled } = phone.pull(model.state);
    expect(settled.map(({ counter, conflicts }) => [counter, conflicts])).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });

  test('[I2] parks what was refused: out of sight, with the reason, kept', () => {
    const model = new ModelHome();
    const phone = new ModelReplica('ann');
    phone.write(put(itemTable, 'i', {}), patch(itemTable, 'none', {}));
    phone.write(put(itemTable, 'j', { site: 's' }));
    phone.push(model);
    const { settled } = phone.pull(model.state);
    expect(settled.map(({ counter, status }) => [counter, status])).toEqual([
      [1, 'refused'],
      [2, 'committed'],
    ]);
    expect([phone.shown(itemTable, 'i'), phone.shown(itemTable, 'j')]).toEqual([
      undefined,
      expect.objectContaining({ id: 'j' }),
    ]);
    const [parked] = phone.replica.parked;
    expect(parked?.transaction.changes.map(({ key }) => key)).toEqual(['i', 'none']);
    expect(parked?.outcome).toMatchObject({
      counter: 1,
      refusal: { reason: 'ROW_NOT_FOUND', changeIndex: 1 },
    });
  });

  test('that proves nothing settles nothing, and the queue outlives the new copy', () => {
    const model = new ModelHome();
    const phone = new ModelReplica('ann');
    phone.write(put(itemTable, 'i', {}));
    phone.push(model);
    phone.replica.stage([], Uint8Array.of(1));
    const settled = new Map([['ann', model.home.settled('ann')]]);
    const wrong = { seq: 1, rowCount: 9, digest: 9n, settled };
    expect(phone.replica.checkpoint(wrong)).toEqual({ proven: false, settled: [] });
    expect([phone.replica.queue.length, phone.shown(itemTable, 'i')]).toEqual([
      1,
      expect.objectContaining({ id: 'i' }),
    ]);
    phone.receiver.restart();
    expect(phone.replica.cursor).toHaveLength(0);
    expect(phone.pull(model.state)).toMatchObject({ proven: true, settled: [{ counter: 1 }] });
    expect(phone.replica.queue.length).toBe(0);
  });

  test('that settles what never left this replica shows that another has its identity', () => {
    const model = new ModelHome();
    model.write('ann', [put(itemTable, 'i', {})]);
    const phone = new ModelReplica('ann');
    phone.write(put(itemTable, 'mine', {}));
    expect(syncErrorOf(() => phone.pull(model.state))).toMatchObject({
      code: Code.failedPrecondition,
      reason: 'REPLICA_FORKED',
    });
    expect([phone.replica.queue.length, phone.replica.synced]).toEqual([1, false]);
    expect(phone.shown(itemTable, 'mine')).toBeDefined();
  });
});

describe('a replica whose copy was lost', () => {
  test('goes on with the writes that its storage has, byte for byte', () => {
    const model = new ModelHome();
    const first = new ModelReplica('ann');
    for (const key of ['i', 'j', 'k']) first.write(put(itemTable, key, {}));
    const sealed = first.replica.outgoing(nobody);
    first.push(model, 2);
    const digest = digestOf(sealed[0]!);
    const other = transaction('bob', 7, [put(itemTable, 'b', {})]);
    const saved = {
      counter: 3,
      stamp: sealed[2]!.stamp,
      digest,
      own: sealed.slice(1),
      others: [other],
    };
    const again = new ModelReplica('ann', { saved, relay: true });
    expect(again.replica.queue.of('bob')).toHaveLength(1);
    expect(again.shown(itemTable, 'k')).toBeDefined();
    expect(again.replica.outgoing(new Map([['bob', 7]]))).toEqual(sealed.slice(1));
    const next = again.replica.write([remove(itemTable, 'i')], 0);
    expect([next.counter, next.stamp]).toEqual([4, sealed[2]!.stamp + 1]);
    again.replica.dropForeign(() => false);
    again.push(model);
    expect(again.pull(model.state).settled.map(({ counter }) => counter)).toEqual([2, 3, 4]);
  });
});

describe('a relay', () => {
  const anns = (counter: number, key: string) =>
    transaction('ann', counter, [put(itemTable, key, { site: 's' })]);

  test('shows and carries transactions of several writers while the home is away', () => {
    const relay = new ModelReplica('edge', { relay: true });
    expect(relay.replica.receive(anns(1, 'i'))).toBe(true);
    expect(
      relay.replica.receive(
        transaction('bob', 1, [patch(itemTable, 'i', { notes: 'b' })], { stamp: 9 }),
      ),
    ).toBe(true);
    expect(relay.replica.receive(anns(1, 'i'))).toBe(false);
    expect(relay.shown(itemTable, 'i')).toMatchObject({ notes: 'b' });
    expect(syncErrorOf(() => relay.replica.receive(anns(3, 'k'))).reason).toBe('COUNTER_GAP');
    expect(() => relay.replica.receive(transaction('edge', 1, []))).toThrow('its own');
  });

  test('drops of each writer just what the home has settled', () => {
    const model = new ModelHome();
    const relay = new ModelReplica('edge', { relay: true });
    for (const counter of [1, 2]) relay.replica.receive(anns(counter, `i${counter}`));
    relay.replica.receive(transaction('bob', 1, [put(itemTable, 'b', {})]));
    model.commit(anns(1, 'i1'));
    expect(relay.pull(model.state).settled).toEqual([]);
    expect(counters(relay.replica.queue.of('ann').map(({ transaction: one }) => one))).toEqual([2]);
    expect(relay.replica.settledOf('ann')).toEqual(model.home.settled('ann'));
    expect(relay.replica.settledOf('bob')).toEqual(nothingSettled);
    expect(relay.replica.receive(anns(1, 'i1'))).toBe(false);
    relay.push(model);
    relay.pull(model.state);
    expect(relay.replica.queue.length).toBe(0);
  });

  test('[I2] lets go of what builds on another transaction than the settled one: it can never be ordered', () => {
    const model = new ModelHome();
    const relay = new ModelReplica('edge', { relay: true });
    const copy = new ModelReplica('ann');
    for (const key of ['x', 'y', 'z']) copy.write(put(itemTable, key, { site: 's' }));
    for (const one of copy.replica.outgoing(nobody)) relay.replica.receive(one);
    model.commit(anns(1, 'i1'));
    relay.pull(model.state);
    expect(relay.replica.queue.length).toBe(0);
    expect(relay.shown(itemTable, 'z')).toBeUndefined();
    // What builds on the settled one goes on, and what builds on something that is not known here.
    relay.replica.receive({ ...anns(3, 'i3'), previousDigest: digestOf(anns(2, 'i2')) });
    relay.pull(model.state);
    expect(relay.replica.queue.length).toBe(1);
    relay.replica.dropForeign(() => false);
    relay.replica.receive({ ...anns(2, 'i2'), previousDigest: digestOf(anns(1, 'i1')) });
    relay.replica.receive(anns(3, 'i3'));
    model.commit({ ...anns(2, 'i2'), previousDigest: digestOf(anns(1, 'i1')) });
    relay.pull(model.state);
    expect(relay.replica.queue.length).toBe(1);
  });

  test('[I3] lets go of what was held behind another than the settled one, also where it names none', () => {
    const model = new ModelHome();
    const relay = new ModelReplica('edge', { relay: true });
    for (const counter of [1, 2, 3]) relay.replica.receive(anns(counter, `x${counter}`));
    model.commit(anns(1, 'i1'));
    relay.pull(model.state);
    expect(relay.replica.queue.length).toBe(0);
    relay.push(model);
    expect(model.home.settled('ann').counter).toBe(1);
  });

  test('learns of settled writers also where no checkpoint names them', () => {
    const model = new ModelHome();
    const relay = new ModelReplica('edge', { relay: true });
    relay.pull(model.state);
    relay.replica.receive(anns(1, 'i'));
    model.commit(anns(1, 'i'));
    const batch = relay.receiver.gather(model.state, {
      rowsMax: 99,
      bytesMax: 9_999,
      visitsMax: 99,
    });
    relay.replica.stage(batch.deltas, Uint8Array.of(1));
    relay.replica.checkpoint({ ...batch.checkpoint!, settled: new Map() });
    expect(relay.replica.queue.length).toBe(0);
    expect(relay.shown(itemTable, 'i')).toBeDefined();
  });

  test('drops what nobody vouches for, but never its own', () => {
    const relay = new ModelReplica('edge', { relay: true });
    relay.write(put(itemTable, 'mine', {}));
    relay.replica.receive(anns(1, 'i'));
    relay.replica.receive(transaction('bob', 1, [put(itemTable, 'b', {})]));
    relay.replica.dropForeign((writer) => writer === 'bob');
    expect(relay.replica.queue.replicas().sort()).toEqual(['bob', 'edge']);
    expect(relay.shown(itemTable, 'i')).toBeUndefined();
  });

  test('[I7] knows in which scopes a tentative transaction is, in all versions of its rows, or that it does not know', () => {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', { site: 'a' }), put(itemTable, 'gone', { site: 'a' })]);
    model.write('bob', [remove(itemTable, 'gone')]);
    const relay = new ModelReplica('edge', { relay: true });
    relay.pull(model.state);
    const scopesOf = (...changes: Transaction['changes']) => {
      const counter = (relay.replica.queue.of('ann').at(-1)?.transaction.counter ?? 0) + 1;
      const one = transaction('ann', counter, changes);
      relay.replica.receive(one);
      return relay.replica
        .scopesOf(prepareTransaction(modelSchema, defaultLimits, one, 'tx'))
        ?.sort();
    };
    expect(scopesOf(patch(itemTable, 'i', { site: 'b' }))).toEqual(['site/a', 'site/b']);
    expect(scopesOf(put(itemTable, 'new', { site: 'c' }), put(noteTable, 'n', {}))).toEqual([
      '',
      'site/c',
    ]);
    expect(scopesOf(remove(itemTable, 'i'))).toEqual(['site/a', 'site/b']);
    expect(scopesOf(patch(itemTable, 'elsewhere', { site: 'b' }))).toBeUndefined();
    const early = relay.replica.queue.of('ann').at(-1)!.transaction;
    expect(scopesOf(patch(itemTable, 'gone', { site: 'b' }))).toBeUndefined();
    expect(scopesOf(put(itemTable, 'nowhere', {}))).toBeUndefined();
    // The first patch of it had no row to change, and still names a scope.
    expect(scopesOf(put(itemTable, 'elsewhere', { site: 'c' }))).toEqual(['site/c']);
    const again = prepareTransaction(modelSchema, defaultLimits, early, 'tx');
    expect(relay.replica.scopesOf(again)?.sort()).toEqual(['site/b', 'site/c']);
  });
});

test('rows of a table are shown to queries with what is tentative on top', () => {
  const model = new ModelHome();
  model.write('bob', [put(itemTable, 'i', {}), put(itemTable, 'j', { site: 's' })]);
  const phone = new ModelReplica('ann');
  phone.pull(model.state);
  phone.write(remove(itemTable, 'j'));
  const { table, overlay } = phone.replica.rows(itemTable);
  expect(table.slotOf('j')).toBeGreaterThanOrEqual(0);
  expect([overlay?.get('j'), overlay?.get('i')]).toEqual([null, undefined]);
  expect(phone.replica.row(itemTable, 'j')).toBeUndefined();
});
