/**
 * First syncs over links as people have them: how much of a link of 50 ms and 1 MB/s is used, and how much more goes
 * over one that is cut every 20 s, or that carries 1 kbit/s, than has to. Beside it the pages of JSON, compressed by gzip, of
 * `first-sync`, which are asked for one after the other.
 */
import type { Bench, Report } from './support/report.ts';
import { type LinkOptions, type SlowLink, startSlowLink } from './support/slow-link.ts';
import { type Kind, startClient, startServer } from './sync/start.ts';

const fast: LinkOptions = { roundTripMs: 50, bytesPerSecond: 1_000_000 };
/** So slow that it is cut twice in a first sync. */
const cut: LinkOptions = { roundTripMs: 50, bytesPerSecond: 240_000, cutEveryMs: 20_000 };
const slowest: LinkOptions = { roundTripMs: 200, bytesPerSecond: 125, bufferBytes: 2_800 };
const count = 60_000;
/** They take about a minute at 1 kbit/s. */
const countSmall = 24;
const patienceMs = 240_000;

interface Pulled {
  readonly seconds: number;
  /** What came out at the client: all that the server said, HTTP included. */
  readonly bytes: number;
  readonly cuts: number;
}

/** A first sync by a fresh client, whose rows are then checked one by one. */
async function pull(kind: Kind, rows: number, options: LinkOptions): Promise<Pulled> {
  const server = await startServer(kind);
  const client = await startClient(kind);
  const link: SlowLink = await startSlowLink(await server.call('start', { count: rows }), options);
  const ms = await Promise.race([client.call('pull', { port: link.port }), tooLong()]);
  const pulled = { seconds: ms / 1_000, bytes: link.toClient, cuts: link.cutCount };
  await client.call('verify', { count: rows });
  await client.stop();
  await link.close();
  await server.stop();
  return pulled;
}

/** A sync that begins again and again would never end. */
function tooLong(): Promise<never> {
  return new Promise((_, reject) => {
    const error = new Error(`a first sync did not end within ${patienceMs / 1_000} s`);
    setTimeout(() => reject(error), patienceMs).unref();
  });
}

const utilisation = ({ seconds, bytes }: Pulled, { bytesPerSecond }: LinkOptions) =>
  bytes / seconds / bytesPerSecond;

async function used(report: Report, name: string, rows: number, options: LinkOptions) {
  const sync = await pull('sync', rows, options);
  const json = await pull('json', rows, options);
  report({
    name: `link.${name}utilisation`,
    unit: 'ratio',
    value: utilisation(sync, options),
    baseline: utilisation(json, options),
  });
  report({
    name: `link.${name}seconds`,
    unit: 's',
    value: sync.seconds,
    baseline: json.seconds,
  });
  return sync;
}

export const bench: Bench = async (report) => {
  const whole = await used(report, '', count, fast);
  const disturbed = await pull('sync', count, cut);
  report({ name: 'link.cuts', unit: 'cuts', value: disturbed.cuts });
  report({
    name: 'link.cut_bytes',
    unit: 'bytes',
    value: disturbed.bytes,
    baseline: whole.bytes,
  });
  await used(report, '1kbit_', countSmall, slowest);
};
