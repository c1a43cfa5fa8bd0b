import type { Prng } from './prng.ts';
import { narrowWishes, wishes } from './workload.ts';

/** How often the edits of a run are of which kind, of all that are. */
export interface Taste {
  /** Inspections that there are to be edited: where they are few, edits meet and rows come and go. */
  readonly keys: number;
  readonly deletes: number;
  readonly puts: number;
  /** From one station to another, and so from scope to scope. */
  readonly moves: number;
  readonly patches: number;
}

/**
 * What this run has more of than others, and what it has not at all. With everything in each run in the same measure, what
 * takes three rare things in a row comes about in no run; so each draws its own mixture.
 */
export class Swarm {
  readonly taste: Taste;
  /** How often phones connect to the home where they could go to a relay, too. */
  readonly homeShare: number;
  /** What phones ask to hold. */
  readonly wishes: typeof wishes;
  private readonly random: Prng;
  private readonly isEven: boolean;
  /** Of all that goes wrong: where that is less, more is written, and histories grow. */
  private readonly strength: number;

  constructor(random: Prng) {
    this.random = random;
    this.isEven = random.chance(0.4);
    this.strength = random.pick([0.25, 1, 1]);
    this.taste = random.pick(tastes);
    this.homeShare = random.pick([0.2, 0.5, 0.5, 0.8]);
    this.wishes = random.pick([wishes, wishes, narrowWishes]);
  }

  /** By how much the next kind of fault is more frequent than usual. */
  factor(): number {
    const factor = this.random.pick(factors);
    return (this.isEven ? 1 : factor) * this.strength;
  }
}

const factors = [0, 0.5, 1, 1, 4] as const;

const tastes: readonly Taste[] = [
  { keys: 12, deletes: 3, puts: 7, moves: 3, patches: 7 },
  { keys: 3, deletes: 3, puts: 7, moves: 3, patches: 7 },
  { keys: 4, deletes: 7, puts: 10, moves: 2, patches: 1 },
  { keys: 5, deletes: 1, puts: 4, moves: 12, patches: 3 },
  { keys: 3, deletes: 0, puts: 2, moves: 14, patches: 2 },
];
