import type { Clock } from '../base/clock.ts';
import { reworded } from '../base/error-fields.ts';
import { isDataLoss, type SyncError } from '../base/errors.ts';
import { epochOf, positionOf, type Seq } from '../base/seq.ts';
import { chainOfRecord, headOfRecord } from '../change/commit-record.ts';
import type { Log } from '../log/log.ts';
import { logMissing } from '../log/log-errors.ts';
import type { SnapshotInfo, SnapshotStore } from '../log/snapshot-store.ts';
import { chainCheck } from '../replica/chain-checks.ts';
import type { Home } from '../replica/home.ts';
import { logEndLost, noSnapshot, schemaUnknown } from '../replica/replica-errors.ts';
import { homeReplica, newestSchema } from '../replica/schema-record.ts';
import { isOfAnother } from './foreign-snapshot.ts';

/**
 * How far a start is, and how far it goes: rows of the snapshot, about a thousand to a block, and records of the log behind
 * it.
 */
export type OnRecovery = (done: number, total: number) => void;

/**
 * A snapshot that cannot be used, since it is damaged or knows of commits that the log has lost; the one before it, or the log,
 * is read in its place.
 */
export type OnDamage = (snapshot: SnapshotInfo, error: SyncError) => void;

export interface HomeSources {
  /** A home with nothing in it: one for each snapshot that is tried. */
  readonly freshHome: () => Home;
  readonly log: Log;
  readonly snapshots?: SnapshotStore | undefined;
  readonly clock: Clock;
  readonly onRecovery?: OnRecovery | undefined;
  readonly onDamage?: OnDamage | undefined;
  /** Asked now and then what to wait for, so that others have their turn meanwhile. */
  readonly pause?: (() => Promise<void> | undefined) | undefined;
}

export interface OpenedHome {
  readonly home: Home;
  /** The snapshot that was loaded. */
  readonly snapshot: SnapshotInfo | undefined;
  /** Snapshots that cannot be used. */
  readonly damaged: readonly SnapshotInfo[];
  /** Snapshots of another log, or of commits that this one has lost: nobody here may remove what may be all that is left. */
  readonly foreign: readonly SnapshotInfo[];
  /** Bytes of the log that were replayed. */
  readonly tailBytes: number;
  /** Newest commit that the log had, before anything was published; or the one that began an epoch after that. */
  readonly openedAt: Seq;
}

/** As much of the rows as a block of a snapshot has: what a block counts for in what `OnRecovery` is told. */
const blockRows = 1_000;
/** Blocks between two words of how far it is. */
const reportBlocks = 16;

/**
 * Makes a home of the newest snapshot that can be used and of the log behind it, or of the log alone. Then it publishes its
 * schema where the log's is another, so the first commit of a log says how the others are read; and it begins an epoch where
 * the log was restored from a backup, or where a snapshot shows that the log has lost its end.
 *
 * Raises what `Home.replay` (with metadata `position`) and the log raise; FAILED_PRECONDITION SCHEMA_UNKNOWN for a log that
 * does not begin so; DATA_LOSS NO_SNAPSHOT where it has no beginning and no snapshot can be used, and LOG_MISSING where it is
 * new and there are snapshots of another. Where it raises LOG_MISSING, SCHEMA_CHANGED, SCHEMA_OLDER or SCHEMA_UNKNOWN the log
 * is as it was.
 */
export async function openHome(sources: HomeSources): Promise<OpenedHome> {
  return new HomeOpening(sources).open();
}

/** What a snapshot says that was made of commits which are not in the log. */
interface LostCommits {
  readonly snapshot: SnapshotInfo;
  /** The newest commit that it knows of. */
  readonly seq: Seq;
  /** A position that the log should have. */
  readonly position: number;
}

class HomeOpening {
  private readonly sources: HomeSources;
  private readonly damaged: SnapshotInfo[] = [];
  private readonly foreign: SnapshotInfo[] = [];
  private readonly lost: LostCommits[] = [];
  private cause: unknown;

  constructor(sources: HomeSources) {
    this.sources = sources;
  }

  async open(): Promise<OpenedHome> {
    const { log } = this.sources;
    const { trimmed } = log;
    const snapshots = (await this.sources.snapshots?.list()) ?? [];
    // A database has commits before it has snapshots, and a log that was restored or repaired has an epoch.
    if (log.head === 0 && log.epoch === 0 && snapshots.length > 0) throw logMissing();
    for (const snapshot of snapshots) {
      if (await isOfAnother(this.sources.snapshots!, snapshot, log.id)) this.foreign.push(snapshot);
    }
    for (const snapshot of snapshots) {
      // The log has let go of what came behind it.
      if (snapshot.position < trimmed) continue;
      const opened = await this.openWith(snapshot);
      if (opened !== undefined) return opened;
    }
    if (trimmed > 0) throw noSnapshot(trimmed, this.cause);
    return this.finish(this.sources.freshHome(), undefined);
  }

  /** Undefined where this snapshot cannot be used. */
  private async openWith(snapshot: SnapshotInfo): Promise<OpenedHome | undefined> {
    const { log, freshHome } = this.sources;
    const home = freshHome();
    if (!(await this.load(home, snapshot))) return undefined;
    const seq = home.wholeAtSeq;
    const position = Math.max(snapshot.position, positionOf(seq));
    if (position <= log.head && (await this.isOfThisHistory(home))) {
      return this.finish(home, snapshot);
    }
    this.lost.push({ snapshot, seq, position });
    this.foreign.push(snapshot);
    this.unusable(snapshot, logEndLost(log.head, position));
    return undefined;
  }

  /**
   * A log that lost its end may have gone on since, to where the snapshot was made and further. Its rows may be younger than
   * its beginning, so its newest check is what has to be of this log.
   */
  private async isOfThisHistory(home: Home): Promise<boolean> {
    const { log } = this.sources;
    const position = home.checkedUpto;
    // Else the next record tells.
    if (position === log.trimmed) return true;
    try {
      for await (const { records } of log.read(position - 1)) {
        const chain = ofRecord(position, () => chainOfRecord(records[0]!));
        return chainCheck(chain) === home.checkAt(position);
      }
    } catch (error) {
      // A damaged record is nothing that is needed, and the next one tells too.
      if (!isDataLoss(error) || log.head === position) throw error;
      return true;
    }
    return false;
  }

  /** False where the snapshot is damaged. */
  private async load(home: Home, snapshot: SnapshotInfo): Promise<boolean> {
    const { log, snapshots, onRecovery, pause } = this.sources;
    const load = home.load(log.id);
    const total = snapshot.blockCount * blockRows + Math.max(0, log.head - snapshot.position);
    let blocks = 0;
    try {
      for await (const block of snapshots!.read(snapshot)) {
        load.add(block);
        blocks++;
        await pause?.();
        if (blocks % reportBlocks === 0) onRecovery?.(blocks * blockRows, total);
      }
      home.loaded(load);
      return true;
    } catch (error) {
      if (!isDataLoss(error)) throw error;
      this.unusable(snapshot, error);
      return false;
    }
  }

  private unusable(snapshot: SnapshotInfo, error: SyncError): void {
    this.damaged.push(snapshot);
    this.cause = error;
    this.sources.onDamage?.(snapshot, error);
  }

  private async finish(home: Home, snapshot: SnapshotInfo | undefined): Promise<OpenedHome> {
    const { clock, log } = this.sources;
    const tailBytes = await this.replay(home, snapshot);
    if (home.state.head > 0 && newestSchema(home.state) === undefined) throw schemaUnknown();
    const nowMs = clock.nowMs();
    const { state } = home;
    // What is published from here on may have the place of a commit of the history that was lost.
    const forkedAt = state.head;
    const records = [home.publish(nowMs)];
    const epoch = epochOf(forkedAt);
    // A history that was lost may have had epochs of its own, whose numbers are not given twice.
    const lostEpoch = Math.max(-1, ...this.lost.map(({ seq }) => epochOf(seq)));
    const next = Math.max(log.epoch, lostEpoch + 1);
    if (log.epoch > epoch) {
      records.push(home.beginEpoch('restored', forkedAt, nowMs, next));
    } else if (lostEpoch >= epoch) {
      records.push(home.beginEpoch('lostEnd', forkedAt, nowMs, next));
    }
    // All or none: an epoch that came after another start would not know what was published in between.
    await this.append(
      home,
      records.filter((record) => record !== undefined),
    );
    const openedAt = epochOf(state.head) > epoch ? state.head : forkedAt;
    const { damaged, foreign } = this;
    return { home, snapshot, damaged, foreign, tailBytes, openedAt };
  }

  /** Bytes of the log behind what the home has. */
  private async replay(home: Home, snapshot: SnapshotInfo | undefined): Promise<number> {
    const { log, onRecovery, pause } = this.sources;
    const rows = (snapshot?.blockCount ?? 0) * blockRows;
    const start = positionOf(home.state.head);
    let bytes = 0;
    for await (const { first, records } of log.read(start)) {
      if (first === 1) {
        const { replica } = ofRecord(first, () => headOfRecord(records[0]!));
        if (replica !== homeReplica) throw schemaUnknown();
      }
      for (const [index, record] of records.entries()) {
        ofRecord(first + index, () => home.replay(record));
        bytes += record.length;
        const rest = pause?.();
        if (rest !== undefined) await rest;
      }
      onRecovery?.(rows + first + records.length - 1 - start, rows + log.head - start);
    }
    return bytes;
  }

  private async append(home: Home, records: readonly Uint8Array[]): Promise<void> {
    const { log } = this.sources;
    if (records.length === 0) return;
    await log.append(log.head, records);
    for (const _ of records) home.durable();
  }
}

/** Reads a record of the log: what is wrong with its bytes says which one it is. */
function ofRecord<T>(position: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    throw reworded(error, `record ${position} of the log cannot be read: ${error.message}`, {
      metadata: { position: String(position) },
    });
  }
}
