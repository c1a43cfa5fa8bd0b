import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChainChecks, chainCheck } from '../../src/replica/chain-checks.ts';

test('a check is the first four bytes of a chain hash', () => {
  expect(chainCheck(Uint8Array.of(1, 2, 3, 255, 9))).toBe(0xff030201);
});

test('before the first commit every history is the same', () => {
  expect(new ChainChecks(4).at(0)).toBe(0);
});

test('how far they are known', () => {
  const checks = new ChainChecks(4);
  expect(checks.upto).toBe(0);
  checks.note(7, 1);
  checks.note(8, 1);
  expect(checks.upto).toBe(8);
  checks.cut(7);
  expect(checks.upto).toBe(7);
});

test('those of a run are noted in their order', () => {
  const checks = new ChainChecks(4);
  checks.noteAll({ first: 3, checks: [5, 6] });
  expect([2, 3, 4, 5].map((position) => checks.at(position))).toEqual([undefined, 5, 6, undefined]);
});

test('the newest are known, as many as there is room for, and those alone', () => {
  for (const lengthMax of [1, 64, 65, 100]) {
    const checks = new ChainChecks(lengthMax);
    for (let position = 1; position <= 200; position++) checks.note(position, position * 7);
    expect(checks.oldest).toBe(201 - lengthMax);
    expect([checks.at(checks.oldest - 1), checks.at(checks.oldest), checks.at(201)]).toEqual([
      undefined,
      checks.oldest * 7,
      undefined,
    ]);
    expect(checks.memoryBytes).toBe(4 * Math.max(64, lengthMax));
  }
});

test('whatever was noted and cut, what is known is what was noted last', () => {
  const steps = fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(5)), {
    maxLength: 300,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, fc.nat(1_000), (list, begin) => {
      const checks = new ChainChecks(80);
      const model: number[] = [];
      for (const [index, back] of list.entries()) {
        if (back > 0 && model.length > back) {
          model.length -= back;
          checks.cut(begin + model.length);
        } else checks.note(begin + model.push(index), index);
      }
      const newest = begin + model.length;
      for (let position = Math.max(1, begin); position <= newest + 1; position++) {
        const known = checks.at(position);
        const isKnown = position >= checks.oldest && position <= newest;
        expect(known).toBe(isKnown ? model[position - begin - 1] : undefined);
      }
      // What a cut leaves may be less, for the room was another's since.
      if (model.length > 0) expect(newest - checks.oldest + 1).toBeLessThanOrEqual(80);
    }),
  );
});

test('a cut takes what is behind it, and nothing else', () => {
  const checks = new ChainChecks(80);
  for (let position = 1; position <= 10; position++) checks.note(position, position);
  checks.cut(12);
  checks.cut(7);
  expect([checks.at(7), checks.at(8), checks.at(1)]).toEqual([7, undefined, 1]);
  checks.note(8, 80);
  expect([checks.at(8), checks.at(9)]).toEqual([80, undefined]);
});

test('what is known already is not noted again', () => {
  const checks = new ChainChecks(8);
  checks.note(5, 50);
  checks.note(6, 60);
  checks.note(5, 51);
  expect([checks.at(5), checks.at(6)]).toEqual([50, 60]);
});

test('[I13] shrunk it knows the newer half, and no more from then on, down to the floor', () => {
  const checks = new ChainChecks(1_000);
  const note = (from: number, upto: number) => {
    for (let position = from; position <= upto; position++) checks.note(position, position * 3);
  };
  const known = () => [checks.oldest, checks.at(checks.oldest), checks.at(checks.oldest - 1)];
  note(1, 400);
  checks.shrink(90);
  expect(known()).toEqual([201, 603, undefined]);
  expect(checks.memoryBytes).toBe(4 * 200);
  note(401, 500);
  expect(known()).toEqual([301, 903, undefined]);
  checks.shrink(90);
  checks.shrink(90);
  expect(known()).toEqual([411, 1_233, undefined]);
  expect(checks.at(500)).toBe(1_500);
  checks.cut(450);
  note(451, 600);
  expect(known()).toEqual([511, 1_533, undefined]);
});
