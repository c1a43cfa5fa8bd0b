import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { digestOf } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { describeRow, ModelHome, shown } from '../support/model-home.ts';
import {
  itemTable,
  modelSchema,
  noteTable,
  patch,
  put,
  remove,
  transaction,
} from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const insert = (counter: number, key = `i${counter}`) =>
  transaction('ann', counter, [put(itemTable, key, {})]);
const refused = (counter: number) => transaction('ann', counter, [patch(itemTable, 'none', {})]);
const system = systemTables(modelSchema);

describe('[I3] a transaction that was ordered', () => {
  test('is answered alike when it comes again, and nothing is done', () => {
    const model = new ModelHome();
    const { outcome, record } = model.commit(insert(1));
    expect(outcome).toEqual({
      replica: 'ann',
      counter: 1,
      status: 'committed',
      refusal: undefined,
      conflicts: 0,
    });
    expect(record).toBeDefined();
    model.commit(insert(2));
    for (const counter of [1, 2]) {
      expect(model.commit(insert(counter))).toEqual({
        outcome: { ...outcome, counter },
        record: undefined,
        seq: 2,
      });
    }
    expect(model.state.head).toBe(2);
  });

  test('and refused is refused for ever with the same words, also by a home that has only read the log', () => {
    const model = new ModelHome();
    const { outcome } = model.commit(refused(1));
    expect(outcome).toMatchObject({ status: 'refused', refusal: { reason: 'ROW_NOT_FOUND' } });
    model.commit(transaction('bob', 1, [put(itemTable, 'none', {})]));
    expect(model.commit(refused(1)).outcome).toEqual(outcome);
    model.commit(insert(2));
    expect(model.commit(refused(1)).outcome).toEqual(outcome);
    const prepared = { transaction: refused(1), changes: [] };
    const submission = {
      prepared,
      mayRead: () => true,
      mayWrite: () => true,
      knowsOwnWrites: true,
    };
    expect(model.replayed().order(submission, 0)).toEqual({ outcome, record: undefined, seq: 3 });
  });

  test('is answered alike while it still waits for the log', () => {
    const model = new ModelHome();
    const { outcome, seq } = model.order(refused(1));
    expect(model.order(refused(1))).toEqual({ outcome, record: undefined, seq });
    expect(model.state.head).toBe(0);
  });
});

describe('a transaction that cannot be ordered', () => {
  function unharmed(model: ModelHome, act: () => unknown) {
    const { head } = model.state;
    const error = syncErrorOf(act);
    expect(error.code).toBe(Code.failedPrecondition);
    expect([model.state.head, model.home.settled('ann').counter]).toEqual([head, head]);
    return error;
  }

  test('comes before those that are missing', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    expect(unharmed(model, () => model.commit(insert(3)))).toMatchObject({
      reason: 'COUNTER_GAP',
      metadata: { replica_id: 'ann', expected_counter: '2' },
    });
  });

  test('is another under a counter that is taken', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    expect(unharmed(model, () => model.commit(insert(1, 'other')))).toMatchObject({
      reason: 'REPLICA_FORKED',
      metadata: { replica_id: 'ann', counter: '1' },
    });
  });

  test('[I3] comes in one push behind another under a counter that is taken', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    const lines = new PushLines();
    const push = (...sent: Parameters<typeof insert>) => model.commit(insert(...sent), { lines });
    expect(syncErrorOf(() => push(1, 'other')).reason).toBe('REPLICA_FORKED');
    expect(unharmed(model, () => push(2))).toMatchObject({
      reason: 'COUNTER_GAP',
      metadata: { replica_id: 'ann', expected_counter: '1' },
    });
    // What was ordered before is answered all the same.
    expect(push(1)).toMatchObject({ outcome: { status: 'committed' }, record: undefined });
    expect(model.commit(insert(2)).outcome.status).toBe('committed');
  });

  test('follows another than the last one', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    const previousDigest = digestOf(insert(1, 'other'));
    expect(unharmed(model, () => model.commit({ ...insert(2), previousDigest }))).toMatchObject({
      reason: 'REPLICA_FORKED',
    });
    const chained = { ...insert(2), previousDigest: digestOf(insert(1)) };
    expect(model.commit(chained).outcome.status).toBe('committed');
  });

  test('[I2][I3] is another under a counter before the last, or too old to tell', () => {
    const limits = { ...defaultLimits, writerDigestsMax: 2 };
    const model = new ModelHome({ limits });
    for (const counter of [1, 2, 3]) model.commit(insert(counter));
    const again = new ModelHome({ limits });
    for (const record of model.records) again.home.replay(record);
    for (const each of [model, again]) {
      expect(each.commit(insert(2)).record).toBeUndefined();
      expect(syncErrorOf(() => each.commit(insert(2, 'other')))).toMatchObject({
        code: Code.failedPrecondition,
        reason: 'REPLICA_FORKED',
        metadata: { replica_id: 'ann', counter: '2' },
      });
      expect(syncErrorOf(() => each.commit(insert(1)))).toMatchObject({
        code: Code.failedPrecondition,
        reason: 'COUNTER_FORGOTTEN',
      });
    }
  });

  test('is compared with what the log has, not with what it did not take', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    for (const counter of [2, 3]) model.order(insert(counter, 'lost'));
    model.home.abandon();
    for (const counter of [2, 3]) model.commit(insert(counter));
    expect(model.commit(insert(2)).outcome.status).toBe('committed');
    expect(syncErrorOf(() => model.commit(insert(2, 'lost'))).reason).toBe('REPLICA_FORKED');
  });

  test('was made where commits are known that are not in this log', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    const ahead = (base: number) =>
      transaction('ann', 2, [put(noteTable, 'n', {}), patch(itemTable, 'i1', {}, { base })]);
    expect(unharmed(model, () => model.commit(ahead(2)))).toMatchObject({
      reason: 'BASE_AHEAD',
      fields: [{ field: 'changes[1].base_version' }],
      metadata: { base_seq: '2', head_seq: '1' },
    });
    expect(model.commit(ahead(1)).outcome.status).toBe('committed');
  });
});

describe('commits that wait for the log', () => {
  test('are seen by transactions, and by no reader', () => {
    const model = new ModelHome();
    model.order(insert(1, 'i'));
    const { outcome } = model.order(transaction('bob', 1, [patch(itemTable, 'i', { notes: 'n' })]));
    expect(outcome.status).toBe('committed');
    expect([model.state.head, model.state.rowState(itemTable, 'i')]).toEqual([0, undefined]);
    expect(model.home.durable()).toMatchObject({ seq: 1, replica: 'ann', counter: 1 });
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject({ notes: '' });
    model.home.durable();
    expect(shown(itemTable, model.state.cells(itemTable, 'i'))).toMatchObject({ notes: 'n' });
    expect(() => model.home.durable()).toThrow('nothing is pending');
  });

  test('are forgotten when the log did not take them: the same numbers, positions and counters are given again', () => {
    const model = new ModelHome();
    model.commit(insert(1));
    const first = model.order(insert(2));
    model.order(refused(3));
    model.home.abandon();
    expect(model.home.settled('ann').counter).toBe(1);
    expect(model.order(insert(2))).toEqual(first);
    model.home.durable();
    expect(describeRow(model.state, itemTable, 'i2')).toMatchObject({ number: 1, version: 2 });
  });

  test('can be of another home in between: what it ordered is read from the log', () => {
    const [one, other] = [new ModelHome(), new ModelHome()];
    other.home.replay(one.commit(insert(1)).record!);
    one.home.replay(other.commit(insert(2)).record!);
    one.commit(insert(3));
    const numbers = ['i1', 'i2', 'i3'].map((key) => describeRow(one.state, itemTable, key)?.number);
    expect(numbers).toEqual([0, 1, 2]);
  });

  test('are not what a log is replayed over', () => {
    const model = new ModelHome();
    const { record } = model.order(insert(1));
    expect(() => model.home.replay(record!)).toThrow('replay while commits are pending');
  });
});

describe('[I9] a log', () => {
  test('is refused where a record is missing, or stands twice', () => {
    const model = new ModelHome();
    for (const counter of [1, 2, 3]) model.commit(insert(counter));
    const [first, , third] = model.records;
    const { home } = new ModelHome();
    home.replay(first!);
    for (const record of [first!, third!]) {
      expect(syncErrorOf(() => home.replay(record))).toMatchObject({
        code: Code.dataLoss,
        reason: 'MALFORMED_BYTES',
      });
    }
    expect(home.state.head).toBe(1);
  });
});

describe('a commit', () => {
  test('carries the position of its writer, and for a refusal nothing of the team’s', () => {
    const model = new ModelHome();
    model.commit(refused(1));
    const effects = model.commits[0]!.effects.map(({ kind, table, key }) => [
      kind,
      table.name,
      key,
    ]);
    expect(effects).toEqual([
      ['insert', 'syncdb.v1.Outcome', 'ann/1'],
      ['insert', 'syncdb.v1.Writer', 'ann'],
    ]);
    expect(model.state.rowState(system.outcome, 'ann/1')?.scopes).toEqual(['$replica/ann']);
    expect(model.state.rowState(system.writer, 'ann')?.scopes).toEqual(['$writers']);
  });

  test('has its effects in the order of tables and numbers, each row once', () => {
    const model = new ModelHome();
    model.commit(insert(1, 'z'));
    const changes = [put(noteTable, 'n', {}), put(itemTable, 'b', {}), put(itemTable, 'a', {})];
    model.commit(
      transaction('ann', 2, [
        ...changes,
        patch(itemTable, 'z', { count: 1 }),
        remove(itemTable, 'b'),
      ]),
    );
    const effects = model.commits[1]!.effects.map(({ kind, key, number }) => [kind, key, number]);
    expect(effects).toEqual([
      ['update', 'z', 0],
      ['insert', 'a', 1],
      ['insert', 'n', 0],
      ['update', 'ann', 0],
    ]);
  });

  test('gives a row that came back its number again', () => {
    const model = new ModelHome();
    model.commit(insert(1, 'i'));
    model.commit(transaction('ann', 2, [remove(itemTable, 'i'), put(itemTable, 'j', {})]));
    model.commit(insert(3, 'i'));
    expect(describeRow(model.state, itemTable, 'i')?.number).toBe(0);
    expect(describeRow(model.state, itemTable, 'j')?.number).toBe(1);
  });
});

test('callers that share a name are numbered by the home, one after the other', () => {
  const model = new ModelHome();
  const terms = { numbered: true, knowsOwnWrites: false };
  const service = (key: string) => transaction('service', 1, [put(itemTable, key, {})]);
  const counters = ['i', 'j', 'j'].map((key) => model.commit(service(key), terms).outcome.counter);
  expect(counters).toEqual([1, 2, 3]);
  expect(model.home.settled('service').counter).toBe(3);
});

describe('a request with an id', () => {
  const terms = (id: string, caller = 'billing') => ({
    numbered: true,
    knowsOwnWrites: false,
    request: { caller, id },
  });
  const service = (key: string) => transaction('service', 1, [put(itemTable, key, {})]);
  const ask = (model: ModelHome, id: string, key = id) => model.commit(service(key), terms(id));
  const requests = (model: ModelHome) => model.state.table(system.serviceRequest).columns;
  const asked = (model: ModelHome, ids: readonly string[]) => {
    for (const id of ids) ask(model, id);
    return model;
  };

  test('[I3] is ordered once, and answered alike, also by a home that has only read the log', () => {
    const model = new ModelHome();
    const { outcome } = ask(model, 'a');
    ask(model, 'b');
    expect(ask(model, 'a')).toEqual({ outcome, record: undefined, seq: 2 });
    const prepared = prepareTransaction(modelSchema, model.limits, service('a'), 't');
    const submission = { prepared, mayRead: () => true, mayWrite: () => true, ...terms('a') };
    expect(model.replayed().order(submission, 0)).toMatchObject({ outcome, record: undefined });
  });

  test('[I3] is answered alike where it was refused, and while it waits for the log', () => {
    const model = new ModelHome();
    const wrong = transaction('service', 1, [patch(itemTable, 'none', {})]);
    const { outcome } = model.order(wrong, terms('a'));
    expect(outcome.refusal?.reason).toBe('ROW_NOT_FOUND');
    expect(model.order(wrong, terms('a'))).toEqual({ outcome, record: undefined, seq: 1 });
  });

  test('is another one with other changes, which is refused as such', () => {
    const model = asked(new ModelHome(), ['a']);
    expect(syncErrorOf(() => ask(model, 'a', 'other'))).toMatchObject({
      code: Code.alreadyExists,
      reason: 'REQUEST_ID_REUSED',
      fields: [{ field: 'request_id' }],
    });
    expect(model.state.head).toBe(1);
  });

  test('[I7] is none of another caller’s, whatever id that gives', () => {
    const model = asked(new ModelHome(), ['a']);
    const same = model.commit(service('a'), terms('a', 'planning'));
    expect(same).toMatchObject({ seq: 2, outcome: { status: 'committed', counter: 2 } });
    const other = model.commit(service('other'), terms('a', 'stock'));
    expect(other).toMatchObject({ seq: 3, outcome: { status: 'committed', counter: 3 } });
    expect(ask(model, 'a').record).toBeUndefined();
  });

  test('is kept while it is among the last so many, and not longer', () => {
    const limits = { ...defaultLimits, requestsKeptMax: 3 };
    const model = asked(new ModelHome({ limits }), ['a', 'b', 'c']);
    expect(ask(model, 'a').record).toBeUndefined();
    ask(model, 'd');
    expect([requests(model).liveCount, requests(model).slotEnd]).toEqual([3, 3]);
    expect(['b', 'c', 'd'].map((id) => ask(model, id).record)).toEqual(Array(3).fill(undefined));
    expect(ask(model, 'a', 'other').record).toBeDefined();
    expect(ask(model, 'b', 'other').record).toBeDefined();
    expect(requests(model).slotEnd).toBe(3);
    const again = model.replayed();
    expect(again.state.cells(system.serviceRequest, '0')).toEqual(
      model.state.cells(system.serviceRequest, '0'),
    );
  });

  test('[I3] that took the row of an older one is known to a home that has only read the log', () => {
    const limits = { ...defaultLimits, requestsKeptMax: 2 };
    const model = asked(new ModelHome({ limits }), ['a', 'b', 'c']);
    const prepared = prepareTransaction(modelSchema, limits, service('c'), 't');
    const submission = { prepared, mayRead: () => true, mayWrite: () => true, ...terms('c') };
    expect(model.replayed().order(submission, 0).record).toBeUndefined();
  });

  test('takes the same row again when the log did not take it', () => {
    const limits = { ...defaultLimits, requestsKeptMax: 2 };
    const model = asked(new ModelHome({ limits }), ['a', 'b']);
    const first = model.order(service('c'), terms('c'));
    model.home.abandon();
    expect(ask(model, 'a').record).toBeUndefined();
    expect(model.order(service('c'), terms('c'))).toEqual(first);
  });
});
