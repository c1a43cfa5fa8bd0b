import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Plan } from '../../src/codec/plan.ts';
import { readTexts, textCodecs, writeTexts } from '../../src/codec/texts.ts';
import { anyTexts } from './support/any-texts.ts';
import { framesOf, readFrames, trip } from './support/block-trip.ts';
import { sentences } from './support/prose.ts';

test('each codec has its number for ever', () => {
  expect(Object.fromEntries(textCodecs.map(({ name, id }) => [name, id]))).toEqual({
    ...{ plain: 0, codes: 1, front: 2, template: 3 },
    ...{ uuid: 4, ulid: 5, hex: 6, constant: 7, words: 8 },
  });
});

test('any columns come back, one plan for all of them', () => {
  const level = fc.constantFrom('fast' as const, 'balanced' as const, 'small' as const);
  fc.assert(
    fc.property(fc.array(anyTexts, { maxLength: 5 }), level, (columns, each) => {
      const plan = new Plan(each);
      for (const values of columns) {
        const read = trip(
          (out) => writeTexts(out, values, plan),
          (reader) => readTexts(reader, values.length) as readonly string[],
        );
        expect(read).toEqual(values);
      }
    }),
    { numRuns: 200 },
  );
});

test('no strings are no bytes', () => {
  const frames = framesOf((out) => writeTexts(out, [], new Plan('fast')));
  expect(frames).toEqual([Uint8Array.of(0)]);
  expect(readFrames(frames, (reader) => readTexts(reader, 0))).toEqual([]);
});

test.each([
  ['codes', ['red', 'green', 'red', 'red', 'green', 'red', 'red', 'red', 'red', 'green']],
  ['front', ['internationally', 'internationals', 'internationale', 'international aid']],
  ['template', Array.from({ length: 50 }, (_, at) => `2024-05-01T${10 + (at % 9)}:30:${10 + at}Z`)],
  ['uuid', Array.from({ length: 40 }, () => crypto.randomUUID())],
  ['ulid', fc.sample(fc.ulid(), 40)],
  ['hex', Array.from({ length: 40 }, () => crypto.randomUUID().replaceAll('-', ''))],
  ['words', sentences(200)],
  ['plain', ['one of a kind', 'quite another', 'und ein dritter']],
])('%s is chosen for what it is for', (name, values) => {
  const plan = new Plan('balanced');
  framesOf((out) => writeTexts(out, values, plan));
  expect(textCodecs.find(({ id }) => id === plan.codec)!.name).toBe(name);
});

test('prose is not cut into words where there is no time for it', () => {
  const plan = new Plan('fast');
  framesOf((out) => writeTexts(out, sentences(200), plan));
  expect(textCodecs.find(({ id }) => id === plan.codec)!.name).toBe('plain');
});

test('more strings than there may be are refused before there is room for them', () => {
  const frames = framesOf((out) => writeTexts(out, new Array(1_000).fill('x'), new Plan('fast')));
  expect(() => readFrames(frames, (reader) => readTexts(reader, 1_000), 999)).toThrow(
    'there are too many values',
  );
  const huge = () => readFrames(frames, (reader) => readTexts(reader, 2 ** 52));
  expect(huge).toThrow('there are too many values');
});

test('a codec that does not exist is refused', () => {
  const frames = framesOf((out) => out.head.u8(99));
  expect(() => readFrames(frames, (reader) => readTexts(reader, 1))).toThrow('no such codec');
});
