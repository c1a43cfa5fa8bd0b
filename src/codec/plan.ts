import { keep } from './kept.ts';

/** How much work goes into few bytes. */
export type Level = 'fast' | 'balanced' | 'small';

/** Batches after which a choice is made anew. */
const usesMax = 32;

/**
 * What was chosen for a column, and for the columns that it is made of. Kept along a stream, so that batches of the same table are
 * judged once; a choice that does not fit a later batch is made anew.
 */
export class Plan {
  readonly level: Level;
  /** Number of the chosen codec; negative before there is one. */
  codec = -1;
  /** What that codec keeps of its choice: an exponent, the columns that it predicts from. */
  parameters: readonly number[] = [];
  private uses = 0;
  private readonly parts: Plan[] = [];

  constructor(level: Level) {
    this.level = level;
  }

  /** The plan of the part that its codec knows by `index`, 0 and up. */
  part(index: number): Plan {
    for (let at = this.parts.length; at <= index; at++) this.parts.push(new Plan(this.level));
    return this.parts[index]!;
  }

  /** True of a choice that may be used for one more batch: columns change, and what was bad luck in a sample is not for ever. */
  use(): boolean {
    return this.codec >= 0 && ++this.uses <= usesMax;
  }

  /** Takes another codec, of whose parts nothing is known. */
  choose(codec: number, parameters: readonly number[]): void {
    this.codec = codec;
    this.uses = 0;
    this.parameters = parameters;
    this.parts.length = 0;
  }
}

keep(new Plan('fast'));
