/**
 * How many commits a second become durable, by themselves and pushed over gRPC, and how long the event loop is held
 * up meanwhile; beside one SQLite transaction for each commit on the main thread.
 */
import type { PushClient } from './commit/push-client.ts';
import type { PushServer } from './commit/push-server.ts';
import { startChild } from './support/child.ts';
import {
  type LogLoad,
  type LogLoadResult,
  measureGroupedLog,
  measureTransactionEach,
} from './support/log-load.ts';
import type { Bench, Report } from './support/report.ts';
import { alternateAll, type Compared, verify } from './support/rounds.ts';

const rounds = 3;
const durationMs = 2_000;
const writerCounts = [1, 32, 1_000];

async function logRates(report: Report, writers: number): Promise<Compared> {
  const load: LogLoad = { writers, recordBytes: 200, durationMs };
  const figures = ({ commitsPerSecond: rate, loopDelayMsMax: delayMs }: LogLoadResult) => ({
    rate,
    delayMs,
  });
  const { rate, delayMs } = await alternateAll(
    rounds,
    async () => figures(await measureGroupedLog(load)),
    async () => figures(await measureTransactionEach(load)),
    { largest: ['delayMs'] },
  );
  reportFor(writers, (name) => {
    report({ name: name('commit.log_per_second'), unit: 'commits/s', ...rate });
  });
  return delayMs;
}

/** What was measured with the most writers is what is asked for, so it has a name without their number too. */
function reportFor(writers: number, reportAs: (name: (of: string) => string) => void): void {
  reportAs((of) => `${of}_${writers}`);
  if (writers === Math.max(...writerCounts)) reportAs((of) => of);
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

async function pushRates(report: Report, inFlight: number): Promise<Compared> {
  const grouped = await pushes(true);
  const each = await pushes(false);
  const { rate, cpuUs, delayMs } = await alternateAll(
    rounds,
    () => grouped.push(inFlight),
    () => each.push(inFlight),
    { largest: ['delayMs'] },
  );
  reportFor(inFlight, (name) => {
    report({ name: name('commit.push_per_second'), unit: 'commits/s', ...rate });
    // What is left of a figure where the machine has other things to do.
    report({ name: name('commit.push_server_cpu_us'), unit: 'us', ...cpuUs });
  });
  const shares = await grouped.timeShares(inFlight);
  for (const [place, value] of Object.entries(shares).sort(([, a], [, b]) => b - a)) {
    report({ name: `commit.push_time_${place}_${inFlight}`, unit: 'share', value });
  }
  await grouped.stop();
  await each.stop();
  return delayMs;
}

export const bench: Bench = async (report) => {
  const delay = (name: string, compared: Compared) => report({ name, unit: 'ms', ...compared });
  for (const writers of writerCounts) {
    const delayMs = await logRates(report, writers);
    reportFor(writers, (name) => {
      delay(name('commit.loop_delay_ms_max'), delayMs);
    });
  }
  const worst = { value: 0, baseline: 0 };
  for (const inFlight of writerCounts) {
    const delayMs = await pushRates(report, inFlight);
    delay(`commit.push_loop_delay_ms_max_${inFlight}`, delayMs);
    worst.value = Math.max(worst.value, delayMs.value);
    worst.baseline = Math.max(worst.baseline, delayMs.baseline);
  }
  delay('commit.push_loop_delay_ms_max', worst);
};
