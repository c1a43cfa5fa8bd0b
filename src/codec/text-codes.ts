import { judged, readWithNamed, writeWithBest } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { distinctBits, type TextCodec, type Texts, textsOf } from './text-codec.ts';
import { textFront } from './text-front.ts';
import { textPlain } from './text-plain.ts';

/** How the distinct strings are written: as `plain` or as `front`. */
const entryCodecs: readonly TextCodec[] = [textPlain, textFront];

/** Of as many values of a sample there must be one that came before. */
const againEach = 10;

/**
 * A dictionary: the number of distinct strings, these in ascending order, then the place of each value among them as a column of
 * integers.
 */
export const textCodes: TextCodec = {
  id: 1,
  name: 'codes',

  judge({ values, sample, distinct }) {
    if (distinct.size * againEach > sample.length * (againEach - 1)) return undefined;
    const { places } = codesOf(sample);
    const places_ = integersBits(places, values.length);
    return judged(places_ + distinctBits(distinct) * growthOf({ values, sample, distinct }));
  },

  write(out, { values }, plan) {
    const { entries, places } = codesOf(values);
    out.head.varint(entries.length);
    writeWithBest(entryCodecs, out, textsOf(entries), plan.part(0));
    writeIntegers(out, places, places.length, plan.part(1));
    return true;
  },

  read(reader, count) {
    const size = reader.head.varint();
    if (size > count || (size === 0 && count > 0)) throw reader.fail('there are too many codes');
    const entries = readWithNamed(entryCodecs, reader, size);
    const places = readIntegers(reader, count);
    const values: string[] = new Array(count);
    for (let at = 0; at < count; at++) {
      const value = entries[places[at]!];
      if (value === undefined) throw reader.fail('a code stands for nothing');
      values[at] = value;
    }
    return values;
  },
};

/** By how many times the distinct strings of all values are more than those of the sample. */
function growthOf({ values, sample, distinct }: Texts): number {
  const scale = values.length / sample.length;
  // Where nearly each is new in the sample, that goes on; where few are, nearly all have been seen.
  return 1 + (scale - 1) * (distinct.size / sample.length);
}

function codesOf(values: readonly string[]) {
  const byText = new Map<string, number>();
  const places = new Float64Array(values.length);
  let last: string | undefined;
  let place = 0;
  for (let at = 0; at < places.length; at++) {
    const value = values[at]!;
    if (value !== last) {
      const known = byText.get(value);
      place = known ?? byText.size;
      if (known === undefined) byText.set(value, place);
      last = value;
    }
    places[at] = place;
  }
  const entries = [...byText.keys()].sort();
  const ranks = new Float64Array(entries.length);
  entries.forEach((entry, rank) => {
    ranks[byText.get(entry)!] = rank;
  });
  for (let at = 0; at < places.length; at++) places[at] = ranks[places[at]!]!;
  return { entries, places };
}
