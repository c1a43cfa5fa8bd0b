import { expect, test } from 'vitest';
import { Caches } from '../../src/replica/caches.ts';

class Cache {
  memoryBytes: number;

  constructor(bytes: number) {
    this.memoryBytes = bytes;
  }

  shrink(): void {
    this.memoryBytes = 1;
  }
}

test('[I13] caches count as long as they are there, and all shrink together', () => {
  const caches = new Caches();
  const removeFirst = caches.add(new Cache(100));
  caches.add(new Cache(10));
  expect(caches.memoryBytes).toBe(110);
  removeFirst();
  expect(caches.memoryBytes).toBe(10);
  caches.shrink();
  expect(caches.memoryBytes).toBe(1);
});
