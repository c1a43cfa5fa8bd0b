import type { Clock } from '../base/clock.ts';
import { writerOfRecord } from '../change/commit-record.ts';
import type { Log } from '../log/log.ts';
import type { Home } from '../replica/home.ts';
import { schemaUnknown } from '../replica/replica-errors.ts';
import { homeReplica } from '../replica/schema-record.ts';

/** Records replayed and in all. */
export type OnRecovery = (done: number, total: number) => void;

/**
 * Makes a fresh home what its log says, then publishes its schema where the log's is another: so the first commit of a
 * log says how the others are read. Raises what `Home.replay` and the log raise, and FAILED_PRECONDITION SCHEMA_UNKNOWN
 * for a log that does not begin so; where it raises SCHEMA_CHANGED, SCHEMA_OLDER or SCHEMA_UNKNOWN the log is as it was.
 */
export async function openHome(
  home: Home,
  log: Log,
  clock: Clock,
  onRecovery?: OnRecovery,
): Promise<void> {
  for await (const { first, records } of log.read(0)) {
    if (first === 1 && writerOfRecord(records[0]!) !== homeReplica) throw schemaUnknown();
    for (const record of records) home.replay(record);
    onRecovery?.(first + records.length - 1, log.head);
  }
  const publication = home.publish(clock.nowMs());
  if (publication === undefined) return;
  await log.append(log.head, [publication]);
  home.durable();
}
