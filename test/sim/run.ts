/** `npm run sim`: runs seed after seed and prints what was broken, if anything, and how often each fault fired. */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';
import { type Fault, faults } from './trace.ts';

const { values } = parseArgs({
  options: {
    /** How many seeds; as many as there is time for where it is left out. */
    seeds: { type: 'string' },
    /** The first seed, or the only one where neither `seeds` nor `seconds` is given; then it tells what happens. */
    seed: { type: 'string' },
    /** Events of chaos in each run. */
    steps: { type: 'string', default: '1000' },
    seconds: { type: 'string' },
  },
});

const first = Number(values.seed ?? 1);
const steps = Number(values.steps);
const isAlone = values.seed !== undefined && values.seeds === undefined && !values.seconds;
const seedsMax = isAlone ? 1 : Number(values.seeds ?? Number.POSITIVE_INFINITY);
// The gate's run is short.
const seconds = Number(values.seconds ?? (seedsMax === Number.POSITIVE_INFINITY ? 5 : 1e9));

const say = (line: string) => process.stdout.write(`${line}\n`);
const startMs = performance.now();
const fired = new Map<Fault, number>(faults.map((fault) => [fault, 0]));
let seeds = 0;
let stepsDone = 0;
let commits = 0;
let violations = 0;

/** A slow machine gets more time for the faults that are rare. */
function isOver(): boolean {
  const elapsedMs = performance.now() - startMs;
  const isWhole = [...fired.values()].every((count) => count > 0);
  return seeds >= seedsMax || elapsedMs >= seconds * (isWhole ? 1_000 : 6_000);
}

while (!isOver()) {
  const seed = first + seeds;
  const result = await simulate({ seed, steps, ...(isAlone && { print: say }) });
  seeds++;
  stepsDone += result.steps;
  commits += result.commits;
  for (const [fault, count] of result.fired) fired.set(fault, fired.get(fault)! + count);
  if (result.violation === undefined) continue;
  violations++;
  say(`seed ${seed}: ${result.violation.message}`);
  if (isAlone && result.violation.cause instanceof Error) say(result.violation.cause.stack ?? '');
  say(`  again: node test/sim/run.ts --seed ${seed} --steps ${steps}`);
}

// One seed alone need not meet everything.
const missed = isAlone ? [] : faults.filter((fault) => fired.get(fault) === 0);
if (missed.length > 0) say(`never happened: ${missed.join(', ')}`);
if (violations > 0 || missed.length > 0) process.exitCode = 1;
const elapsed = (performance.now() - startMs) / 1_000;
const faultsText = [...fired].map(([fault, count]) => `${fault} ${count}`).join(', ');
say(
  `${stepsDone} steps, ${seeds} seeds, ${commits} commits, ${violations} violations in ${elapsed.toFixed(1)} s; fired: ${faultsText}`,
);
