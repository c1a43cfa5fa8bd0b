/**
 * 100,000 rows into an empty client over real gRPC, and 10 MB of rows both ways, beside pages of JSON over HTTP that
 * are compressed by gzip. Server and client are processes of their own; each round has a fresh client, as the first
 * sync of an app is.
 */
import { startCountingProxy } from './support/counting-proxy.ts';
import { recordBytes } from './support/record-table.ts';
import { recordAt } from './support/records.ts';
import type { Bench } from './support/report.ts';
import { alternate } from './support/rounds.ts';
import { type Kind, startClient, startServer } from './sync/start.ts';

const count = 100_000;
const rounds = 5;

/** One first sync by a fresh client, whose rows are then checked one by one. In milliseconds. */
async function pull(kind: Kind, port: number, rows: number): Promise<number> {
  const client = await startClient(kind);
  const ms = await client.call('pull', { port });
  await client.call('verify', { count: rows });
  await client.stop();
  return ms;
}

/** Bytes both ways of one first sync. */
async function pulledBytes(kind: Kind, port: number, rows: number): Promise<number> {
  const proxy = await startCountingProxy(port);
  await pull(kind, proxy.port, rows);
  const bytes = await proxy.take();
  proxy.close();
  return bytes;
}

/** One push of fresh rows by a fresh client to an empty server; both are checked. In milliseconds. */
async function push(kind: Kind, rows: number): Promise<number> {
  const server = await startServer(kind);
  const client = await startClient(kind);
  const port = await server.call('start', { count: 0 });
  const ms = await client.call('push', { port, count: rows });
  await server.call('verify', { count: rows });
  await client.call('verify', { count: rows });
  await client.stop();
  await server.stop();
  return ms;
}

/** How many records make ten megabytes of protobuf. */
function rowsOf10Mb(): number {
  let rows = 0;
  for (let bytes = 0; bytes < 10_000_000; rows++) bytes += recordBytes(recordAt(rows));
  return rows;
}

async function comparePulls(rows: number) {
  const sync = await startServer('sync');
  const json = await startServer('json');
  const syncPort = await sync.call('start', { count: rows });
  const jsonPort = await json.call('start', { count: rows });
  const times = await alternate(
    rounds,
    () => pull('sync', syncPort, rows),
    () => pull('json', jsonPort, rows),
  );
  const bytes = {
    value: await pulledBytes('sync', syncPort, rows),
    baseline: await pulledBytes('json', jsonPort, rows),
  };
  await sync.stop();
  await json.stop();
  return { times, bytes };
}

export const bench: Bench = async (report) => {
  const { times, bytes } = await comparePulls(count);
  const ratio = ({ value, baseline }: { value: number; baseline: number }) => value / baseline;
  const perSecond = (ms: number) => (count / ms) * 1_000;
  report({
    name: 'first_sync.rows_per_second',
    value: perSecond(times.value),
    unit: 'rows/s',
    baseline: perSecond(times.baseline),
  });
  report({ name: 'first_sync.ms', unit: 'ms', ...times });
  report({ name: 'first_sync.time_ratio', unit: 'ratio', value: ratio(times) });
  report({ name: 'first_sync.bytes', unit: 'bytes', ...bytes });
  report({ name: 'first_sync.bytes_ratio', unit: 'ratio', value: ratio(bytes) });

  const rows = rowsOf10Mb();
  const seconds = ({ value, baseline }: { value: number; baseline: number }) => ({
    value: value / 1_000,
    baseline: baseline / 1_000,
    unit: 's',
  });
  const pulls = await comparePulls(rows);
  report({ name: 'sync.seconds_10mb_pulled', ...seconds(pulls.times) });
  const pushes = await alternate(
    rounds,
    () => push('sync', rows),
    () => push('json', rows),
  );
  report({ name: 'sync.seconds_10mb_pushed', ...seconds(pushes) });
};
