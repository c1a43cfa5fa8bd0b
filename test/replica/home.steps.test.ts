/** Ordering in steps: the same as at once, with turns for others in between. */
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { Home } from '../../src/replica/home.ts';
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
      // One within each pass over ten rows: stamps, changes, changed rows, effects; two within the record's eleven effects.
      [puts, 6],
      [puts.map(({ key }) => patchEdit(newsTable, key, { likes: 70 })), 6],
      [puts.slice(0, 4), 0],
    ];
    for (const [index, [edits, stepCount]] of lines.entries()) {
      const submission = submissionOf(index + 1, ...edits);
      const steps = stepped.orderSteps(submission, 1_000);
      let taken = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) {
        taken++;
        // Readers see nothing of it.
        expect(stepped.state.head).toBe(index);
      }
      expect(step.value).toEqual(whole.order(submission, 1_000));
      expect(taken).toBe(stepCount);
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

  test('what cannot be ordered is raised by the first step', () => {
    const steps = homeWith(5).orderSteps(submissionOf(2, ...puts), 1_000);
    expect(() => steps.next()).toThrow(expect.objectContaining({ reason: 'COUNTER_GAP' }));
  });
});
