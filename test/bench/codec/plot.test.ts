import { expect, test } from 'vitest';
import { type Point, plotOf } from '../../../bench/codec/plot.ts';

const points: Point[] = [
  { family: 'columns', name: 'columns, fast', bytes: 0.4, encodeMs: 0.3, decodeMs: 0.4 },
  { family: 'columns', name: 'columns, small', bytes: 0.35, encodeMs: 4, decodeMs: 0.4 },
  { family: 'gzip', name: 'JSON & <gzip>', bytes: 1, encodeMs: 1, decodeMs: 1 },
];

/** The places of the points of a panel, in the order of `points`. */
function placesOf(svg: string): { x: number; y: number }[] {
  const found = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
  return found.map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

test('each point stands in both panels, with its name', () => {
  const svg = plotOf(points, 'a note');
  expect(placesOf(svg)).toHaveLength(6);
  for (const name of ['columns, fast', 'columns, small', 'JSON &amp; &lt;gzip&gt;']) {
    expect(svg.split(`>${name}<`)).toHaveLength(3);
  }
  expect(svg).toContain('>a note<');
});

test('more time is further right, more bytes are higher up', () => {
  const [fast, small, gzip, fastRead, smallRead, gzipRead] = placesOf(plotOf(points, ''));
  expect(fast!.x).toBeLessThan(gzip!.x);
  expect(gzip!.x).toBeLessThan(small!.x);
  expect(small!.y).toBeGreaterThan(fast!.y);
  expect(fast!.y).toBeGreaterThan(gzip!.y);
  expect(fastRead!.x).toBe(smallRead!.x);
  expect(gzipRead!.x).toBeGreaterThan(smallRead!.x);
  expect(gzipRead!.y).toBe(gzip!.y);
});

test('names of points that are close to each other do not hide each other', () => {
  const close = Array.from({ length: 4 }, (_, index) => ({
    ...points[0]!,
    name: `point ${index}`,
    bytes: 0.4 + index / 1_000,
  }));
  const names = [...plotOf(close, '').matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>point/g)];
  expect(new Set(names.map(([, x, y]) => `${x} ${y}`)).size).toBe(8);
});

test('it is read on light and on dark pages', () => {
  const svg = plotOf(points, '');
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).not.toMatch(/<rect|background/);
});
