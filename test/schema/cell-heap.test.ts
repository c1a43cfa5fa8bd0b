import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { cellHeapBytes, contentShare, placeBytes } from '../../src/schema/cell-heap.ts';
import type { Cell, ColumnKind } from '../../src/schema/table-def.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const count = 20_000;

function used(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Bytes that so many cells take. */
function taken(cell: (index: number) => Cell): number {
  const before = used();
  const cells = Array.from({ length: count }, (_, index) => cell(index));
  const bytes = used() - before;
  expect(cells).toHaveLength(count);
  return bytes / count;
}

const text = (length: number) => (index: number) =>
  Buffer.from(String(index).padEnd(length)).toString('latin1');

test.each<[ColumnKind, string, content: number, (index: number) => Cell]>([
  ['string', 'short', 5, text(5)],
  ['string', 'long', 90, text(90)],
  ['string', 'with two bytes for each character', 91, (index) => `${text(88)(index)}\u20ac`],
  ['bytes', 'short', 5, () => new Uint8Array(5)],
  ['wire', 'longer', 60, () => new Uint8Array(60)],
  ['int64', 'large', 0, (index) => BigInt(index) << 40n],
  ['double', 'with a fraction', 0, (index) => index + 0.25],
  ['int32', 'small', 0, (index) => index],
  ['bool', 'true or false', 0, (index) => index % 2 === 0],
])('[I13] a cell takes no more of the heap than is foreseen: %s, %s', (kind, _, content, cell) => {
  const foreseen = placeBytes + cellHeapBytes(kind) + contentShare * content;
  // What else the process does meanwhile is measured, too.
  const least = Math.min(...[1, 2, 3].map(() => taken(cell)));
  expect(least).toBeLessThan(foreseen + 1);
});
