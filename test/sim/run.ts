/**
 * `npm run sim`: replays the regressions, then runs seed after seed, prints what was broken and what never happened, and
 * keeps the first failure, shrunk, as a regression. The last line is for programs.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSeeds } from './pool.ts';
import { numbersOf } from './ranges.ts';
import { keepRegression, regressions, replay } from './regressions.ts';
import { simulate } from './simulation.ts';
import {
  addResult,
  addTotals,
  type Failure,
  missedIn,
  noTotals,
  type Totals,
  totalsLine,
} from './totals.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    /** How many seeds; as many as there is time for where it is left out. */
    seeds: { type: 'string' },
    /** The first seed, or the only one where neither `seeds` nor `seconds` is given; then it tells what happens. */
    seed: { type: 'string' },
    /** Events of chaos in each run. */
    steps: { type: 'string', default: '1000' },
    /** Numbers of acts of chaos to leave out, as `0-3,7`; of one seed. */
    'leave-out': { type: 'string', default: '' },
    seconds: { type: 'string' },
    /** Threads. */
    jobs: { type: 'string', default: String(availableParallelism()) },
    /** Goes on until it is stopped. */
    soak: { type: 'boolean', default: false },
    /** Stops where something was broken. */
    'until-violation': { type: 'boolean', default: false },
    /** `--no-keep`: a failure is not shrunk and kept as a regression. */
    keep: { type: 'boolean', default: true },
  },
});

/**
 * Within so many seeds everything that is rare has to come about: which seeds those are is the same on every machine, so no
 * run fails for being slow.
 */
const seedsEnough = 500;
/** Without arguments it is the gate's run, which is short. */
const secondsDefault = 5;
const soakLineMs = 60_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const steps = numberOf('steps', values.steps, 1);
const first = numberOf('seed', values.seed ?? '1', 0);
const seeds = values.seeds === undefined ? undefined : numberOf('seeds', values.seeds, 1);
const seconds = values.seconds === undefined ? undefined : numberOf('seconds', values.seconds, 0);
const jobs = numberOf('jobs', values.jobs, 1);
const isAlone = values.seed !== undefined && !values.seeds && !values.seconds && !values.soak;

process.exitCode = isAlone ? await runAlone() : await runMany();

/** One seed, and what happens in it. It need not meet everything. */
async function runAlone(): Promise<number> {
  const leftOut = numbersOf(values['leave-out']);
  const result = await simulate({ seed: first, steps, leftOut, print: say });
  const { violation } = result;
  const totals = noTotals();
  addResult(totals, first, steps, result);
  if (violation !== undefined) say(`seed ${first}: ${violation.message}`);
  if (violation?.cause instanceof Error) say(violation.cause.stack ?? '');
  say(totalsLine(totals));
  return violation === undefined ? 0 : 1;
}

async function runMany(): Promise<number> {
  const replayed = await replayAll();
  const startMs = performance.now();
  const seedsDone = noTotals();
  const printer = values.soak
    ? setInterval(() => say(totalsLine(seedsDone)), soakLineMs)
    : undefined;
  const run = await runSeeds({
    jobs,
    first,
    steps,
    seedsLeft: (done, planned) => seedsLeft(done, planned, performance.now() - startMs),
    onDone: (done) => {
      addTotals(seedsDone, done);
      for (const failure of done.failures) sayFailure(failure);
    },
  });
  clearInterval(printer);
  const [failure] = run.failures;
  if (failure !== undefined && values.keep) {
    say(`  kept: ${await keepRegression(failure.seed, failure.steps)}`);
  }
  return summary(run, replayed, (performance.now() - startMs) / 1_000);
}

function sayFailure({ seed, message }: Failure): void {
  say(`seed ${seed}: ${message}`);
  say(`  again: node test/sim/run.ts --seed ${seed} --steps ${steps}`);
}

/** What failed once is run first. */
async function replayAll(): Promise<Totals> {
  const totals = noTotals();
  for (const [name, regression] of regressions()) {
    const result = await replay(regression);
    addResult(totals, regression.seed, regression.steps, result);
    if (result.violation !== undefined) say(`regression ${name}: ${result.violation.message}`);
  }
  return totals;
}

/** A run that lasts for some time goes on until what is rare has come about, or there were enough seeds for it. */
function seedsLeft(done: Totals, planned: number, elapsedMs: number): number {
  if (values['until-violation'] && done.failures.length > 0) return 0;
  const left = (seeds ?? Number.POSITIVE_INFINITY) - planned;
  if (values.soak || (seeds !== undefined && seconds === undefined)) return left;
  const isOver = elapsedMs >= (seconds ?? secondsDefault) * 1_000;
  const isWhole = missed(done).length === 0 || done.seeds >= seedsEnough;
  return isOver && isWhole ? 0 : left;
}

function missed({ fired, marked }: Totals): string[] {
  return [...missedIn(fired), ...missedIn(marked)];
}

/** What the regressions met counts for nothing: they are there because they meet it. */
function summary(run: Totals, replayed: Totals, secondsSpent: number): number {
  const { fired, marked, steps: stepsDone, commits } = run;
  const counts = [...fired, ...marked].map(([name, count]) => `${name} ${count}`);
  say(counts.join(', '));
  const perSecond = Math.round(stepsDone / secondsSpent);
  say(`${replayed.seeds} regressions replayed, ${replayed.failures.length} of them broken`);
  say(
    `${commits} commits in ${secondsSpent.toFixed(1)} s, ${perSecond} steps of chaos and of healing a second`,
  );
  const never = missed(run);
  if (never.length > 0) say(`never happened: ${never.join(', ')}`);
  const isFew = seeds !== undefined && seeds < seedsEnough;
  const failures = [...replayed.failures, ...run.failures];
  say(totalsLine({ ...run, failures }));
  return failures.length === 0 && (never.length === 0 || isFew) ? 0 : 1;
}

function numberOf(option: string, text: string, min: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= min) return number;
  process.stderr.write(`--${option} ${text}: must be a whole number, ${min} or more\n`);
  process.exit(2);
}
