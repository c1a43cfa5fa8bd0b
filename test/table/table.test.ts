import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { maskOf } from '../../src/base/mask.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import { createTable } from '../../src/table/table.ts';
import { type Person, people, someone, tableOfPeople } from './support/small-table.ts';

const other: Person = ['p1', 'Abe', null, 'Bonn'];

test('a row is found by its key, with its cells', () => {
  const table = tableOfPeople();
  expect([table.slotEnd, table.liveCount]).toEqual([5, 5]);
  expect(table.slotOf('p2')).toBe(1);
  expect(table.slotOf('p')).toBe(-1);
  expect(table.keyOf(1)).toBe('p2');
  expect(table.row(1)).toEqual(someone[1]);
  expect(table.cell(0, 2)).toBe(36);
  expect(table.equals(0, 1, 'Ada')).toBe(true);
});

test('cells and whole rows are replaced, but for the key', () => {
  const table = tableOfPeople();
  table.setCell(0, 2, 37);
  table.setCell(0, 0, 'p1');
  expect(table.row(0)).toEqual(['p1', 'Ada', 37, 'London']);
  expect(() => table.setCell(0, 0, 'p9')).toThrow('does not change');
  table.setRow(0, other);
  expect(table.row(0)).toEqual(other);
});

test('a tombstone keeps its slot and key, and comes back with other cells', () => {
  const table = tableOfPeople();
  table.bury(0);
  expect(table.isLive(0)).toBe(false);
  expect(table.slotOf('p1')).toBe(0);
  expect(table.liveCount).toBe(4);
  table.revive(0, other);
  expect(table.isLive(0)).toBe(true);
  expect(table.row(0)).toEqual(other);
});

test('slots are handed out in order, those that were released first', () => {
  const table = tableOfPeople();
  table.bury(3);
  table.release(3);
  table.release(1);
  expect([table.slotOf('p2'), table.slotOf('p4')]).toEqual([-1, -1]);
  expect([table.slotEnd, table.liveCount]).toEqual([5, 3]);
  expect(table.add('p6', ['p6', 'Flo', 1, ''])).toBe(1);
  expect(table.add('p4', ['p4', 'Gus', 2, ''])).toBe(3);
  expect(table.add('p7', ['p7', 'Hal', 3, ''])).toBe(5);
  expect(table.row(3)).toEqual(['p4', 'Gus', 2, '']);
});

describe('it is the program that is wrong', () => {
  test.each<[string, (table: ReturnType<typeof tableOfPeople>) => void]>([
    ['when a key is added twice', (table) => table.add('p1', other)],
    [
      'when a tombstone is added instead of revived',
      (table) => {
        table.bury(0);
        table.add('p1', other);
      },
    ],
    [
      'when a tombstone is buried',
      (table) => {
        table.bury(0);
        table.bury(0);
      },
    ],
    ['when a live row is revived', (table) => table.revive(0, other)],
    [
      'when a slot is released twice',
      (table) => {
        table.release(0);
        table.release(0);
      },
    ],
  ])('%s', (_name, act) => {
    expect(() => act(tableOfPeople())).toThrow(
      expect.objectContaining({ reason: 'ASSERTION_FAILED' }),
    );
  });
});

test('a row is encoded straight from the columns, with all its fields or some', () => {
  const table = tableOfPeople();
  for (const mask of [undefined, maskOf(4, [0, 3]), maskOf(4, [2])]) {
    const out = new ByteWriter(4096);
    const plain = new ByteWriter(4096);
    table.encodeRow(0, mask, out);
    compileRowCodec(people).encode(someone[0]!, mask, plain);
    expect(out.finish()).toEqual(plain.finish());
  }
});

test('scans see the live rows of each chunk, in a copy', () => {
  const table = tableOfPeople();
  table.bury(1);
  expect([table.chunkRows, table.chunkCount]).toEqual([64, 1]);
  const rows = table.liveRows(0);
  expect([...rows]).toEqual([0b11101]);
  rows.fill(0);
  expect([...table.liveRows(0)]).toEqual([0b11101]);
  expect([...table.liveRows(1)]).toEqual([0, 0]);
  expect(table.compareKeys(0, 1)).toBeLessThan(0);
  table.keyTest('le', 'p3').keep(0, rows.fill(0xffffffff));
  expect(rows[0]! & 0b11111).toBe(0b00111);
});

describe('memory', () => {
  test('is a few KiB for a small table', () => {
    expect(createTable(people).memoryBytes).toBeLessThan(512);
    const table = createTable(people);
    for (const row of someone) table.add(row[0], row);
    expect(table.memoryBytes).toBeLessThan(2048);
  });

  test('follows the rows, to the size that they need', () => {
    const table = createTable(people);
    const count = 100_000;
    for (let n = 0; n < count; n++) {
      const key = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      table.add(key, [key, `name ${n % 100}`, n % 100, `town ${n % 10}`]);
    }
    // 16 for the key, 7 to 9 for its index, one for each other column; two chunks have room for 131,072 rows.
    expect(table.memoryBytes / count).toBeLessThan(9 + (16 + 3 + 0.2) * 1.32);
    expect(table.row(99_999)).toEqual([table.keyOf(99_999), 'name 99', 99, 'town 9']);
  });
});
