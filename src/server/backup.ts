import { epochOf, positionOf } from '../base/seq.ts';
import type { BackupFrame } from '../log/backup-format.ts';
import type { Log } from '../log/log.ts';
import type { Home } from '../replica/home.ts';

export interface BackupSource {
  readonly home: Home;
  readonly log: Log;
  readonly nowMs: number;
  /** Lets the event loop do other things between two steps. */
  readonly pause: () => Promise<void>;
}

/**
 * A backup of a database that goes on meanwhile: a snapshot, gathered in bounded steps, and the log from where the snapshot
 * began to what is durable when it ends. The log must not be trimmed while it is made.
 */
export async function* gatherBackup(source: BackupSource): AsyncGenerator<BackupFrame, void> {
  const { home, log, nowMs, pause } = source;
  const { head } = home.state;
  const position = positionOf(head);
  const gathering = home.gather(log.id);
  let step = gathering.next();
  const header = { logId: log.id, epoch: epochOf(head), position, createdMs: nowMs };
  yield { kind: 'header', header };
  for (; step.done !== true; step = gathering.next()) {
    if (step.value !== undefined) yield { kind: 'block', bytes: step.value };
    await pause();
  }
  for await (const { records } of log.read(position)) {
    for (const bytes of records) yield { kind: 'record', bytes };
  }
}
