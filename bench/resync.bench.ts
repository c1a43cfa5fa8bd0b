/**
 * What it costs to come back: 1% of 100,000 rows were changed in one field or two, or nothing was. Bytes are counted
 * on the wire, both ways and with everything that HTTP adds, by a proxy between the client and the server.
 */
import { startChild } from './support/child.ts';
import { type CountingProxy, startCountingProxy } from './support/counting-proxy.ts';
import type { Bench } from './support/report.ts';
import { median, verify } from './support/rounds.ts';
import { type Kind, startClient, startServer } from './sync/start.ts';
import type { WarmSide } from './sync/warm-client.ts';

const count = 100_000;
const edit = { seed: 7, count, share: 0.01 };
const noopRounds = 5;

interface Costs {
  readonly full: number;
  readonly changed: number;
  readonly changedRows: number;
  /** Nothing changed, over a connection of its own. */
  readonly noop: number;
}

/** A first sync, one after the edits, and one after nothing, each over a connection of its own. */
async function costsOf(kind: Kind): Promise<Costs> {
  const server = await startServer(kind);
  const proxy = await startCountingProxy(await server.call('start', { count }));
  const client = await startClient(kind);
  await client.call('pull', { port: proxy.port });
  await client.call('verify', { count });
  const full = await proxy.take();
  const changedRows = await server.call('change', edit);
  await client.call('pullAgain', { port: proxy.port });
  await client.call('verify', { count, edit });
  const changed = await proxy.take();
  await client.call('pullAgain', { port: proxy.port });
  const noop = await proxy.take();
  await client.stop();
  proxy.close();
  await server.stop();
  return { full, changed, changedRows, noop };
}

interface Noop {
  /** Bytes of asking on an open stream, and of the answer that nothing is new. */
  readonly probe: number;
  /** Bytes from the opening of a stream until the client knows that it has everything. */
  readonly live: number;
  /** The same and the end of the stream. */
  readonly ended: number;
}

/** Streams with nothing to say on a connection that stays: the HTTP/2 headers are in its tables already. */
async function warmNoop(): Promise<Noop> {
  const server = await startServer('sync');
  const proxy = await startCountingProxy(await server.call('start', { count: 1_000 }));
  const client = await startChild<WarmSide>(new URL('./sync/warm-client.ts', import.meta.url));
  await client.call('open', { port: proxy.port });
  await client.call('sync');
  verify((await client.call('count')) === 1_000, 'the client does not have all rows');
  await client.call('end');
  await proxy.take();
  const probe: number[] = [];
  const live: number[] = [];
  const ended: number[] = [];
  for (let round = 0; round < noopRounds; round++) {
    const bytes = await streamBytes(proxy, () => client.call('sync'));
    live.push(bytes);
    probe.push(await streamBytes(proxy, () => client.call('probe')));
    ended.push(bytes + (await streamBytes(proxy, async () => client.call('end').then(() => 0))));
  }
  await client.stop();
  proxy.close();
  await server.stop();
  return { probe: median(probe), live: median(live), ended: median(ended) };
}

async function streamBytes(proxy: CountingProxy, work: () => Promise<number>): Promise<number> {
  const rows = await work();
  verify(rows === 0, `${rows} rows came where nothing had changed`);
  return proxy.take();
}

export const bench: Bench = async (report) => {
  const sync = await costsOf('sync');
  const json = await costsOf('json');
  const bytes = (name: string, value: number, baseline: number) =>
    report({ name, value, baseline, unit: 'bytes' });
  bytes('resync.bytes', sync.changed, json.changed);
  report({
    name: 'resync.bytes_vs_full',
    value: sync.changed / sync.full,
    baseline: json.changed / json.full,
    unit: 'ratio',
  });
  bytes(
    'resync.bytes_per_changed_row',
    sync.changed / sync.changedRows,
    json.changed / json.changedRows,
  );
  bytes('resync.noop_bytes_new_connection', sync.noop, json.noop);
  const noop = await warmNoop();
  // Streams stay open, so coming back on a warm connection is a probe. A stream of its own costs a greeting more.
  report({ name: 'resync.noop_bytes', value: noop.probe, unit: 'bytes' });
  report({ name: 'resync.noop_bytes_new_stream', value: noop.live, unit: 'bytes' });
  report({ name: 'resync.noop_bytes_new_stream_and_end', value: noop.ended, unit: 'bytes' });
};
