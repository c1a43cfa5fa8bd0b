import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Level } from '../codec/plan.ts';
import { patternsMatch } from '../schema/scope-pattern.ts';
import { checkExpiry } from '../session/handshake.ts';
import type { Identity } from '../session/source.ts';
import type { TeamCodecs } from '../table/batch/team-codec.ts';
import type { Compressor } from '../wire/compressor.ts';
import type { Admission } from './admission.ts';
import type { BulkTurns } from './bulk-turns.ts';
import type { AnyCall } from './call.ts';
import type { CallMeter } from './call-meter.ts';
import type { Database } from './database.ts';
import type { ServedDatabases } from './served-databases.ts';
import type { SessionLines } from './session-lines.ts';

/** What the services of one server share. */
export interface ServerContext {
  readonly databases: Pick<ServedDatabases, 'open' | 'loading' | 'get'>;
  readonly admission: Admission;
  readonly meter: CallMeter;
  readonly clock: Clock;
  readonly limits: Limits;
  /** For what many want much of at once. */
  readonly bulkTurns: BulkTurns;
  /** Says which sessions begin and end. */
  readonly sessionLines: SessionLines;
  readonly compressors: readonly Compressor[];
  /** The most work that goes into few bytes. */
  readonly levelMax: Level | undefined;
  readonly teamCodecs: TeamCodecs;
  /** Fresh names for sessions. */
  readonly nextSessionId: () => string;
  /** Told of errors that are nobody's bad input; their callers only learn that there was one. */
  readonly onInternalError: (error: unknown) => void;
  /** Open Sync streams. */
  sessionCount: number;
}

/** The caller's identity, while it is valid. */
export async function identify(context: ServerContext, call: AnyCall): Promise<Identity> {
  const identity = context.admission.identityOf(call);
  checkExpiry(identity, context.clock.nowMs());
  return identity;
}

/** The identity of a backend service or an operator; PERMISSION_DENIED ADMIN_DENIED for others. */
export async function identifyAdmin(context: ServerContext, call: AnyCall): Promise<Identity> {
  const identity = await identify(context, call);
  if (identity.admin) return identity;
  throw new SyncError(
    Code.permissionDenied,
    'ADMIN_DENIED',
    'this identity may sync, but not use this service',
  );
}

/** Whether an identity may use a database. To others it is as if it were not there. */
function mayUse({ databases }: Identity, name: string): boolean {
  return databases === undefined || patternsMatch(databases, name);
}

/** The databases that an identity may use, by name. */
export function databasesOf(context: ServerContext, identity: Identity): Database[] {
  return context.databases.open
    .filter(({ name }) => mayUse(identity, name))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Names of those of them that are not open yet. */
export function loadingOf({ databases }: ServerContext, identity: Identity): string[] {
  return [...databases.loading].filter((name) => mayUse(identity, name)).sort();
}

/** NOT_FOUND UNKNOWN_DATABASE, also for a database that the identity may not use. UNAVAILABLE DATABASE_LOADING. */
export function databaseOf(
  context: ServerContext,
  identity: Identity,
  name: string,
  field: string,
): Database {
  const database = mayUse(identity, name) ? context.databases.get(name) : undefined;
  if (database === undefined) {
    const loading = loadingOf(context, identity);
    if (loading.includes(name)) throw databaseLoading(name);
    const open = databasesOf(context, identity).map((each) => each.name);
    const known = [...open, ...loading].sort();
    const there = known.length === 0 ? 'none that you may use' : known.join(', ');
    const description = `there is no database ${JSON.stringify(name)} here; there is ${there}`;
    throw new SyncError(Code.notFound, 'UNKNOWN_DATABASE', `${field}: ${description}`, {
      fields: [{ field, description }],
      metadata: { database: name },
    });
  }
  return database;
}

/** UNAVAILABLE DATABASE_LOADING: it is there as soon as its log is read. */
function databaseLoading(name: string): SyncError {
  const message = `database ${name} is being opened: nothing was done, send the same again`;
  return new SyncError(Code.unavailable, 'DATABASE_LOADING', message, {
    retryDelayMs: 1_000,
    metadata: { database: name },
  });
}

/** UNAVAILABLE SERVER_STOPPING: the call can go on elsewhere, or here after the restart. */
export function serverStopping(): SyncError {
  return new SyncError(
    Code.unavailable,
    'SERVER_STOPPING',
    'the server is stopping: connect again',
    {
      retryDelayMs: 1_000,
    },
  );
}
