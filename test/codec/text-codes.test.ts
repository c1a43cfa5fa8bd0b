import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ranked } from '../../src/codec/codec.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textCodes } from '../../src/codec/text-codes.ts';
import { textPlain } from '../../src/codec/text-plain.ts';
import { textContract } from './contract/text-contract.ts';
import { uuidText } from './support/any-texts.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

const plan = () => new Plan('balanced');

/** Columns in which strings come again. */
const again = fc
  .tuple(
    fc.array(fc.oneof(fc.string({ unit: 'binary' }), uuidText), { minLength: 1, maxLength: 40 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([entries, picks]) => [
    ...entries,
    ...[...picks.take(3 * entries.length)].map((pick) => entries[pick % entries.length]!),
  ]);

textContract(textCodes, again);

test('strings that hardly come again are not for it', () => {
  const values = Array.from({ length: 100 }, (_, at) => `${at}`);
  expect(ranked([textCodes], new Texts(values), 'balanced')[0]).toBeUndefined();
  expect(ranked([textCodes], new Texts([...values, ...values]), 'balanced')[0]).toBeDefined();
});

test('many entries come back, too', () => {
  const values = Array.from(
    { length: 5_000 },
    (_, at) => `entry ${Math.floor(1_000 * Math.sin(at))}`,
  );
  const frames = framesOf((out) => textCodes.write(out, new Texts(values), plan()));
  expect(readFrames(frames, (reader) => textCodes.read(reader, values.length))).toEqual(values);
});

describe('a column is refused', () => {
  const framesWith = (size: number, entries: string[], places: number[]) =>
    framesOf((out) => {
      out.head.varint(size);
      out.head.u8(textPlain.id);
      textPlain.write(out, new Texts(entries), plan());
      writeIntegers(out, Float64Array.from(places), places.length, plan());
    });

  test.each([
    ['with a code that stands for nothing', 2, ['a', 'b'], [0, 2, 1]],
    ['with a code below 0', 2, ['a', 'b'], [0, -1, 1]],
    ['with more codes than values', 4, ['a', 'b', 'c', 'd'], [0, 1, 2]],
    ['without codes', 0, ['a'], [0, 0, 0]],
  ])('%s', (_what, size, entries, places) => {
    const read = () =>
      readFrames(framesWith(size, entries, places), (reader) => textCodes.read(reader, 3));
    expect(read).toThrow(/column block: .* code/);
  });
});
