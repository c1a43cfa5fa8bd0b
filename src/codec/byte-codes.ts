import { type ByteCodec, ByteStrings, bytesOfKey } from './byte-codec.ts';
import { byteFixed } from './byte-fixed.ts';
import { bytePlain } from './byte-plain.ts';
import { judged, ranked, readWithNamed, writeWithBest } from './codec.ts';
import { integersBits, readIntegers, writeIntegers } from './integers.ts';
import { sampleNumbers } from './sample.ts';

/** How the distinct byte strings are written. */
const entryCodecs: readonly ByteCodec[] = [bytePlain, byteFixed];

/**
 * A dictionary: the number of distinct byte strings as a varint, these as `plain` or `fixed`, whose id stands before them, then the
 * place of each value among them as a column of integers.
 */
export const byteCodes: ByteCodec = {
  id: 2,
  name: 'codes',

  judge({ dictionary }, level) {
    if (dictionary === undefined) return undefined;
    const { entries, places } = dictionary;
    const [best] = ranked(entryCodecs, new ByteStrings(entries.map(bytesOfKey)), level);
    return judged(best!.bits + integersBits(sampleNumbers(places, places.length), places.length));
  },

  write(out, { dictionary }, plan) {
    if (dictionary === undefined) return false;
    const { entries, places } = dictionary;
    out.head.varint(entries.length);
    writeWithBest(entryCodecs, out, new ByteStrings(entries.map(bytesOfKey)), plan.part(0));
    writeIntegers(out, places, places.length, plan.part(1));
    return true;
  },

  read(reader, count) {
    const size = reader.head.varint();
    if (size > count || size === 0) throw reader.fail('there are too many codes');
    const entries = readWithNamed(entryCodecs, reader, size);
    const places = readIntegers(reader, count);
    return Array.from(places, (place) => {
      const value = entries[place];
      if (value === undefined) throw reader.fail('a code stands for nothing');
      return value;
    });
  },
};
