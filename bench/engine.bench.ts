/** A million rows in memory: what they take, and how fast they are scanned, read and written, beside a Map. */
import type { EngineSide } from './engine/side.ts';
import { startChild } from './support/child.ts';
import { youngGenerationFixed } from './support/memory.ts';
import type { Bench } from './support/report.ts';
import { alternate, verify } from './support/rounds.ts';

const count = 1_000_000;
const rounds = 7;
const options = { count, warmUp: 50_000 };
const where = { status: 'open', above: 25 } as const;
const batch = 100_000;

export const bench: Bench = async (report) => {
  const start = (file: string) =>
    startChild<EngineSide>(new URL(file, import.meta.url), youngGenerationFixed);
  const engine = await start('./engine/engine-rows.ts');
  const map = await start('./engine/map-rows.ts');

  const size = await engine.call('build', options);
  const mapSize = await map.call('build', options);
  const perRow = (name: string, value: number, baseline?: number) =>
    report({
      name,
      value: value / count,
      unit: 'bytes',
      ...(baseline === undefined ? {} : { baseline: baseline / count }),
    });
  perRow('engine.bytes_per_row', size.rss, mapSize.rss);
  perRow('engine.external_bytes_per_row', size.external, mapSize.external);
  perRow('engine.heap_bytes_per_row', size.heap, mapSize.heap);
  perRow('engine.accounted_bytes_per_row', size.estimate);
  report({
    name: 'engine.load_rows_per_second',
    value: count / size.seconds,
    unit: 'rows/s',
    baseline: count / mapSize.seconds,
  });

  await engine.call('verify');
  await map.call('verify');
  const found = (await engine.call('count', where)).count;
  const wanted = (await map.call('count', where)).count;
  verify(found === wanted && found > 0, `the scans found ${found} and ${wanted} rows`);

  const scan = await alternate(
    rounds,
    async () => (await engine.call('count', where)).ms,
    async () => (await map.call('count', where)).ms,
  );
  report({ name: 'engine.scan_ms', ...scan, unit: 'ms' });
  report({
    name: 'engine.scan_speedup',
    value: scan.baseline / scan.value,
    unit: 'ratio',
    baseline: 1,
  });

  let round = 0;
  const rate = (ms: number) => (batch / ms) * 1_000;
  const reads = await alternate(
    rounds,
    async () => rate(await engine.call('read', { round: ++round, reads: batch })),
    async () => rate(await map.call('read', { round, reads: batch })),
  );
  report({ name: 'engine.point_reads_per_second', ...reads, unit: 'rows/s' });
  const writes = await alternate(
    rounds,
    async () => rate(await engine.call('write', { round: ++round, writes: batch })),
    async () => rate(await map.call('write', { round, writes: batch })),
  );
  report({ name: 'engine.point_writes_per_second', ...writes, unit: 'rows/s' });

  const worn = await engine.call('memory');
  perRow('engine.bytes_per_row_after_writes', worn.rss, (await map.call('memory')).rss);
  perRow('engine.accounted_bytes_per_row_after_writes', worn.estimate);

  await engine.stop();
  await map.stop();
};
