import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { decodePacked, encodePacked, type PackedRow } from '../../src/codec/packed.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const full: PackedRow = {
  kind: 'full',
  table: 't.A',
  number: 7,
  key: 'k',
  version: 9,
  stamp: 2048,
  writer: 'w',
  fields: [],
  scopes: ['s'],
  row: Uint8Array.of(0xaa, 0xbb),
};

describe('encoding a packed batch', () => {
  test('writes one row as the format says', () => {
    expect(toHex(encodePacked([full]))).toBe(
      [
        ...['50', '01', '01' + '03' + '742e41', '01' + '01' + '77', '01' + '01' + '73'],
        ...['01' + '01' + '00', '00', '01'],
        // kind, table, number, version, stamp, writer, scope set, no field set, length
        ...['0201', '0200', '020e', '0212', '028020', '0200', '0200', '', '0202', 'aabb'],
      ].join(''),
    );
  });

  test('writes an empty batch in eight bytes', () => {
    expect(toHex(encodePacked([]))).toBe('5001' + '0000000000' + '00');
  });

  test('counts row numbers within each table', () => {
    const rows = [1000, 5, 1001, 6, 1002, 7, 1003, 8].map((number, index) => {
      return { ...full, table: index % 2 === 0 ? 't.A' : 't.B', number };
    });
    expect(decodePacked(encodePacked(rows)).map(({ number }) => number)).toEqual(
      rows.map(({ number }) => number),
    );
    // From the third row on each number is one step from that of its table: six steps in a run.
    expect(toHex(encodePacked(rows))).toContain('04' + 'd00f' + '0a' + '0d' + '02');
  });

  test('[I7] says nothing of who evicted a row, nor what was in it', () => {
    const gone = { ...full, kind: 'evicted', writer: 'someone', scopes: ['secret'] } as const;
    const [row] = decodePacked(encodePacked([gone]));
    expect(row).toMatchObject({ number: 7, version: 9, writer: '', stamp: 0, scopes: [] });
    expect(row?.row).toHaveLength(0);
    const text = Buffer.from(encodePacked([gone])).toString('latin1');
    expect(text).not.toMatch(/someone|secret/);
  });

  test('[I7] leaves out what a deleted row had', () => {
    const gone = { ...full, kind: 'deleted', scopes: ['secret'], fields: [3] } as const;
    const [row] = decodePacked(encodePacked([gone]));
    expect(row).toEqual({ ...gone, key: '', scopes: [], fields: [], row: new Uint8Array(0) });
  });

  test('keeps apart sets of scopes that only look alike', () => {
    const sets = [[], [''], ['1,2'], ['1', '2'], ['2', '1'], ['1']];
    const rows = sets.map((scopes) => ({ ...full, scopes }));
    expect(decodePacked(encodePacked(rows)).map(({ scopes }) => scopes)).toEqual(sets);
  });

  test('names the program at fault where the fields of a patch do not ascend', () => {
    for (const fields of [[2, 1], [1, 1], [0]]) {
      const patch = { ...full, kind: 'patch', fields } as const;
      expect(syncErrorOf(() => encodePacked([patch])).reason).toBe('ASSERTION_FAILED');
    }
  });
});
