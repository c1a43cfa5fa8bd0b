import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import {
  readFieldSets,
  readScopeSets,
  SetPlaces,
  writeFieldSets,
  writeScopeSets,
} from '../../src/codec/packed-sets.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const names = ['a', 'b', 'c'];
const places = fc.array(fc.nat({ max: 2 }), { maxLength: 3 });
const numbers = fc
  .uniqueArray(fc.integer({ min: 1, max: 0x1fffffff }), { maxLength: 4 })
  .map((set) => set.sort((a, b) => a - b));

test('each distinct list has one place', () => {
  const sets = new SetPlaces();
  expect([[1], [1, 2], [], [1], [1, 2], []].map((set) => sets.placeOf(set))).toEqual([
    0, 1, 2, 0, 1, 2,
  ]);
  expect(sets.sets).toEqual([[1], [1, 2], []]);
});

test('sets come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(places), fc.array(numbers), (scopes, fields) => {
      const out = new ByteWriter();
      writeScopeSets(out, scopes);
      writeFieldSets(out, fields);
      const reader = new ByteReader(out.finish(), 'sets');
      expect(readScopeSets(reader, names)).toEqual(scopes.map((set) => set.map((at) => names[at])));
      expect(readFieldSets(reader)).toEqual(fields);
    }),
  );
});

test.each([
  ['of an unknown scope', [1, 1, 3], 'a scope set has an unknown scope'],
  ['of fields that do not ascend', [1, 2, 1, 0], 'the fields of a set do not ascend'],
])('sets %s are refused', (_what, bytes, problem) => {
  const reader = () => new ByteReader(Uint8Array.from(bytes), 'sets');
  const read = problem.includes('scope')
    ? () => readScopeSets(reader(), names)
    : () => readFieldSets(reader());
  expect(syncErrorOf(read).message).toContain(problem);
});
