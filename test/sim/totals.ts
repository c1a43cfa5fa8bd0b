import { type Branch, branches } from './branches.ts';
import { type Fault, faults } from './faults.ts';
import type { SimulationResult } from './simulation.ts';

/** A run that broke a promise. */
export interface Failure {
  readonly seed: number;
  readonly steps: number;
  readonly message: string;
}

/** What many runs came to. It is copied from thread to thread as it is. */
export interface Totals {
  seeds: number;
  steps: number;
  commits: number;
  failures: Failure[];
  fired: Map<Fault, number>;
  marked: Map<Branch, number>;
}

export function noTotals(): Totals {
  return {
    seeds: 0,
    steps: 0,
    commits: 0,
    failures: [],
    fired: new Map(faults.map((fault) => [fault, 0])),
    marked: new Map(branches.map((branch) => [branch, 0])),
  };
}

export function addResult(totals: Totals, seed: number, steps: number, result: SimulationResult) {
  totals.seeds++;
  totals.steps += result.steps;
  totals.commits += result.commits;
  if (result.violation !== undefined) {
    totals.failures.push({ seed, steps, message: result.violation.message });
  }
  addCounts(totals.fired, result.fired);
  addCounts(totals.marked, result.marked);
}

export function addTotals(totals: Totals, other: Totals): void {
  totals.seeds += other.seeds;
  totals.steps += other.steps;
  totals.commits += other.commits;
  totals.failures.push(...other.failures);
  addCounts(totals.fired, other.fired);
  addCounts(totals.marked, other.marked);
}

/** Names of what never happened. What is a known limitation need not. */
export function missedIn(counts: ReadonlyMap<string, number>): string[] {
  return required(counts).filter((name) => counts.get(name) === 0);
}

function required(counts: ReadonlyMap<string, number>): string[] {
  return [...counts.keys()].filter((name) => !name.startsWith('limit: '));
}

/** The line that other programs read. */
export function totalsLine({ seeds, steps, failures, fired, marked }: Totals): string {
  const share = (counts: ReadonlyMap<string, number>) => {
    const { length } = required(counts);
    return `${length - missedIn(counts).length}/${length}`;
  };
  return [
    `sim.steps ${steps}`,
    `sim.seeds ${seeds}`,
    `sim.violations ${failures.length}`,
    `sim.fault_kinds_fired ${share(fired)}`,
    `sim.rare_branches_fired ${share(marked)}`,
  ].join('  ');
}

function addCounts<T>(sum: Map<T, number>, counts: ReadonlyMap<T, number>): void {
  for (const [name, count] of counts) sum.set(name, sum.get(name)! + count);
}
