/** A run that fails, or failed once. */
export interface Schedule {
  readonly seed: number;
  readonly steps: number;
  /** Numbers of acts of chaos that are left out. */
  readonly leftOut: readonly number[];
}

/** What a run of a schedule came to. */
export interface Trial {
  /** Steps that it took. */
  readonly steps: number;
  readonly acts: number;
  /** What it broke first, if anything. */
  readonly message: string | undefined;
}

export type Try = (schedule: Schedule) => Promise<Trial>;

/** Runs that shrinking may take. */
const trialsMax = 500;

/** The invariant that a message of a violation names; of one that names none what went wrong. */
export function invariantOf(message: string): string {
  return message.split(':', 1)[0]!;
}

/** What a message says, whoever and whatever it says that of: without names, numbers, rows and lists. */
export function failureOf(message: string): string {
  const invariant = /^I\d+:/.exec(message)?.[0] ?? '';
  const text = message.slice(invariant.length);
  return invariant + text.replaceAll(/\[[^\]]*\]|\S*\d\S*/g, '#').replaceAll(/#(\s*#)+/g, '#');
}

/**
 * A smaller schedule that fails in the same way: fewer steps, then acts left out by halves, quarters and so on down
 * to single ones (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). The same schedule
 * always shrinks to the same one.
 */
export async function shrink(schedule: Schedule, attempt: Try): Promise<Schedule> {
  const first = await attempt(schedule);
  if (first.message === undefined) throw new Error(`seed ${schedule.seed} breaks nothing`);
  const shrinker = new Shrinker(attempt, failureOf(first.message));
  const shorter = await shrinker.shorten(schedule, first);
  return shrinker.leaveOut(shorter);
}

class Shrinker {
  private readonly attempt: Try;
  private readonly failure: string;
  private trialsLeft = trialsMax;

  constructor(attempt: Try, failure: string) {
    this.attempt = attempt;
    this.failure = failure;
  }

  /** Between as many steps as break something and as few as do not. */
  async shorten(schedule: Schedule, { steps }: Trial): Promise<Schedule> {
    // What was broken in the middle needs nothing behind it.
    const reached = { ...schedule, steps: Math.min(schedule.steps, steps) };
    let best = (await this.breaks(reached)) === undefined ? schedule : reached;
    for (let few = 0; best.steps - few > 1; ) {
      const middle = { ...best, steps: (few + best.steps) >> 1 };
      if ((await this.breaks(middle)) === undefined) few = middle.steps;
      else best = middle;
    }
    return best;
  }

  async leaveOut(schedule: Schedule): Promise<Schedule> {
    const trial = await this.breaks(schedule);
    if (trial === undefined) return schedule;
    const leftOut = new Set(schedule.leftOut);
    for (let size = trial.acts >> 1; size > 0; size >>= 1) {
      for (let start = 0; start < trial.acts; start += size) {
        const added = range(start, Math.min(trial.acts, start + size)).filter(
          (act) => !leftOut.has(act),
        );
        if (added.length === 0) continue;
        const smaller = [...leftOut, ...added];
        if ((await this.breaks({ ...schedule, leftOut: smaller })) === undefined) continue;
        for (const act of added) leftOut.add(act);
      }
    }
    return { ...schedule, leftOut: [...leftOut].sort((left, right) => left - right) };
  }

  private async breaks(schedule: Schedule): Promise<Trial | undefined> {
    if (this.trialsLeft-- <= 0) return undefined;
    const trial = await this.attempt(schedule);
    const { message } = trial;
    return message !== undefined && failureOf(message) === this.failure ? trial : undefined;
  }
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
