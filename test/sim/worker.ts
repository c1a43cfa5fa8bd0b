/** Runs the seeds that it is told to, in a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { simulate } from './simulation.ts';
import { addResult, noTotals } from './totals.ts';

export interface Job {
  readonly first: number;
  readonly count: number;
  readonly steps: number;
}

// Refusals are errors, and most of what one costs is the stack that nobody reads here.
Error.stackTraceLimit = 0;

parentPort!.on('message', async ({ first, count, steps }: Job) => {
  const totals = noTotals();
  for (let seed = first; seed < first + count; seed++) {
    addResult(totals, seed, steps, await simulate({ seed, steps }));
  }
  parentPort!.postMessage(totals);
});
