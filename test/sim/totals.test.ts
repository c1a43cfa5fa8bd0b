import { expect, test } from 'vitest';
import { type Branch, branches } from './branches.ts';
import { type Fault, faults } from './faults.ts';
import { addTotals, missedIn, noTotals, totalsLine } from './totals.ts';

test('the line for programs counts each kind of fault, and each rare branch, once', () => {
  const totals = noTotals();
  addTotals(totals, {
    seeds: 2,
    steps: 30,
    commits: 4,
    failures: [{ seed: 1, steps: 15, message: 'I2: lost' }],
    fired: new Map<Fault, number>([['cut', 7]]),
    marked: new Map<Branch, number>([['QUEUE_FULL', 1]]),
  });
  const required = branches.filter((branch) => !branch.startsWith('limit: '));
  expect(totalsLine(totals)).toBe(
    `sim.steps 30  sim.seeds 2  sim.violations 1  sim.fault_kinds_fired 1/${faults.length}  sim.rare_branches_fired 1/${required.length}`,
  );
  expect(missedIn(totals.fired)).toEqual(faults.filter((fault) => fault !== 'cut'));
});
