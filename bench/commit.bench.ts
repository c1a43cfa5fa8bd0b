/**
 * How many commits a second become durable, by themselves and pushed over gRPC, and how long the event loop is held
 * up meanwhile; beside one SQLite transaction for each commit on the main thread.
 */
import type { PushClient } from './commit/push-client.ts';
import type { PushServer } from './commit/push-server.ts';
import { startChild } from './support/child.ts';
import { type LogLoad, measureGroupedLog, measureTransactionEach } from './support/log-load.ts';
import type { Bench, Report } from './support/report.ts';
import { alternate, alternateAll, median, verify } from './support/rounds.ts';

const rounds = 3;
const durationMs = 2_000;
const writerCounts = [1, 32, 1_000];

async function logRates(report: Report, writers: number): Promise<number[]> {
  const load: LogLoad = { writers, recordBytes: 200, durationMs };
  const delays: number[] = [];
  const eachDelays: number[] = [];
  const rates = await alternate(
    rounds,
    async () => {
      const { commitsPerSecond, loopDelayMsMax } = await measureGroupedLog(load);
      delays.push(loopDelayMsMax);
      return commitsPerSecond;
    },
    async () => {
      const { commitsPerSecond, loopDelayMsMax } = await measureTransactionEach(load);
      eachDelays.push(loopDelayMsMax);
      return commitsPerSecond;
    },
  );
  report({ name: `commit.log_per_second_${writers}`, unit: 'commits/s', ...rates });
  return [median(delays), median(eachDelays)];
}

/** One server and one client; the numbers of transactions in flight one after the other. */
async function pushes(grouped: boolean) {
  const server = await startChild<PushServer>(new URL('./commit/push-server.ts', import.meta.url));
  const client = await startChild<PushClient>(new URL('./commit/push-client.ts', import.meta.url));
  await client.call('open', { port: await server.call('start', { grouped }) });
  return {
    push: async (inFlight: number) => {
      await server.call('loopDelayMsMax');
      const cpuMs = await server.call('cpuMs');
      const count = await client.call('committed');
      const rate = await client.call('push', { inFlight, durationMs });
      const spentUs = ((await server.call('cpuMs')) - cpuMs) * 1_000;
      const cpuUs = spentUs / ((await client.call('committed')) - count);
      return { rate, cpuUs, delayMs: await server.call('loopDelayMsMax') };
    },
    /** Where the server's time goes meanwhile. */
    timeShares: async (inFlight: number) => {
      const pushed = client.call('push', { inFlight, durationMs });
      const shares = await server.call('timeShares', { durationMs: durationMs / 2 });
      await pushed;
      return shares;
    },
    stop: async () => {
      const committed = await client.call('committed');
      const count = await server.call('count');
      verify(count === committed, `${committed} were acknowledged, but ${count} are there`);
      await client.stop();
      await server.call('stop');
      await server.stop();
    },
  };
}

async function pushRates(report: Report, inFlight: number): Promise<number[]> {
  const grouped = await pushes(true);
  const each = await pushes(false);
  const { rate, cpuUs, delayMs } = await alternateAll(
    rounds,
    () => grouped.push(inFlight),
    () => each.push(inFlight),
  );
  report({ name: `commit.push_per_second_${inFlight}`, unit: 'commits/s', ...rate });
  // What is left of a figure where the machine has other things to do.
  report({ name: `commit.push_server_cpu_us_${inFlight}`, unit: 'us', ...cpuUs });
  const shares = await grouped.timeShares(inFlight);
  for (const [place, value] of Object.entries(shares).sort(([, a], [, b]) => b - a)) {
    report({ name: `commit.push_time_${place}_${inFlight}`, unit: 'share', value });
  }
  await grouped.stop();
  await each.stop();
  return [delayMs.value, delayMs.baseline];
}

export const bench: Bench = async (report) => {
  const delay = (name: string, [value, baseline]: number[]) =>
    report({ name, value: value!, baseline: baseline!, unit: 'ms' });
  for (const writers of writerCounts) {
    const delays = await logRates(report, writers);
    delay(`commit.log_loop_delay_ms_max_${writers}`, delays);
    if (writers === Math.max(...writerCounts)) delay('commit.loop_delay_ms_max', delays);
  }
  let worst = [0, 0];
  for (const inFlight of writerCounts) {
    const delays = await pushRates(report, inFlight);
    delay(`commit.push_loop_delay_ms_max_${inFlight}`, delays);
    worst = worst.map((ms, index) => Math.max(ms, delays[index]!));
  }
  delay('commit.push_loop_delay_ms_max', worst);
};
