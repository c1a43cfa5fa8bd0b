import fc from 'fast-check';
import { expect, test } from 'vitest';
import { integerConstant } from '../../src/codec/integer-constant.ts';
import { readIntegers, writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { integerContract } from './contract/integer-contract.ts';
import { framesOf, readAll } from './contract/trip.ts';

integerContract(integerConstant, fc.constant([]));

test('a column of one value is its codec and that value, whatever was planned', () => {
  const plan = new Plan('balanced');
  plan.choose(0, []);
  const frames = framesOf((out) =>
    writeIntegers(out, new Float64Array(1_000).fill(-3), 1_000, plan),
  );
  // Behind the length of the head.
  expect([...frames[0]!]).toEqual([2, integerConstant.id, 5]);
  const values = readAll(frames, (reader) => readIntegers(reader, 1_000));
  expect(values.every((value) => value === -3)).toBe(true);
});
