import { judged } from './codec.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { characterBits, type TextCodec, textsOf } from './text-codec.ts';
import { textPlain } from './text-plain.ts';

/** A shared beginning is counted up to here. */
const sharedMax = 255;

/** What the length of a shared beginning takes, about. */
const sharedBits = 4;

/**
 * Front coding, for strings in order: how many characters (in units of UTF-16) each shares with the one before it, as a column of
 * integers, then the rest of each as `plain`.
 */
export const textFront: TextCodec = {
  id: 2,
  name: 'front',

  judge({ values, sample }) {
    let characters = 0;
    for (let at = 0; at < sample.length; at++) {
      characters += 1 + sample[at]!.length - sharedLength(sample[at - 1] ?? '', sample[at]!);
    }
    const bits = characters * characterBits + sample.length * sharedBits;
    return judged((bits * values.length) / sample.length);
  },

  write(out, { values }, plan) {
    const shared = new Float64Array(values.length);
    const rests: string[] = new Array(values.length);
    let last = '';
    for (let at = 0; at < rests.length; at++) {
      const value = values[at]!;
      shared[at] = sharedLength(last, value);
      rests[at] = value.slice(shared[at]);
      last = value;
    }
    writeIntegers(out, shared, shared.length, plan.part(0));
    return textPlain.write(out, textsOf(rests), plan.part(1));
  },

  read(reader, count) {
    const shared = readIntegers(reader, count);
    const values = textPlain.read(reader, count);
    let last = '';
    for (let at = 0; at < count; at++) {
      const length = shared[at]!;
      if (length < 0 || length > last.length) throw reader.fail('a string shares too much');
      last = last.slice(0, length) + values[at]!;
      values[at] = last;
      // A few bytes could stand for very long strings.
      reader.allow(length / 64);
    }
    return values;
  },
};

function sharedLength(left: string, right: string): number {
  const max = Math.min(left.length, right.length, sharedMax);
  let length = 0;
  while (length < max && left.charCodeAt(length) === right.charCodeAt(length)) length++;
  // A pair of surrogates is not divided.
  const last = left.charCodeAt(length - 1);
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length;
}
