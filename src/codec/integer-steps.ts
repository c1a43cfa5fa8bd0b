import type { BlockReader } from './block-reader.ts';
import { judged } from './codec.ts';
import {
  assertSafe,
  type IntegerCodec,
  type Integers,
  isNarrow,
  spanMax,
} from './integer-codec.ts';
import { bestShape, readPlanes, writePlanes } from './planes.ts';
import { sampleValuesMax, stretchLength } from './sample.ts';
import { readSigned, writeSigned } from './signed.ts';
import { unzigzag, zigzag } from './zigzag.ts';

/**
 * Columns in which the step from a value to the next tells more than the value: the divisor, the first value (and for steps of
 * steps the second one, too), then the steps, divided, in one of two forms.
 */

/** How a step of either sign becomes a number from 0 up: in zigzag form, or by what it is above the least one. */
type Form = 'zigzag' | 'least';

/** Small where values go up and down by little. */
export const integerStep = stepCodec(1, 'step', 1, 'zigzag');

/** Small where values climb by about the same. */
export const integerClimb = stepCodec(2, 'climb', 1, 'least');

/** Steps of steps: 0 where values climb by just the same. */
export const integerBend = stepCodec(3, 'bend', 2, 'zigzag');

function stepCodec(id: number, name: string, order: 1 | 2, form: Form): IntegerCodec {
  return {
    id,
    name,
    judge(column) {
      if (!fits(column, order)) return undefined;
      const { sample, count } = column;
      const steps = stepsOf(column, sample, order, count > sampleValuesMax);
      const { most } = form === 'zigzag' ? zigzag(steps) : aboveLeast(steps);
      return judged(bestShape(steps, most, count).bits);
    },
    write(out, column) {
      if (!fits(column, order)) return false;
      const { values, count, divisor } = column;
      out.head.varint(divisor);
      for (let at = 0; at < order; at++) writeSigned(out.head, values[at]!);
      const steps = stepsOf(column, values.subarray(0, count), order, false);
      const { most, least } = form === 'zigzag' ? zigzag(steps) : aboveLeast(steps);
      if (form === 'least') writeSigned(out.head, least);
      writePlanes(out, steps, steps.length, most);
      return true;
    },
    read(reader, count) {
      return readSteps(reader, count, order, form);
    },
  };
}

function fits(column: Integers, order: number): boolean {
  const { least, most, divisor, count } = column;
  // Steps of steps go four times as far as the values, either way.
  return (
    count > order + 1 && divisor > 0 && isNarrow(column) && (most - least) / divisor < spanMax / 8
  );
}

/** The steps of `values`, divided. Those between the stretches of a sample mean nothing, and are taken for the ones before. */
function stepsOf(
  { divisor }: Integers,
  values: Float64Array,
  order: 1 | 2,
  isSample: boolean,
): Float64Array {
  let steps = differences(values);
  if (divisor > 1) for (let at = 0; at < steps.length; at++) steps[at]! /= divisor;
  if (isSample) smoothSeams(steps);
  if (order === 2) steps = differences(steps);
  return steps;
}

function differences(values: Float64Array): Float64Array {
  const steps = new Float64Array(values.length - 1);
  for (let at = 0; at < steps.length; at++) steps[at] = values[at + 1]! - values[at]!;
  return steps;
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

function readSteps(reader: BlockReader, count: number, order: 1 | 2, form: Form): Float64Array {
  if (count <= order) throw reader.fail('steps need more values');
  const divisor = reader.head.varint();
  const values = reader.values(count);
  for (let at = 0; at < order; at++) values[at] = readSigned(reader.head);
  const least = form === 'least' ? readSigned(reader.head) : 0;
  const steps = readPlanes(reader, count - order);
  if (form === 'zigzag') unzigzag(steps);
  let value = values[order - 1]!;
  let step = order === 2 ? (value - values[0]!) / divisor : 0;
  for (let at = order; at < count; at++) {
    const next = steps[at - order]! + least;
    step = order === 2 ? step + next : next;
    value += step * divisor;
    values[at] = value;
  }
  return assertSafe(reader, values);
}
