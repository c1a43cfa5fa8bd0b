import type { DatabaseStatistics as StatisticsMessage } from '../../gen/ts/syncdb/v1/admin_service.ts';
import type { Commit } from '../change/commit.ts';
import { homeReplica } from '../replica/schema-record.ts';
import { cellOf, type SystemTables, systemTables } from '../replica/system-rows.ts';
import type { Schema } from '../schema/table-def.ts';
import type { ServerMessage } from '../session/messages.ts';
import { rowCountOf } from '../session/shared-blocks.ts';
import { Histogram } from './histogram.ts';
import { NamedCounts } from './named-counts.ts';

/** What a database has done since it was opened. Counting allocates nothing that stays. */
export class DatabaseStatistics {
  private readonly system: SystemTables;
  private commitCount = 0;
  private committedCount = 0;
  private readonly refusals = new NamedCounts();
  private readonly unordered = new NamedCounts();
  private conflictCount = 0;
  private rowsOut = 0;
  private bytesIn = 0;
  private bytesOut = 0;
  private sessionCount = 0;
  private sessionBegunCount = 0;
  private firstSyncCount = 0;
  private readonly groupCommits = Histogram.ofCommits();
  private readonly groupBytes = Histogram.ofBytes();
  private readonly appendMs = Histogram.ofDurationsMs();
  private readonly snapshotMs = Histogram.ofDurationsMs();
  private snapshotFailureCount = 0;

  constructor(schema: Schema) {
    this.system = systemTables(schema);
  }

  /** A group of commits is on stable storage. */
  appended(commits: readonly Commit[], bytes: number, tookMs: number): void {
    // Of commits that were found in a log that was opened again nobody knows more than that they are there.
    if (bytes > 0) {
      this.groupCommits.add(commits.length);
      this.groupBytes.add(bytes);
      this.appendMs.add(tookMs);
    }
    for (const commit of commits) this.committed(commit);
  }

  /** A Sync stream began, with a copy or without. */
  sessionBegan(isFirst: boolean): void {
    this.sessionCount++;
    this.sessionBegunCount++;
    if (isFirst) this.firstSyncCount++;
  }

  sessionEnded(): void {
    this.sessionCount--;
  }

  /** So many bytes came over a Sync stream. */
  received(bytes: number): void {
    this.bytesIn += bytes;
  }

  /** So many bytes went over a Sync stream, which were this. */
  sent(bytes: number, message: ServerMessage): void {
    this.bytesOut += bytes;
    this.told(message);
  }

  /** This was told, over whatever. */
  told(message: ServerMessage): void {
    if (message.type === 'delta') this.rowsOut += rowCountOf(message);
    if (message.type !== 'push-result') return;
    for (const { status, refusal } of message.outcomes) {
      if (status === 'unordered') this.unordered.add(refusal!.reason);
    }
  }

  snapshotWritten(tookMs: number): void {
    this.snapshotMs.add(tookMs);
  }

  snapshotFailed(): void {
    this.snapshotFailureCount++;
  }

  toWire(name: string, waitingPushCount: number): StatisticsMessage {
    const { sessionCount, refusals, unordered } = this;
    const { groupCommits, groupBytes, appendMs, snapshotMs } = this;
    return {
      ...{ name, sessionCount, waitingPushCount, loading: false },
      commitCount: BigInt(this.commitCount),
      committedCount: BigInt(this.committedCount),
      refusals: refusals.toWire(),
      unordered: unordered.toWire(),
      conflictCount: BigInt(this.conflictCount),
      rowsOut: BigInt(this.rowsOut),
      bytesIn: BigInt(this.bytesIn),
      bytesOut: BigInt(this.bytesOut),
      sessionBegunCount: BigInt(this.sessionBegunCount),
      firstSyncCount: BigInt(this.firstSyncCount),
      groupCommits: groupCommits.toWire(),
      groupBytes: groupBytes.toWire(),
      appendMs: appendMs.toWire(),
      snapshotMs: snapshotMs.toWire(),
      snapshotFailureCount: BigInt(this.snapshotFailureCount),
    };
  }

  private committed({ replica, effects }: Commit): void {
    this.commitCount++;
    if (replica === homeReplica) return;
    const { outcome, conflict } = this.system;
    let isRefused = false;
    // SyncDB's own rows are the last ones, so those of the team are not looked at.
    for (let index = effects.length - 1; index >= 0; index--) {
      const { table, cells } = effects[index]!;
      if (!table.system) break;
      if (table === conflict) this.conflictCount++;
      if (table !== outcome) continue;
      isRefused = true;
      this.refusals.add(String(cellOf(outcome, cells, 'reason')));
    }
    if (!isRefused) this.committedCount++;
  }
}
