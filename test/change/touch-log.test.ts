import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDigest } from '../../src/change/row-digest.ts';
import { TouchLog } from '../../src/change/touch-log.ts';

const uint32s = fc.integer({ min: 0, max: 0xffffffff });
const touches = fc.record({
  scope: uint32s,
  table: fc.nat({ max: 999 }),
  count: fc.constantFrom(-1, 0, 1),
  digest: fc.record({ high: uint32s, low: uint32s }),
});

test('[I13] gives the newest touches back, and forgets the oldest', () => {
  const written = fc.tuple(fc.array(touches, { minLength: 1, maxLength: 50 }), fc.nat(1_500));
  fc.assert(
    fc.property(written, ([pattern, count]) => {
      const log = new TouchLog(512);
      const all = Array.from({ length: count }, (_, at) => pattern[at % pattern.length]!);
      for (const { scope, table, count: by, digest } of all) log.add(scope, table, by, digest);
      expect([log.start, log.end]).toEqual([Math.max(0, count - 512), count]);
      for (let place = log.start; place < log.end; place++) {
        const { scope, table, count: by, digest } = all[place]!;
        expect([log.scopeAt(place), log.tableAt(place)]).toEqual([scope, table]);
        const total = { count: 5, high: 7, low: 0xffffffff };
        log.addTo(total, place);
        const expected = { high: 7, low: 0xffffffff };
        addDigest(expected, digest, 1);
        expect(total).toEqual({ count: 5 + by, ...expected });
      }
      expect(log.memoryBytes).toBeLessThanOrEqual(512 * 15);
    }),
    { numRuns: 30 },
  );
});

test('takes half a megabyte at the most, and little while little was written', () => {
  const log = new TouchLog();
  expect(log.memoryBytes).toBeLessThan(5_000);
  for (let at = 0; at < 40_000; at++) log.add(at, 0, 1, { high: at, low: at });
  expect(log.memoryBytes).toBe(15 << 15);
  expect(log.end - log.start).toBe(1 << 15);
  expect(log.scopeAt(log.start)).toBe(40_000 - (1 << 15));
});

test('[I13] lets go of all when memory is short, and counts places on', () => {
  const log = new TouchLog(1_024);
  const add = (count: number) => {
    for (let left = count; left > 0; left--) log.add(log.end, 0, 1, { high: 0, low: log.end });
  };
  add(700);
  log.clear();
  expect([log.start, log.end]).toEqual([700, 700]);
  expect(log.memoryBytes).toBe(256 * 15);
  for (const count of [300, 400, 900]) {
    add(count);
    expect(log.start).toBe(Math.max(700, log.end - 1_024));
    for (let place = log.start; place < log.end; place++) expect(log.scopeAt(place)).toBe(place);
  }
});
