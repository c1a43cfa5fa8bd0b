import { expect, test } from 'vitest';
import { CodeChunk } from '../../src/table/code-chunk.ts';

test('codes take one byte each up to 255 and two beyond', () => {
  const chunk = new CodeChunk(64);
  chunk.set(0, 255);
  expect(chunk.memoryBytes).toBe(64);
  chunk.set(1, 256);
  chunk.set(2, 65_535);
  expect(chunk.memoryBytes).toBe(128);
  expect([0, 1, 2, 3].map((row) => chunk.get(row))).toEqual([255, 256, 65_535, 0]);
});

test.each([5, 300])('codes up to %d stay when the chunk grows', (code) => {
  const chunk = new CodeChunk(32);
  chunk.set(31, code);
  chunk.resize(64);
  expect(chunk.length).toBe(64);
  expect([chunk.get(31), chunk.get(63)]).toEqual([code, 0]);
});

test.each([2, 300])('rows are kept by the verdict on their code, up to %d', (high) => {
  const chunk = new CodeChunk(64);
  for (let row = 0; row < 64; row++) chunk.set(row, row % 2 === 0 ? high : 1);
  const verdicts = new Uint8Array(high + 1);
  verdicts[high] = 1;
  const dense = new Uint32Array([0xffffffff, 0xffff]);
  chunk.keep(verdicts, dense);
  expect([...dense]).toEqual([0x55555555, 0x5555]);
  const sparse = new Uint32Array([0b1111, 0]);
  chunk.keep(verdicts, sparse);
  expect([...sparse]).toEqual([0b0101, 0]);
  const wordOnly = new Uint32Array([0, 0xffffffff]);
  chunk.keep(verdicts, wordOnly);
  expect([...wordOnly]).toEqual([0, 0x55555555]);
});
