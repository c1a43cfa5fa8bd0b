import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { numbersOf, rangesText } from './ranges.ts';
import { invariantOf, type Schedule, shrink, type Trial } from './shrink.ts';
import { type SimulationResult, simulate } from './simulation.ts';

/** A schedule that broke an invariant once, and is run again for ever. */
export interface Regression extends Schedule {
  /** The invariant, and what was said of it then. */
  readonly invariant: string;
  readonly message: string;
}

const folder = join(import.meta.dirname, '../regressions');

/** All that are kept, by name. */
export function regressions(): [name: string, regression: Regression][] {
  return globSync('*.json', { cwd: folder })
    .sort()
    .map((file) => [basename(file, '.json'), read(join(folder, file))]);
}

function read(path: string): Regression {
  const kept = JSON.parse(readFileSync(path, 'utf8'));
  return { ...kept, leftOut: numbersOf(kept.leftOut) };
}

/** Shrinks a run that fails, and keeps it. Returns the path of its file. */
export async function keepRegression(seed: number, steps: number): Promise<string> {
  const schedule = await shrink({ seed, steps, leftOut: [] }, attempt);
  const { message } = await attempt(schedule);
  const invariant = invariantOf(message!);
  const kept = { ...schedule, leftOut: rangesText(schedule.leftOut), invariant, message };
  const name = invariant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const path = join(folder, `seed-${seed}-${name}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(kept, undefined, 2)}\n`);
  return path;
}

/** Runs it again. */
export function replay(schedule: Schedule): Promise<SimulationResult> {
  return simulate(schedule);
}

async function attempt(schedule: Schedule): Promise<Trial> {
  const { steps, acts, violation } = await replay(schedule);
  return { steps, acts, message: violation?.message };
}
