/** The house's floors, as ARCHITECTURE.md draws them: who may import whom, and which floors are pure. */

export interface Floor {
  /** The floors below that it may import. Its own is always allowed. */
  readonly floors: readonly string[];
  /** What else: packages, with all that is below them, `node:`, and files or folders of `gen/`. */
  readonly others: readonly string[];
  /** True where the same calls must give the same state on every machine, and in the simulator. */
  readonly pure: boolean;
}

const protobuf = '@bufbuild/protobuf';
const options = 'gen/es/syncdb/v1/options_pb.ts';
const systemTables = 'gen/es/syncdb/v1/system_pb.ts';
const upToSession = [
  ...['base', 'schema', 'codec', 'table', 'change', 'merge', 'lens', 'replica', 'session'],
] as const;

/** By the folder below `src/`. */
export const floors: Readonly<Record<string, Floor>> = {
  base: pure([]),
  schema: pure(['base'], [protobuf, '@bufbuild/protovalidate', options, systemTables]),
  codec: pure(['base']),
  table: pure(upToSession.slice(0, 3)),
  change: pure(upToSession.slice(0, 4), ['@noble/hashes']),
  merge: pure(upToSession.slice(0, 5)),
  lens: pure(upToSession.slice(0, 5)),
  replica: pure(upToSession.slice(0, 7), ['@noble/hashes']),
  session: pure(upToSession.slice(0, 8)),
  log: impure(['base'], ['node:']),
  wire: impure(upToSession, ['node:', 'gen/', protobuf]),
  server: impure([...upToSession, 'log', 'wire'], ['*']),
  client: impure([...upToSession, 'log', 'wire'], ['*']),
  cli: impure([...upToSession, 'log', 'wire', 'server', 'client'], ['*']),
};

/** Globals that would let time, chance, the machine or its settings into a pure floor. */
export const impureNames: ReadonlySet<string> = new Set([
  ...['Date', 'performance', 'Intl', 'Math', 'Math.random', 'crypto', 'Promise', 'queueMicrotask'],
  ...[
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
  ],
  ...['console', 'process', 'globalThis', 'global', 'fetch', 'WeakRef', 'FinalizationRegistry'],
]);

/** The files that the outside starts from; see package.json. Nothing else may be unreachable from them. */
export const entryPoints = [
  'src/index.ts',
  'src/server/index.ts',
  'src/client/index.ts',
  'src/client/contract/index.ts',
  'src/cli/main.ts',
] as const;

/** Past this a file holds more than one thing. */
export const lineCountMax = 400;

function pure(below: readonly string[], others: readonly string[] = []): Floor {
  return { floors: below, others, pure: true };
}

function impure(below: readonly string[], others: readonly string[]): Floor {
  return { floors: below, others, pure: false };
}
