import type { BlockReader } from './block-reader.ts';
import { judged } from './codec.ts';
import { bitLength } from './entropy.ts';
import { assertSafe, type IntegerCodec, type Integers, spanMax } from './integer-codec.ts';
import { readDivisor } from './integer-offset.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { sampleNumbersMax, stretchLength } from './sample.ts';
import { Scratch } from './scratch.ts';
import { readSigned, writeSigned } from './signed.ts';
import { unzigzag, zigzag } from './zigzag.ts';

/**
 * Columns in which the step from a value to the next tells more than the value: the divisor (a varint, 1 or more), the first value
 * (and for steps of steps the second one, too; `signed.ts`), then as planes the other steps, divided, in one of two forms.
 */

/** How a step of either sign becomes a number from 0 up: in zigzag form, or by what it is above the least one. */
type Form = 'zigzag' | 'least';

/** Small where values go up and down by little. */
export const integerStep = stepCodec(1, 'step', 1, 'zigzag');

/** Small where values climb by about the same. The least step, divided, stands behind the first value. */
export const integerClimb = stepCodec(2, 'climb', 1, 'least');

/** Steps of steps: 0 where values climb by just the same. */
export const integerBend = stepCodec(3, 'bend', 2, 'zigzag');

function stepCodec(id: number, name: string, order: 1 | 2, form: Form): IntegerCodec {
  return {
    id,
    name,
    judge(column, _level, bitsMax) {
      const { least, most, divisor, sample, count } = column;
      if (!fits(column, order) || (most - least) / divisor < stepsMin) return undefined;
      if (!isLikely(glance(column), order, form)) return undefined;
      const steps = stepsOf(column, sample, sample.length, order, count > sampleNumbersMax);
      const top = form === 'zigzag' ? zigzag(steps) : aboveLeast(steps).most;
      return judged(bestShape(steps, top, count, bitsMax).bits);
    },
    write(out, column) {
      if (!fits(column, order)) return false;
      const { values, count, divisor } = column;
      out.head.varint(divisor);
      for (let at = 0; at < order; at++) writeSigned(out.head, values[at]!);
      const steps = stepsOf(column, values, count, order, false);
      if (form === 'zigzag') writePlanes(out, steps, steps.length, zigzag(steps));
      else {
        const { least, most } = aboveLeast(steps);
        writeSigned(out.head, least);
        writePlanes(out, steps, steps.length, most);
      }
      return true;
    },
    read(reader, count) {
      if (count <= order) throw reader.fail('steps need more values');
      return order === 1 ? readSteps(reader, count, form) : readBends(reader, count);
    },
  };
}

function fits({ least, most, divisor, sample }: Integers, order: number): boolean {
  const span = most - least;
  // Steps of steps go twice as far as the span either way, and divided they must have a zigzag form.
  const isNear = span <= spanMax / order && span / divisor < spanMax / 8;
  return sample.length > order + 1 && divisor > 0 && isNear;
}

/** Among fewer values steps tell nothing that the values do not. */
const stepsMin = 4;

/** Values of the sample that are looked at first. */
const glances = 128;

/** What a sample shows at first sight, each as bits of a value on average. */
interface Glance {
  /** Above the least value. */
  readonly above: number;
  readonly step: number;
  readonly bend: number;
  /** How much more steps go one way than the other: -1 to 1. */
  readonly up: number;
}

/** The three codecs of steps judge the same column one after the other. */
let glanced: { readonly column: Integers; readonly glance: Glance } | undefined;

function glance(column: Integers): Glance {
  if (glanced?.column === column) return glanced.glance;
  const { sample, least } = column;
  const end = Math.min(sample.length, glances);
  let [above, steps, bends, up] = [0, 0, 0, 0];
  let last = sample[0]!;
  let lastStep = 0;
  for (let at = 1; at < end; at++) {
    const value = sample[at]!;
    const step = value - last;
    above += bitLength(value - least);
    steps += bitLength(step);
    bends += bitLength(step - lastStep);
    up += Math.sign(step);
    last = value;
    lastStep = step;
  }
  const count = end - 1;
  const result = { above: above / count, step: steps / count, bend: bends / count, up: up / count };
  glanced = { column, glance: result };
  return result;
}

/** A form that is far from the best at first sight is not judged. */
function isLikely({ above, step, bend, up }: Glance, order: 1 | 2, form: Form): boolean {
  if (order === 2) return bend < step + slackBits;
  // What goes up and down alike has no least step that says anything.
  if (form === 'least' && Math.abs(up) < oneWayMin) return false;
  return step < above + 2 * slackBits;
}

const slackBits = 0.75;
const oneWayMin = 0.25;

const room = new Scratch();

/** The steps of `values`, divided. Those between the stretches of a sample mean nothing, and are taken for the ones before. */
function stepsOf(
  { divisor }: Integers,
  values: Float64Array,
  count: number,
  order: 1 | 2,
  isSample: boolean,
): Float64Array {
  const steps = room.take(count - 1);
  if (divisor === 1) {
    for (let at = 1; at < count; at++) steps[at - 1] = values[at]! - values[at - 1]!;
  } else {
    for (let at = 1; at < count; at++) steps[at - 1] = (values[at]! - values[at - 1]!) / divisor;
  }
  if (isSample) smoothSeams(steps);
  if (order === 1) return steps;
  for (let at = 1; at < steps.length; at++) steps[at - 1] = steps[at]! - steps[at - 1]!;
  return steps.subarray(0, steps.length - 1);
}

function smoothSeams(steps: Float64Array): void {
  for (let at = stretchLength - 1; at < steps.length; at += stretchLength) {
    steps[at] = steps[at - 1]!;
  }
}

function aboveLeast(steps: Float64Array): { readonly most: number; readonly least: number } {
  let least = steps[0]!;
  let most = least;
  for (let at = 1; at < steps.length; at++) {
    const step = steps[at]!;
    if (step < least) least = step;
    else if (step > most) most = step;
  }
  for (let at = 0; at < steps.length; at++) steps[at]! -= least;
  return { most: most - least, least };
}

function readSteps(reader: BlockReader, count: number, form: Form): Float64Array {
  const divisor = readDivisor(reader);
  const first = readSigned(reader.head);
  const least = form === 'least' ? readSigned(reader.head) : 0;
  const { values, most } = readPlanes(reader, count - 1, 1);
  let value = first;
  values[0] = value;
  if (form === 'zigzag' && most < foldedMax) {
    for (let at = 1; at < count; at++) {
      const folded = values[at]! | 0;
      value += ((folded >>> 1) ^ -(folded & 1)) * divisor;
      values[at] = value;
    }
    return assertSafe(reader, values, Math.abs(first) + most * divisor * count);
  }
  for (let at = 1; at < count; at++) {
    const step = form === 'least' ? values[at]! + least : unzigzag(values[at]!);
    value += step * divisor;
    values[at] = value;
  }
  return assertSafe(reader, values, Math.abs(first) + (Math.abs(least) + most) * divisor * count);
}

/** Below it a zigzag form is undone by the bits of a small integer. */
const foldedMax = 2 ** 31;

function readBends(reader: BlockReader, count: number): Float64Array {
  const divisor = readDivisor(reader);
  const first = readSigned(reader.head);
  let value = readSigned(reader.head);
  let step = value - first;
  const { values } = readPlanes(reader, count - 2, 2);
  values[0] = first;
  values[1] = value;
  for (let at = 2; at < count; at++) {
    step += unzigzag(values[at]!) * divisor;
    value += step;
    values[at] = value;
  }
  return assertSafe(reader, values, Number.POSITIVE_INFINITY);
}
