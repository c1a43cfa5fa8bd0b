import type { Judgement } from './codec.ts';
import { bitLength } from './entropy.ts';
import {
  assertSafe,
  type IntegerCodec,
  type Integers,
  integersOf,
  isNarrow,
} from './integer-codec.ts';
import { integerOffset } from './integer-offset.ts';
import { type Level, Plan } from './plan.ts';
import { bestFew, ownBits, worthOfSteps } from './prediction.ts';
import { readResiduals, residualBits, writeResiduals } from './residuals.ts';
import { windowMax, windowStart } from './sample.ts';
import { Scratch } from './scratch.ts';

/** How far back is looked. */
const lagMax: Readonly<Record<Level, number>> = { fast: 0, balanced: 64, small: 512 };

/** Rows in which a lag is looked at first, and how many lags are looked at again. */
const glances = 64;
const looksMax = 2;

/**
 * Steps from the value so many rows before: hours of days, months of years, sensors that are read in turn. The lag as a varint (2 or
 * more, and less than there are values), as many first values as `offset`, then what all others are above the value that stands so
 * many rows before, as residuals.
 */
export const integerLag: IntegerCodec = {
  id: 11,
  name: 'lag',

  judge(column, level, bitsMax) {
    const max = worthOfSteps(bitsMax, column);
    if (max <= 0 || !isNarrow(column)) return undefined;
    const { values, count } = column;
    const start = windowStart(count);
    const window = values.subarray(start, Math.min(count, start + windowMax));
    let best: Judgement | undefined;
    for (const { lag } of likely(window, lagMax[level], ownBits(column))) {
      const steps = stepsOf(window, window.length, lag);
      const firstsBits = lag * firstBits(column);
      const bits = residualBits(steps, count - lag, (best?.bits ?? max) - firstsBits) + firstsBits;
      if (bits < (best?.bits ?? max)) best = { bits, parameters: [lag] };
    }
    return best;
  },

  write(out, column, { parameters: [lag = 0] }) {
    const { values, count } = column;
    if (lag < 2 || lag >= count || !isNarrow(column)) return false;
    out.head.varint(lag);
    integerOffset.write(out, integersOf(values, lag), unused);
    const steps = stepsOf(values, count, lag);
    return writeResiduals(out, steps, steps.length);
  },

  read(reader, count) {
    const lag = reader.head.varint();
    if (lag < 2 || lag >= count) throw reader.fail('there is no such lag');
    const firsts = integerOffset.read(reader, lag);
    const steps = readResiduals(reader, count - lag);
    const values = reader.values(count);
    values.set(firsts);
    for (let at = lag; at < count; at++) values[at] = values[at - lag]! + steps[at - lag]!;
    return assertSafe(reader, values, Number.POSITIVE_INFINITY);
  },
};

function firstBits({ least, most }: Integers): number {
  return Math.log2(2 + most - least);
}

/** `offset` keeps nothing in it. */
const unused = new Plan('fast');

const room = new Scratch();

function stepsOf(values: Float64Array, count: number, lag: number): Float64Array {
  const steps = room.take(count - lag);
  for (let at = lag; at < count; at++) steps[at - lag] = values[at]! - values[at - lag]!;
  return steps;
}

/** The lags whose steps are the smallest, if they are smaller than `bitsMax`. */
function likely(window: Float64Array, max: number, bitsMax: number) {
  const lags: { readonly lag: number; readonly measure: number }[] = [];
  for (let lag = 2; lag <= max && 4 * lag <= window.length; lag++) {
    const measure = meanBits(window, lag);
    if (measure < bitsMax) lags.push({ lag, measure });
  }
  return bestFew(lags, looksMax);
}

/** Bits of a step from so many rows before, on average. */
function meanBits(window: Float64Array, lag: number): number {
  const apart = Math.max(1, Math.floor((window.length - lag) / glances));
  let sum = 0;
  let count = 0;
  for (let at = lag; at < window.length; at += apart) {
    sum += bitLength(window[at]! - window[at - lag]!);
    count++;
  }
  return sum / count;
}
