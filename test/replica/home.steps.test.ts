/** Ordering in steps: the same as at once, with turns for others in between. */
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { Home } from '../../src/replica/home.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import type { Submission } from '../../src/replica/submission.ts';
import { transactionOf } from '../session/support/messages.ts';
import { type Edit, newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';

const puts = Array.from({ length: 10 }, (_, row) => putEdit(newsTable, `n${row}`, { likes: row }));

function homeWith(stepChangesMax: number): Home {
  const limits = { ...defaultLimits, stepChangesMax };
  return new Home({ schema: simSchema, limits, validate: () => undefined });
}

function submissionOf(counter: number, ...edits: Edit[]): Submission {
  const transaction = transactionOf('p', counter, ...edits);
  const prepared = prepareTransaction(simSchema, defaultLimits, transaction, 't');
  return { prepared, mayRead: () => true, mayWrite: () => true, knowsOwnWrites: true };
}

describe('orderSteps', () => {
  test('gives what order gives, in steps of stepChangesMax', () => {
    const [stepped, whole] = [homeWith(5), homeWith(1_000)];
    const lines: [Edit[], stepCount: number][] = [
      // One within each pass over ten rows: rows that are met, stamps, changes, changed rows, effects; two within the record's
      // eleven effects.
      [puts, 7],
      [puts.map(({ key }) => patchEdit(newsTable, key, { likes: 70 })), 7],
      [puts.slice(0, 4), 0],
    ];
    for (const [index, [edits, stepCount]] of lines.entries()) {
      const submission = submissionOf(index + 1, ...edits);
      const steps = stepped.orderSteps(submission, 1_000);
      const asked: number[] = [];
      let taken = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) {
        if (step.value === undefined) taken++;
        else asked.push(step.value);
        // Readers see nothing of it.
        expect(stepped.state.head).toBe(index);
      }
      expect(step.value).toEqual(whole.order(submission, 1_000));
      expect(taken).toBe(stepCount);
      expect(asked).toEqual([index === 0 ? 0 : expect.any(Number)]);
      if (index > 0) expect(asked[0]).toBeGreaterThan(edits.length * 1_200);
      stepped.durable();
      whole.durable();
      expect(stepped.chainHash).toEqual(whole.chainHash);
    }
  });

  test('a refusal ends it, and leaves nothing of the changes before it', () => {
    const home = homeWith(5);
    const edits = [...puts, patchEdit(newsTable, 'none', { likes: 1 })];
    const steps = home.orderSteps(submissionOf(1, ...edits), 1_000);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    expect(step.value.outcome).toMatchObject({
      status: 'refused',
      refusal: { reason: 'ROW_NOT_FOUND', changeIndex: 10 },
    });
    home.durable();
    expect(home.state.has(newsTable, 'n0')).toBe(false);
  });

  test('[I2] whoever has no room for the rows that are met says so, and nothing was done', () => {
    const home = homeWith(5);
    home.order(submissionOf(1, ...puts), 1_000);
    home.durable();
    const lines = new PushLines();
    const steps = home.orderSteps({ ...submissionOf(2, ...puts), lines }, 1_000);
    while (steps.next().value === undefined);
    expect(() => steps.throw(new Error('no room'))).toThrow('no room');
    const behind = home.orderSteps({ ...submissionOf(3, puts[0]!), lines }, 1_000);
    expect(() => behind.next()).toThrow(expect.objectContaining({ reason: 'COUNTER_GAP' }));
    expect(home.order(submissionOf(2, puts[0]!), 1_000)).toMatchObject({ seq: 2 });
  });

  test('what cannot be ordered is raised by the first step', () => {
    const steps = homeWith(5).orderSteps(submissionOf(2, ...puts), 1_000);
    expect(() => steps.next()).toThrow(expect.objectContaining({ reason: 'COUNTER_GAP' }));
  });
});
