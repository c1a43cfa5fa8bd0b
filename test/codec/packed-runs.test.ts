import { expect, test } from 'vitest';
import { decodePacked, encodePacked, type PackedRow } from '../../src/codec/packed.ts';

const memory = Uint8Array.from({ length: 100 }, (_, index) => index);
const elsewhere = Uint8Array.from({ length: 10 }, (_, index) => 200 + index);

function rowOf(row: Uint8Array, number: number): PackedRow {
  const known = { table: 't.A', number, key: '', version: number, stamp: 0, writer: 'w' };
  return { kind: 'full', ...known, fields: [], scopes: ['s'], row };
}

test('rows are the same whether they lie one behind the other in memory or anywhere', () => {
  const views = [
    memory.subarray(0, 10),
    memory.subarray(10, 25),
    memory.subarray(25, 25),
    memory.subarray(30, 40),
    elsewhere.subarray(0, 5),
    memory.subarray(40, 50),
    memory.subarray(40, 50),
    elsewhere.subarray(5, 10),
    memory.subarray(90, 100),
  ];
  const rows = views.map(rowOf);
  const decoded = decodePacked(encodePacked(rows));
  expect(decoded.map(({ row }) => [...row])).toEqual(views.map((view) => [...view]));
  const copies = views.map((view, index) => rowOf(view.slice(), index));
  expect(encodePacked(rows)).toEqual(encodePacked(copies));
});
