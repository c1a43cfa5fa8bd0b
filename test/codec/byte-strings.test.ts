import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteCodecs, readByteStrings, writeByteStrings } from '../../src/codec/byte-strings.ts';
import { Plan } from '../../src/codec/plan.ts';
import { anyByteStrings } from './support/any-byte-strings.ts';
import { framesOf, readFrames, trip } from './support/block-trip.ts';

test('each codec has the number that is its place', () => {
  expect(byteCodecs.map(({ id }) => id)).toEqual(byteCodecs.map((_, place) => place));
});

test('any columns come back, one plan for all of them', () => {
  fc.assert(
    fc.property(fc.array(anyByteStrings, { maxLength: 5 }), (columns) => {
      const plan = new Plan('balanced');
      for (const values of columns) {
        const read = trip<Uint8Array[]>(
          (out) => writeByteStrings(out, values, plan),
          (reader) => readByteStrings(reader, values.length),
        );
        expect(read).toEqual(values);
      }
    }),
    { numRuns: 150 },
  );
});

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const few = Array.from({ length: 20 }, () => random(32));

test.each([
  ['fixed', Array.from({ length: 300 }, (_, at) => Uint8Array.of(1, 2, at >> 8, at, ...random(8)))],
  ['codes', Array.from({ length: 300 }, (_, at) => few[(at * at) % 20]!)],
  ['plain', Array.from({ length: 300 }, (_, at) => random(at % 50))],
])('%s is chosen for what it is for', (name, values) => {
  const plan = new Plan('balanced');
  framesOf((out) => writeByteStrings(out, values, plan));
  expect(byteCodecs[plan.codec]!.name).toBe(name);
});

test('more byte strings than there may be are refused before there is room for them', () => {
  const frames = framesOf((out) => out.head.u8(0));
  const read = () => readFrames(frames, (reader) => readByteStrings(reader, 2 ** 50));
  expect(read).toThrow('there are too many values');
  expect(
    readFrames(
      framesOf(() => {}),
      (reader) => readByteStrings(reader, 0),
    ),
  ).toEqual([]);
});
