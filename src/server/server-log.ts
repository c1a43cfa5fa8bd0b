import { SyncError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
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
  logger.error({ err: error }, isTold ? error.message : 'internal error');
}
