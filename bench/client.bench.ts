/**
 * What the client does with 100,000 rows: takes them, with memory and with SQLite behind it, reads them, tells live queries
 * of changes, and what it holds. Beside it pages of JSON in a Map of objects, and in a table of node:sqlite.
 */
import type { Choice, ClientBenchSide, Kind } from './client/side.ts';
import { type Child, startChild } from './support/child.ts';
import { youngGenerationFixed } from './support/memory.ts';
import type { Bench, Report } from './support/report.ts';
import { alternate, median, verify } from './support/rounds.ts';
import { startServer } from './sync/start.ts';

const count = 100_000;
const loadRounds = 3;
const rounds = 7;
const choice: Choice = { status: 'open', above: 25 };
const reads = 20_000;
const times = 20;
const changes = 500;

interface Both<T> {
  readonly sync: T;
  readonly plain: T;
}

type Ports = Both<number>;
type Sides = Both<Child<ClientBenchSide>>;

const perSecond = (many: number, ms: number) => (many / ms) * 1_000;

function start(kind: Kind): Promise<Child<ClientBenchSide>> {
  return startChild(new URL(`./client/${kind}-side.ts`, import.meta.url), youngGenerationFixed);
}

/** First syncs by fresh processes. */
async function loads(report: Report, ports: Ports, stored: boolean): Promise<void> {
  const load = async (kind: Kind) => {
    const side = await start(kind);
    const ms = await side.call('load', { port: ports[kind], stored });
    await side.stop();
    return perSecond(count, ms);
  };
  const compared = await alternate(
    loadRounds,
    () => load('sync'),
    () => load('plain'),
    { warmUp: false },
  );
  const name = `client.first_sync_rows_per_second${stored ? '_sqlite' : ''}`;
  report({ name, unit: 'rows/s', ...compared });
}

async function applied(report: Report, ports: Ports): Promise<void> {
  const rate = async (kind: Kind) => {
    const side = await start(kind);
    const [, ...ms] = await side.call('apply', { port: ports[kind], rounds: rounds + 1 });
    await side.stop();
    return perSecond(count, median(ms));
  };
  const [value, baseline] = [await rate('sync'), await rate('plain')];
  report({ name: 'client.apply_rows_per_second', unit: 'rows/s', value, baseline });
}

async function memory(report: Report, { sync, plain }: Sides): Promise<void> {
  const [of, ofMap] = [await sync.call('memory'), await plain.call('memory')];
  const megabytes = (bytes: number) => bytes / 1e6;
  report({
    name: 'client.rss_mb',
    unit: 'MB',
    value: megabytes(of.rss),
    baseline: megabytes(ofMap.rss),
  });
}

async function queries(report: Report, { sync, plain }: Sides): Promise<void> {
  let round = 0;
  const gets = await alternate(
    rounds,
    async () => perSecond(reads, await sync.call('get', { round: ++round, reads })),
    async () => perSecond(reads, await plain.call('get', { round, reads })),
  );
  report({ name: 'client.gets_per_second', unit: 'rows/s', ...gets });

  const work = { ...choice, times };
  const { ids } = await sync.call('query', work);
  const wanted = (await plain.call('query', work)).ids;
  verify(ids.join() === wanted.join() && ids.length > 0, 'the queries found other rows');
  const pages = await alternate(
    rounds,
    async () => perSecond(times, (await sync.call('query', work)).ms),
    async () => perSecond(times, (await plain.call('query', work)).ms),
  );
  report({ name: 'client.queries_per_second', unit: 'queries/s', ...pages });

  const { found } = await sync.call('count', work);
  verify(found === (await plain.call('count', work)).found && found > 0, `it counts ${found}`);
  const counts = await alternate(
    rounds,
    async () => perSecond(times, (await sync.call('count', work)).ms),
    async () => perSecond(times, (await plain.call('count', work)).ms),
  );
  report({ name: 'client.counts_per_second', unit: 'queries/s', ...counts });
}

async function watches(report: Report, { sync, plain }: Sides): Promise<void> {
  for (const watched of [1, 10, 100]) {
    const work = { queries: watched, changes };
    const told = await alternate(
      rounds,
      async () => perSecond(changes, await sync.call('watch', work)),
      async () => perSecond(changes, await plain.call('watch', work)),
    );
    report({ name: `client.watched_changes_per_second_${watched}`, unit: 'changes/s', ...told });
  }
}

export const bench: Bench = async (report) => {
  const [sync, json] = [await startServer('sync'), await startServer('json')];
  const ports = {
    sync: await sync.call('start', { count }),
    plain: await json.call('start', { count }),
  };
  await applied(report, ports);
  await loads(report, ports, false);
  await loads(report, ports, true);
  const sides = { sync: await start('sync'), plain: await start('plain') };
  for (const kind of ['sync', 'plain'] as const) {
    await sides[kind].call('load', { port: ports[kind], stored: false });
  }
  await memory(report, sides);
  await queries(report, sides);
  await watches(report, sides);
  for (const child of [sides.sync, sides.plain, sync, json]) await child.stop();
};
