/**
 * One edit to a thousand subscribers, each with a stream on a TCP connection of its own, and what the streams cost while
 * nothing happens; beside a bare grpc-js server that writes the same edit to as many streams, without a log, an order,
 * positions or proofs. Then what the sessions alone cost, without encoding and gRPC.
 */
import { Fan } from './fan-out/fan.ts';
import { sessionCosts } from './fan-out/session-costs.ts';
import type { Bench, Report } from './support/report.ts';
import { alternateAll, type Compared } from './support/rounds.ts';

const warmUpStreams = 100;
const streams = 1_000;
const streamsMany = 5_000;
const updates = 20;
const rounds = 5;
const kib = 1_024;

/** Each of the two, beside the other. */
async function both(
  [sync, bare]: readonly Fan[],
  ask: (fan: Fan) => Promise<number>,
): Promise<Compared> {
  return { value: await ask(sync!), baseline: await ask(bare!) };
}

/** What each stream behind the first ones takes of the server's memory while nothing happens, at so many. */
async function rssPerStream(fans: readonly Fan[], before: Compared, count: number) {
  const after = await both(fans, async (fan) => {
    await fan.grow(count);
    return fan.rss();
  });
  const perStream = (bytes: number) => bytes / (count - warmUpStreams) / kib;
  return {
    value: perStream(after.value - before.value),
    baseline: perStream(after.baseline - before.baseline),
  };
}

async function overConnections(report: Report): Promise<void> {
  const fans = [await Fan.start('sync'), await Fan.start('bare')];
  // So that code is compiled and pools are filled.
  for (const fan of fans) {
    await fan.grow(warmUpStreams);
    await fan.deliver(updates);
  }
  const before = await both(fans, (fan) => fan.rss());
  const idle = await rssPerStream(fans, before, streams);
  report({ name: 'fan_out.rss_kib_per_stream', unit: 'KiB', ...idle });

  const [candidate, baseline] = fans.map((fan) => async () => ({
    ...(await fan.deliver(updates)),
  }));
  const { p50Ms, p99Ms, serverCpuMs, bytes, bytesBack } = await alternateAll(
    rounds,
    candidate!,
    baseline!,
  );
  report({ name: 'fan_out.p50_ms', unit: 'ms', ...p50Ms });
  report({ name: 'fan_out.p99_ms', unit: 'ms', ...p99Ms });
  report({ name: 'fan_out.server_cpu_ms_per_update', unit: 'ms', ...serverCpuMs });
  report({ name: 'fan_out.bytes_per_client_update', unit: 'bytes', ...bytes });
  report({ name: 'fan_out.bytes_back_per_client_update', unit: 'bytes', ...bytesBack });

  const many = await rssPerStream(fans, before, streamsMany);
  report({ name: `fan_out.rss_kib_per_stream_${streamsMany}`, unit: 'KiB', ...many });
  // Each of them is waited for: that it answers is what is shown.
  const answered = await both(fans, async (fan) => (await fan.deliver(3)).p99Ms);
  report({ name: `fan_out.p99_ms_${streamsMany}`, unit: 'ms', ...answered });
  for (const fan of fans) await fan.stop();
}

export const bench: Bench = async (report) => {
  await overConnections(report);
  sessionCosts(report);
};
