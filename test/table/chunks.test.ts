import { expect, test } from 'vitest';
import { type ChunkPart, createChunks } from '../../src/table/chunks.ts';
import { createLayout } from '../../src/table/layout.ts';
import { smallSettings } from './support/table-values.ts';

class Part implements ChunkPart {
  rows: number;

  constructor(rows: number) {
    this.rows = rows;
  }

  get memoryBytes(): number {
    return this.rows;
  }

  resize(rows: number): void {
    this.rows = rows;
  }
}

test('a part is made when its chunk is opened, with room for the rows of the chunk', () => {
  const layout = createLayout(smallSettings);
  const chunks = createChunks(layout, (rows) => new Part(rows));
  expect(chunks.peek(2)).toBeUndefined();
  const part = chunks.open(2);
  expect(part.rows).toBe(64);
  expect(chunks.open(2)).toBe(part);
  expect(chunks.peek(0)).toBeUndefined();
  expect(chunks.open(0).rows).toBe(32);
  expect(chunks.memoryBytes).toBe(96);
});

test('when the layout grows, the part of the first chunk grows, if there is one', () => {
  const layout = createLayout(smallSettings);
  const chunks = createChunks(layout, (rows) => new Part(rows));
  chunks.resize();
  chunks.open(0);
  layout.makeRoom(32);
  chunks.resize();
  expect(chunks.open(0).rows).toBe(64);
});

test('a part may be replaced, and taken away', () => {
  const chunks = createChunks(createLayout(smallSettings), (rows) => new Part(rows));
  const other = new Part(7);
  chunks.open(1);
  chunks.replace(1, other);
  expect(chunks.peek(1)).toBe(other);
  chunks.replace(1, undefined);
  expect(chunks.peek(1)).toBeUndefined();
  expect(chunks.memoryBytes).toBe(0);
});
