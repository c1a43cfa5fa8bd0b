import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { HeapGauge } from '../../src/server/heap-gauge.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const gauges: HeapGauge[] = [];
afterEach(() => {
  for (const gauge of gauges.splice(0)) gauge.close();
});

function gaugeOf(share?: number): HeapGauge {
  const gauge = new HeapGauge(share);
  gauges.push(gauge);
  return gauge;
}

test('says what the last whole collection left', async () => {
  const gauge = gaugeOf(1e-6);
  expect(gauge.usedBytes).toBe(0);
  collect();
  await expect.poll(() => gauge.usedBytes).toBeGreaterThan(gauge.bytesMax);
  expect(gauge.usedBytes).toBeLessThan(process.memoryUsage().heapTotal);
});

test('[I13] says that there is room again when less is in use than that', async () => {
  const held = Array.from({ length: 300_000 }, (_, index) => ({ index }));
  collect();
  const before = process.memoryUsage().heapUsed;
  const gauge = gaugeOf(1e-6);
  collect();
  await expect.poll(() => gauge.usedBytes).toBeGreaterThan(0);
  const full = gauge.usedBytes;
  held.length = 0;
  collect();
  await expect.poll(() => gauge.usedBytes).toBeLessThan(full - 5_000_000);
  expect(before).toBeGreaterThan(gauge.usedBytes);
});

test('garbage counts for nothing', async () => {
  const gauge = gaugeOf();
  collect();
  await expect.poll(() => gauge.usedBytes).toBeGreaterThan(0);
  const living = gauge.usedBytes;
  expect(gauge.bytesMax).toBeGreaterThan(2 * living);
});

test('says nothing more once it is closed', async () => {
  const gauge = gaugeOf(1e-6);
  gauge.close();
  collect();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(gauge.usedBytes).toBe(0);
});
