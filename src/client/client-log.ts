import { Code, type SyncError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { callSafely } from './call-safely.ts';
import type { ClientEvents } from './client-events.ts';
import type { StorageStatus } from './replica-journal.ts';
import type { Status } from './status.ts';

type Level = keyof Logger;

/** Says to a logger what becomes of a client: never what rows have. */
export function logClient(events: ClientEvents, logger: Logger): void {
  const say = (level: Level, fields: object, message: string) =>
    callSafely(() => logger[level](fields, message));
  let replicaId = events.of('replicaId').value;
  let parkedCount = events.of('parked').value.length;
  events.of('status').on((status) => {
    // Of its progress nobody wants a line each.
    if (status.state === 'syncing' && status.progress !== undefined) return;
    const error = status.state === 'syncing' ? undefined : status.error;
    say(levelOf(status.state, error), { replicaId, error: errorOf(error) }, status.state);
  });
  events.of('storage').on((status) => {
    const level = status.state === 'working' ? 'info' : 'error';
    say(level, { replicaId, error: errorOf(storageError(status)) }, `storage ${status.state}`);
  });
  events.of('replicaId').on((id) => {
    say('warn', { replicaId: id, before: replicaId }, 'goes on under another id');
    replicaId = id;
  });
  events.of('parked').on((parked) => {
    for (const { transaction, outcome } of parked.slice(parkedCount)) {
      const { counter } = transaction;
      const { status, refusal } = outcome;
      say('warn', { replicaId, counter, reason: refusal?.reason }, `a transaction was ${status}`);
    }
    parkedCount = parked.length;
  });
  events.of('quarantined').on(({ length }) => {
    say('warn', { replicaId, rows: length }, 'rows of a lost history are quarantined');
  });
}

function levelOf(state: Status['state'], error: SyncError | undefined): Level {
  if (state === 'blocked') return 'error';
  if (state === 'offline' && error !== undefined) return 'warn';
  // What came could not be used, which trying again may mend and hides.
  if (state === 'connecting' && (error?.code === Code.dataLoss || error?.code === Code.internal))
    return 'warn';
  return state === 'connecting' ? 'debug' : 'info';
}

function storageError(status: StorageStatus): SyncError | undefined {
  return status.state === 'working' ? undefined : status.error;
}

function errorOf(error: SyncError | undefined) {
  if (error === undefined) return undefined;
  const { code, reason, message } = error;
  return { code, reason, message };
}
