import { expect, test } from 'vitest';
import { type Incoming, Receiving } from '../../src/server/receiving.ts';

test('[I13] what has come is bounded: that of which nothing came for the longest is given up', () => {
  const dropped: string[] = [];
  const receiving = new Receiving(3 * 1_128);
  const [slow, active, third, last] = ['slow', 'active', 'third', 'last'].map(
    (name): Incoming => ({ drop: () => dropped.push(name) }),
  ) as [Incoming, Incoming, Incoming, Incoming];
  receiving.came(active, 500);
  receiving.came(slow, 1_000);
  receiving.came(active, 372);
  receiving.came(third, 1_000);
  expect(dropped).toEqual([]);
  receiving.came(last, 1);
  expect(dropped).toEqual(['slow']);
  // What is whole takes no room any more, and what is over is so once.
  receiving.done(active);
  receiving.done(active);
  receiving.came(slow, 1_000);
  expect(dropped).toEqual(['slow']);
  receiving.came(slow, 5_000);
  expect(dropped).toEqual(['slow', 'third', 'last', 'slow']);
});
