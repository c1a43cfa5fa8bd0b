import { type Profiler, Session } from 'node:inspector/promises';
import { sep } from 'node:path';

/** What the main thread is at, by where its code stands. */
const places: readonly (readonly [name: string, test: RegExp])[] = [
  [
    'transport',
    /node_modules\/@grpc|^node:(http2|net|internal\/(http2|stream|streams|timers|process|async))/,
  ],
  ['messages', /\/(gen|src\/wire|src\/server\/(call|sync-call|raw))|node_modules\/@bufbuild/],
  ['hashes', /node_modules\/@noble/],
  ['sessions', /\/src\/session\//],
  ['ordering', /\/src\/(base|schema|merge|replica|change|table|codec)\//],
  ['log', /\/src\/(log|server)\/|^node:/],
];

/** Shares of the time for which the thread was not idle. */
export type TimeShares = Readonly<Record<string, number>>;

/** Samples what the main thread is at while `work` is under way. */
export async function profile(work: () => Promise<void>): Promise<TimeShares> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await work();
  const { profile: made } = await session.post('Profiler.stop');
  session.disconnect();
  return sharesOf(made);
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): TimeShares {
  const placeById = new Map(nodes.map((node) => [node.id, placeOf(node.callFrame)]));
  const sums = new Map<string, number>();
  let whole = 0;
  for (const [index, id] of samples.entries()) {
    const place = placeById.get(id)!;
    if (place === 'idle') continue;
    const micros = timeDeltas[index] ?? 0;
    whole += micros;
    sums.set(place, (sums.get(place) ?? 0) + micros);
  }
  return Object.fromEntries([...sums].map(([place, micros]) => [place, micros / whole]));
}

function placeOf({ url, functionName }: { url: string; functionName: string }): string {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'garbage';
  const path = url.replaceAll(sep, '/');
  return places.find(([, test]) => test.test(path))?.[0] ?? 'rest';
}
