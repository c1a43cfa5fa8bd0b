/**
 * 100,000 rows into an empty client over real gRPC, and 10 MB of rows both ways, beside pages of JSON over HTTP that
 * are compressed by gzip. Server and client are processes of their own; each round has a fresh client, as the first
 * sync of an app is.
 */
import { startCountingProxy } from './support/counting-proxy.ts';
import { recordBytes } from './support/record-table.ts';
import { recordAt } from './support/records.ts';
import type { Bench } from './support/report.ts';
import { alternate, alternateAll, type Compared } from './support/rounds.ts';
import { type Kind, startClient, startServer } from './sync/start.ts';

const count = 100_000;
const rounds = 5;

interface Cost {
  readonly ms: number;
  /** Processor time of server and client together: the same on a busy machine, which `ms` is not. */
  readonly cpuMs: number;
  readonly serverCpuMs: number;
}

/** The first sync of the first client: nothing was made for others. */
async function pullFirst(kind: Kind, from: Source): Promise<Cost> {
  await from.server.call('forget');
  return pull(kind, from);
}

/** One first sync by a fresh client, whose rows are then checked one by one. */
async function pull(kind: Kind, from: Source): Promise<Cost> {
  const { server, port, rows } = from;
  const client = await startClient(kind);
  const serverBefore = await server.call('cpuMs');
  const clientBefore = await client.call('cpuMs');
  const ms = await client.call('pull', { port });
  const serverCpuMs = (await server.call('cpuMs')) - serverBefore;
  const cpuMs = serverCpuMs + (await client.call('cpuMs')) - clientBefore;
  await client.call('verify', { count: rows });
  await client.stop();
  return { ms, cpuMs, serverCpuMs };
}

interface Source {
  readonly server: Awaited<ReturnType<typeof startServer>>;
  readonly port: number;
  readonly rows: number;
}

async function startSource(kind: Kind, rows: number): Promise<Source> {
  const server = await startServer(kind);
  return { server, port: await server.call('start', { count: rows }), rows };
}

/** Bytes both ways of one first sync. */
async function pulledBytes(kind: Kind, from: Source): Promise<number> {
  const proxy = await startCountingProxy(from.port);
  await pull(kind, { ...from, port: proxy.port });
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
  const sync = await startSource('sync', rows);
  const json = await startSource('json', rows);
  const costs = await alternateAll(
    rounds,
    () => pullFirst('sync', sync),
    () => pull('json', json),
  );
  const later = await alternateAll(
    rounds,
    () => pull('sync', sync),
    () => pullFirst('sync', sync),
  );
  const bytes = {
    value: await pulledBytes('sync', sync),
    baseline: await pulledBytes('json', json),
  };
  await sync.server.stop();
  await json.server.stop();
  return { ...costs, bytes, later };
}

const ratio = ({ value, baseline }: Compared) => value / baseline;
const perSecond = (ms: number) => (count / ms) * 1_000;
const seconds = ({ value, baseline }: Compared) => ({
  value: value / 1_000,
  baseline: baseline / 1_000,
  unit: 's',
});

export const bench: Bench = async (report) => {
  const { ms, cpuMs, bytes, later } = await comparePulls(count);
  report({
    name: 'first_sync.rows_per_second',
    value: perSecond(ms.value),
    unit: 'rows/s',
    baseline: perSecond(ms.baseline),
  });
  report({ name: 'first_sync.ms', unit: 'ms', ...ms });
  report({ name: 'first_sync.cpu_ms', unit: 'ms', ...cpuMs });
  report({ name: 'first_sync.time_ratio', unit: 'ratio', value: ratio(ms) });
  // Beside it the first client, whose blocks the later ones are sent.
  report({ name: 'first_sync.later_client_ms', unit: 'ms', ...later.ms });
  report({ name: 'first_sync.second_client_cpu_ms', unit: 'ms', ...later.serverCpuMs });
  report({
    name: 'first_sync.second_client_cpu_ratio',
    unit: 'ratio',
    value: ratio(later.serverCpuMs),
  });
  report({ name: 'first_sync.bytes', unit: 'bytes', ...bytes });
  report({ name: 'first_sync.bytes_ratio', unit: 'ratio', value: ratio(bytes) });

  const rows = rowsOf10Mb();
  const pulls = await comparePulls(rows);
  report({ name: 'sync.seconds_10mb_pulled', ...seconds(pulls.ms) });
  const pushes = await alternate(
    rounds,
    () => push('sync', rows),
    () => push('json', rows),
  );
  report({ name: 'sync.seconds_10mb_pushed', ...seconds(pushes) });
};
