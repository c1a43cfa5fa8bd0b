import { SyncError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { TeamCodec } from '../table/batch/team-codec.ts';
import type { WriteState } from './committer.ts';
import type { Database } from './database.ts';

/** What the databases of a server are, as it says when it starts. */
export function startFacts(address: string, databases: readonly Database[]): object {
  return {
    address,
    databases: databases.map(({ name, schema, source }) => ({
      ...{ name, schemaVersion: schema.version, schemaFingerprint: schema.fingerprint },
      headSeq: source.state.head,
    })),
  };
}

/** Says of which fields the option `codec` names none that the server has. */
export function sayCodecsLacking(
  logger: Logger,
  { name, schema }: Pick<Database, 'name' | 'schema'>,
  codecs: readonly TeamCodec[] = [],
): void {
  const known = new Set(codecs.map((codec) => codec.name));
  const fields = schema.tables.flatMap((table) =>
    table.columns
      .filter(({ codec }) => codec !== undefined && !known.has(codec))
      .map((column) => `${table.name}.${column.name}: ${column.codec}`),
  );
  if (fields.length === 0) return;
  logger.info({ database: name, fields }, 'fields name codecs that this server does not have');
}

/** Says that a database takes writes, or none, and why. */
export function sayWriteState(
  logger: Logger,
  database: string,
  state: WriteState,
  cause: unknown,
): void {
  const facts = {
    ...{ database, state },
    ...(cause instanceof SyncError ? { reason: cause.reason } : {}),
    ...(cause instanceof Error ? { cause: cause.message } : {}),
  };
  const sentence = `database ${database}: ${sentences[state]}`;
  if (state === 'failed') logger.error(facts, sentence);
  else logger.warn(facts, sentence);
}

const sentences: Readonly<Record<WriteState, string>> = {
  open: 'takes writes again',
  full: 'takes no writes until there is room on the disk',
  recovering: 'takes no writes until its log is open again',
  failed: 'takes no writes until it is started again',
};

/** An error that is nobody's bad input; its stack is there for whoever mends it. */
export function sayInternalError(logger: Logger, error: unknown): void {
  const isTold = error instanceof SyncError && error.reason !== 'INTERNAL';
  logger.error({ error: errorFacts(error) }, isTold ? error.message : 'internal error');
}

/** Causes that are named of an error. */
const causesMax = 8;

/**
 * What is said of an error. Nothing else that it has: that of an HTTP client may have the request, and so its token. It does
 * not go by the name `err`, under which loggers of pino put all that an error has.
 */
function errorFacts(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error instanceof SyncError ? { reason: error.reason } : {}),
    ...{ message: error.message, stack: error.stack, causes: causesOf(error) },
  };
}

/** The names of what led to it, the nearest one first. */
function causesOf({ cause }: Error): string[] {
  const names: string[] = [];
  for (let at = cause; at instanceof Error && names.length < causesMax; at = at.cause) {
    names.push(at.name);
  }
  return names;
}
