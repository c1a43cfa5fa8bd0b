import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ranked } from '../../src/codec/codec.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textFront } from '../../src/codec/text-front.ts';
import { textPlain } from '../../src/codec/text-plain.ts';
import { textContract } from './contract/text-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

const plan = () => new Plan('fast');

textContract(
  textFront,
  fc
    .tuple(
      fc.string({ unit: 'binary', minLength: 9 }),
      fc.array(fc.string({ maxLength: 9 }), { minLength: 2 }),
    )
    .map(([first, all]) => all.map((rest) => first + rest)),
);

test('strings that share nothing are not for it', () => {
  const values = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at).repeat(8));
  expect(ranked([textFront], new Texts(values), 'balanced')).toEqual([]);
});

test('of a string that begins like the one before only the rest is written', () => {
  const values = Array.from({ length: 100 }, (_, at) => `/a/long/way/down/to/${at}`);
  const size = (codec: typeof textFront) =>
    framesOf((out) => codec.write(out, new Texts(values), plan())).reduce(
      (sum, { length }) => sum + length,
      0,
    );
  expect(size(textFront)).toBeLessThan(size(textPlain) / 4);
});

test('pairs of surrogates that begin alike are not divided', () => {
  const faces = fc.array(fc.constantFrom('😀', '😁', '\uD83E\uDD14', 'a'), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(faces, { minLength: 1 }), (all) => {
      const values = all.map((each) => each.join(''));
      const frames = framesOf((out) => textFront.write(out, new Texts(values), plan()));
      expect(readFrames(frames, (reader) => textFront.read(reader, values.length))).toEqual(values);
    }),
  );
});

describe('a column is refused', () => {
  const framesWith = (shared: number[], rests: string[]) =>
    framesOf((out) => {
      writeIntegers(out, Float64Array.from(shared), shared.length, plan());
      textPlain.write(out, new Texts(rests), plan());
    });

  test.each([
    ['whose first string shares something', [1], ['a']],
    ['with a string that shares more than there is', [0, 3], ['ab', 'c']],
    ['with a string that shares less than nothing', [0, -1], ['ab', 'c']],
    ['with a string that shares half a character', [0, 1], ['😀', 'c']],
  ])('%s', (_what, shared, rests) => {
    const read = () =>
      readFrames(framesWith(shared, rests), (reader) => textFront.read(reader, shared.length));
    expect(read).toThrow(/column block: a string/);
  });

  test.each(['x', 'ü'])('whose strings get long of few bytes, made of %s', (character) => {
    const count = 2_000;
    const first = character.repeat(100_000);
    const shared = [0, ...new Array<number>(count - 1).fill(first.length)];
    const rests = [first, ...new Array<string>(count - 1).fill('')];
    const read = () =>
      readFrames(framesWith(shared, rests), (reader) => textFront.read(reader, count));
    expect(read).toThrow('there are too many values');
  });
});
