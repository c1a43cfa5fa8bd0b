/** Replicas that write offline, push and pull whenever they can: what they show, and where they end. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { liveRows, ModelHome } from '../support/model-home.ts';
import { ModelReplica, modelKeys, replayedQueue } from '../support/model-replica.ts';

const sizes = fc.record({
  rowsMax: fc.integer({ min: 1, max: 4 }),
  bytesMax: fc.constantFrom(30, 1_000),
  visitsMax: fc.integer({ min: 1, max: 6 }),
});
const who = { who: fc.nat({ max: 2 }) };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        ...who,
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
        amends: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('push' as const),
        ...who,
        count: fc.nat({ max: 3 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ type: fc.constant('pull' as const), ...who, size: sizes }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), ...who }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('gossip' as const),
        ...who,
        to: fc.nat({ max: 2 }),
      }),
    },
  ),
  { maxLength: 50, size: 'max' },
);

/** Ann, Bob, and a relay which holds others' transactions too. */
function camp() {
  return [
    new ModelReplica('ann'),
    new ModelReplica('bob'),
    new ModelReplica('edge', { relay: true }),
  ];
}

/** One hands another all of its tentative transactions. */
function gossip(from: ModelReplica, to: ModelReplica): void {
  from.replica.seal();
  for (const { transaction } of from.replica.queue.all()) {
    const held = to.replica.queue.of(transaction.replica).at(-1)?.transaction.counter;
    const next = (held ?? to.replica.settledOf(transaction.replica).counter) + 1;
    if (transaction.replica === to.replica.id || transaction.counter > next) continue;
    to.replica.receive(transaction);
  }
}

function checkView({ replica }: ModelReplica): void {
  const expected = replayedQueue(replica);
  for (const { table, key } of modelKeys) {
    expect(replica.row(table, key)?.cells).toEqual(expected.get(`${table.name} ${key}`));
  }
}

describe('replicas', () => {
  test('[I1][I5][P1][P2][P6] show their queue over what is committed after any step, and end with the same rows', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new ModelHome();
        const devices = camp();
        const written = new Map(devices.map(({ replica }) => [replica.id, 0]));
        for (const step of all) {
          const device = devices[step.who]!;
          const { replica } = device;
          if (step.type === 'write') {
            const [first, ...rest] = step.edits.map((edit) => changeOf(edit));
            if (step.amends && rest.length === 0) device.amend(first!);
            else device.write(first!, ...rest);
            written.set(replica.id, replica.lastCounter);
          } else if (step.type === 'push') device.push(model, step.count);
          else if (step.type === 'restart') device.receiver.restart();
          else if (step.type === 'gossip') {
            if (step.to !== step.who) gossip(device, devices[step.to]!);
          } else device.pullBatch(model.state, step.size);
          checkView(device);
          // What is not settled is queued, without a gap.
          const queue = replica.queue.of(replica.id).map(({ transaction }) => transaction.counter);
          const count = written.get(replica.id)!;
          expect(queue).toEqual(
            Array.from({ length: queue.length }, (_, at) => count - queue.length + 1 + at),
          );
          expect(count - queue.length).toBeLessThanOrEqual(model.home.settled(replica.id).counter);
        }
        for (const device of devices) device.push(model);
        for (const device of devices) {
          expect(device.pull(model.state).proven).toBe(true);
          checkView(device);
          expect(device.replica.queue.of(device.replica.id)).toEqual([]);
          expect(liveRows(device.replica.committed)).toEqual(
            liveRows(model.state, (table, scopes) => device.receiver.holds(table, scopes)),
          );
        }
        for (const [id, counter] of written) expect(model.home.settled(id).counter).toBe(counter);
      }),
      { numRuns: 150 },
    );
  });

  test('[I1] put the same transactions in the same order, however they came', () => {
    const edits = fc.array(fc.tuple(fc.constantFrom('ann', 'bob', 'cid'), anyEdit), {
      maxLength: 20,
      size: 'max',
    });
    fc.assert(
      fc.property(edits, fc.infiniteStream(fc.nat({ max: 2 })), (all, choices) => {
        const writers = new Map(['ann', 'bob', 'cid'].map((id) => [id, new ModelReplica(id)]));
        for (const [id, edit] of all) writers.get(id)!.amend(changeOf(edit));
        const one = new ModelReplica('one', { relay: true });
        const other = new ModelReplica('two', { relay: true });
        for (const writer of writers.values()) gossip(writer, one);
        const queues = [...writers.values()].map(({ replica }) => [...replica.queue.all()]);
        while (queues.some((queue) => queue.length > 0)) {
          const next = queues[choices.next().value!]!.shift();
          if (next !== undefined) other.replica.receive(next.transaction);
        }
        const order = ({ replica }: ModelReplica) =>
          replica.queue
            .all()
            .map(({ transaction }) => `${transaction.replica}/${transaction.counter}`);
        expect(order(other)).toEqual(order(one));
        for (const { table, key } of modelKeys) {
          expect(other.shown(table, key)).toEqual(one.shown(table, key));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('rebase only rows that a checkpoint changed or that their transactions touch', () => {
    fc.assert(
      fc.property(
        fc.array(anyEdit, { maxLength: 6 }),
        fc.array(anyEdit, { maxLength: 6 }),
        (theirs, ours) => {
          const model = new ModelHome();
          const phone = new ModelReplica('ann');
          phone.pull(model.state);
          for (const edit of theirs) model.write('bob', [changeOf(edit)]);
          for (const edit of ours) phone.write(changeOf(edit));
          const rebased = vi.spyOn(phone.replica.view, 'recompute');
          phone.pull(model.state);
          const rows = rebased.mock.calls.map(([table, key]) => `${table.name} ${key}`);
          const touched = new Set(theirs.map(({ table, key }) => `${table.name} ${key}`));
          expect(rows.filter((name) => name.startsWith('t.') && !touched.has(name))).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
