import { expect, test } from 'vitest';
import { NamedCounts } from '../../src/server/named-counts.ts';

test('counts each name, and tells them in order', () => {
  const counts = new NamedCounts();
  for (const name of ['b', 'a', 'b']) counts.add(name);
  expect(counts.toWire()).toEqual([
    { name: 'a', count: 1n },
    { name: 'b', count: 2n },
  ]);
});
