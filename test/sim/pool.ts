import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { addTotals, noTotals, type Totals } from './totals.ts';
import type { Job } from './worker.ts';

export interface PoolOptions {
  readonly jobs: number;
  readonly first: number;
  readonly steps: number;
  /** Asked before each job; how many seeds there may be left, 0 to stop. */
  readonly seedsLeft: (soFar: Totals, planned: number) => number;
  /** Called with what each job came to. */
  readonly onDone?: (done: Totals) => void;
}

/** Seeds of one job: enough that telling of them costs nothing, and few enough to stop in time. */
const jobSeedsMax = 10;

/** Runs seeds one after the other, on as many threads as there are jobs. Which thread runs which makes no difference. */
export async function runSeeds(options: PoolOptions): Promise<Totals> {
  const totals = noTotals();
  let planned = 0;
  const takeJob = (): Job | undefined => {
    const count = Math.min(jobSeedsMax, options.seedsLeft(totals, planned));
    if (count <= 0) return undefined;
    const job = { first: options.first + planned, count, steps: options.steps };
    planned += count;
    return job;
  };
  const runJobs = async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    for (let job = takeJob(); job !== undefined; job = takeJob()) {
      worker.postMessage(job);
      const [done] = (await once(worker, 'message')) as [Totals];
      addTotals(totals, done);
      options.onDone?.(done);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: options.jobs }, runJobs));
  // Threads come to their ends in any order.
  totals.failures.sort((left, right) => left.seed - right.seed);
  return totals;
}
