import { expect, test } from 'vitest';
import { readOddTexts, writeOddTexts } from '../../src/codec/odd-texts.ts';
import { Plan } from '../../src/codec/plan.ts';
import { framesOf, trip } from './support/block-trip.ts';

const plan = new Plan('fast');

test('odd strings stand at their places', () => {
  const values = ['a', 'b', 'ü', 'd'];
  const read = trip(
    (out) => writeOddTexts(out, [0, 2], values, plan),
    (reader) => readOddTexts(reader, values.length) as ReadonlyMap<number, string> & object,
  );
  expect([...read]).toEqual([
    [0, 'a'],
    [2, 'ü'],
  ]);
});

test('none are one byte', () => {
  const [frame] = framesOf((out) => writeOddTexts(out, [], ['a'], plan));
  expect(frame).toHaveLength(2);
  const read = trip(
    (out) => writeOddTexts(out, [], ['a'], plan),
    (reader) => readOddTexts(reader, 1) as object & ReadonlyMap<number, string>,
  );
  expect([...read]).toEqual([]);
});
