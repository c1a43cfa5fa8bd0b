/** What the home says does not depend on when the log takes its records. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { describeState, describeWhole, knownKeys, ModelHome } from '../support/model-home.ts';
import { modelTables, transaction } from '../support/model-schema.ts';

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant('order' as const),
        writer: fc.constantFrom('ann', 'bob'),
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
        base: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('durable' as const), count: fc.nat({ max: 4 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'abandon' as const }) },
  ),
  { maxLength: 40, size: 'max' },
);

/** A home whose commits wait for the log. */
class WaitingHome extends ModelHome {
  private durableCount = 0;

  get pendingCount(): number {
    return this.records.length - this.durableCount;
  }

  durable(): void {
    this.commits.push(this.home.durable());
    this.durableCount++;
  }

  abandon(): void {
    this.home.abandon();
    this.records.length = this.durableCount;
  }

  /** Another one that has read what is durable and commits at once. */
  eager(): ModelHome {
    const model = new ModelHome();
    for (const record of this.records.slice(0, this.durableCount)) {
      model.home.replay(record);
      model.records.push(record);
    }
    return model;
  }
}

describe('a home', () => {
  test('[I3][I9] orders the same, to the byte, whether commits are durable at once, later, or only after a failure', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const waiting = new WaitingHome();
        let eager = waiting.eager();
        for (const step of all) {
          if (step.type === 'abandon') {
            waiting.abandon();
            eager = waiting.eager();
          } else if (step.type === 'durable') {
            for (let left = Math.min(step.count, waiting.pendingCount); left > 0; left--)
              waiting.durable();
          } else {
            const { counter } = waiting.home.settled(step.writer);
            const base =
              step.base === null ? undefined : Math.round(step.base * waiting.state.head);
            const changes = step.edits.map((edit) => changeOf(edit, { base }));
            const ordered = transaction(step.writer, counter + 1, changes);
            expect(waiting.order(ordered)).toEqual(eager.commit(ordered));
          }
          expect(waiting.pendingCount).toBe(eager.state.head - waiting.state.head);
        }
        while (waiting.pendingCount > 0) waiting.durable();
        expect(waiting.records).toEqual(eager.records);
        expect(describeWhole(waiting.state)).toEqual(describeWhole(eager.state));
        expect(waiting.home.chainHash).toEqual(eager.home.chainHash);
      }),
      { numRuns: 200 },
    );
  });

  test('[I9] comes back from its log as it was: rows, history, scopes, digests, outcomes', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new ModelHome();
        for (const step of all) {
          if (step.type === 'order')
            model.write(
              step.writer,
              step.edits.map((edit) => changeOf(edit)),
            );
        }
        const again = model.replayed();
        expect(describeWhole(again.state)).toEqual(describeWhole(model.state));
        expect(again.chainHash).toEqual(model.home.chainHash);
        for (const writer of ['ann', 'bob']) {
          expect(again.settled(writer)).toEqual(model.home.settled(writer));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('evaluates against rows that are, when they are durable, just what it took them for', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new WaitingHome();
        for (const step of all) {
          if (step.type !== 'order') continue;
          const { counter } = model.home.settled(step.writer);
          model.order(
            transaction(
              step.writer,
              counter + 1,
              step.edits.map((edit) => changeOf(edit)),
            ),
          );
        }
        const { pending } = model.home as unknown as {
          pending: { row: ModelHome['state']['rowState'] };
        };
        const keys = modelTables.flatMap((table) =>
          ['i1', 'i2', 'i3', 'i4', 'n1', 'n2', '-1', '7'].map((key) => ({ table, key })),
        );
        const taken = keys.map(({ table, key }) => pending.row(table, key));
        while (model.pendingCount > 0) model.durable();
        for (const [at, { table, key }] of keys.entries()) {
          const row = model.state.rowState(table, key);
          const before = taken[at];
          expect(row && describeState(model.state, table, row)).toEqual(
            before && describeState(model.state, table, before),
          );
        }
        expect(knownKeys(model.state).length).toBeLessThanOrEqual(keys.length);
      }),
      { numRuns: 200 },
    );
  });
});
