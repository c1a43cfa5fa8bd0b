import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter, toHex } from '../../src/base/bytes.ts';
import { readTables, writeTables } from '../../src/codec/packed-tables.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const team = ['a.v1.Order', 'a.v1.User'];

function written(names: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  writeTables(out, names, team);
  return out.finish();
}

const read = (bytes: Uint8Array) => readTables(new ByteReader(bytes, 'tables'), team);

test("the team's tables are known by their places, others by their names", () => {
  expect(toHex(written(['a.v1.User', 's.X']))).toBe('02' + '02' + '07' + '732e58');
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...team, 'syncdb.v1.Outcome', '')), (names) => {
      expect(read(written(names))).toEqual(names);
    }),
  );
});

test('a place at which there is none is refused', () => {
  expect(syncErrorOf(() => read(Uint8Array.of(1, 4))).message).toContain('no table at this place');
});
