/**
 * A thousand edits made offline, 800 updates and 200 inserts, each a transaction: what goes over the wire, and how long
 * it takes until all are durable on the server. SyncDB's client has its rows and edits in SQLite. Beside it a plain gRPC
 * service: the same changes as protobuf, in calls of a hundred, each call one durable SQLite transaction; without
 * conflicts, retries, or an answer for each edit.
 */
import type { Kind, PushClientSide, PushServerSide } from './push/sides.ts';
import { startChild } from './support/child.ts';
import { startCountingProxy } from './support/counting-proxy.ts';
import type { Bench } from './support/report.ts';
import { alternateAll } from './support/rounds.ts';

const rounds = 5;

/** One server, one client, and the push; the rows are then checked one by one. */
async function pushed(kind: Kind) {
  const start = <Side extends PushServerSide | PushClientSide>(file: string) =>
    startChild<Side>(new URL(file, import.meta.url));
  const server = await start<PushServerSide>(`./push/${kind}-server.ts`);
  const client = await start<PushClientSide>(`./push/${kind}-client.ts`);
  const proxy = await startCountingProxy(await server.call('start'));
  await client.call('prepare', { port: proxy.port });
  await proxy.take();
  const before = { sent: proxy.sent, received: proxy.received };
  const seconds = await client.call('push');
  await proxy.take();
  const sent = proxy.sent - before.sent;
  const received = proxy.received - before.received;
  await server.call('verify');
  await client.stop();
  proxy.close();
  await server.stop();
  return { seconds, sent, received, bytes: sent + received };
}

export const bench: Bench = async (report) => {
  const { seconds, sent, received, bytes } = await alternateAll(
    rounds,
    () => pushed('sync'),
    () => pushed('plain'),
    { warmUp: false },
  );
  report({ name: 'push.seconds', unit: 's', ...seconds });
  report({ name: 'push.bytes', unit: 'bytes', ...bytes });
  report({ name: 'push.bytes_to_server', unit: 'bytes', ...sent });
  report({ name: 'push.bytes_to_client', unit: 'bytes', ...received });
};
