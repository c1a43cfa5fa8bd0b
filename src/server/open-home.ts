import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import { positionOf } from '../base/seq.ts';
import { writerOfRecord } from '../change/commit-record.ts';
import type { Log } from '../log/log.ts';
import type { SnapshotInfo, SnapshotStore } from '../log/snapshot-store.ts';
import type { Home } from '../replica/home.ts';
import { logLostEnd, noSnapshot, schemaUnknown } from '../replica/replica-errors.ts';
import { homeReplica, newestSchema } from '../replica/schema-record.ts';

/**
 * How far a start is, and how far it goes: rows of the snapshot, about a thousand to a block, and records of the log behind
 * it.
 */
export type OnRecovery = (done: number, total: number) => void;

/** A snapshot that cannot be read; the one before it, or the log, is read in its place. */
export type OnDamage = (snapshot: SnapshotInfo, error: SyncError) => void;

export interface HomeSources {
  /** A home with nothing in it: one for each snapshot that is tried. */
  readonly freshHome: () => Home;
  readonly log: Log;
  readonly snapshots?: SnapshotStore | undefined;
  readonly clock: Clock;
  readonly onRecovery?: OnRecovery | undefined;
  readonly onDamage?: OnDamage | undefined;
}

export interface OpenedHome {
  readonly home: Home;
  /** The snapshot that was loaded. */
  readonly snapshot: SnapshotInfo | undefined;
  /** Snapshots that cannot be read. */
  readonly damaged: readonly SnapshotInfo[];
  /** Bytes of the log that were replayed. */
  readonly tailBytes: number;
}

/** As much of the rows as a block of a snapshot has: what a block counts for in what `OnRecovery` is told. */
const blockRows = 1_000;

/**
 * Makes a home of the newest snapshot that can be read and of the log behind it, or of the log alone, then publishes its
 * schema where the log's is another: so the first commit of a log says how the others are read.
 *
 * Raises what `Home.replay` and the log raise; FAILED_PRECONDITION SCHEMA_UNKNOWN for a log that does not begin so; DATA_LOSS
 * LOG_LOST_END for one that ends before its snapshot did, NO_SNAPSHOT where it has no beginning and no snapshot can be read.
 * Where it raises SCHEMA_CHANGED, SCHEMA_OLDER or SCHEMA_UNKNOWN the log is as it was.
 */
export async function openHome(sources: HomeSources): Promise<OpenedHome> {
  const { log, clock, onRecovery } = sources;
  const { home, snapshot, damaged } = await loadNewest(sources);
  const rows = (snapshot?.blockCount ?? 0) * blockRows;
  const start = positionOf(home.state.head);
  let tailBytes = 0;
  for await (const { first, records } of log.read(start)) {
    if (first === 1 && writerOfRecord(records[0]!) !== homeReplica) throw schemaUnknown();
    for (const record of records) {
      home.replay(record);
      tailBytes += record.length;
    }
    onRecovery?.(rows + first + records.length - 1 - start, rows + log.head - start);
  }
  if (!home.isWhole) throw logLostEnd(log.head, positionOf(home.wholeAtSeq));
  if (home.state.head > 0 && newestSchema(home.state) === undefined) throw schemaUnknown();
  const publication = home.publish(clock.nowMs());
  if (publication !== undefined) {
    await log.append(log.head, [publication]);
    home.durable();
  }
  return { home, snapshot, damaged, tailBytes };
}

type Loaded = Omit<OpenedHome, 'tailBytes'>;

/** A home that has loaded the newest snapshot that can be read, or nothing where the log has all. */
async function loadNewest(sources: HomeSources): Promise<Loaded> {
  const { freshHome, log, snapshots, onDamage } = sources;
  const damaged: SnapshotInfo[] = [];
  const { trimmed } = log;
  let cause: unknown;
  for (const snapshot of (await snapshots?.list()) ?? []) {
    // The log has lost its beginning since.
    if (snapshot.position < trimmed) continue;
    if (snapshot.position > log.head) throw logLostEnd(log.head, snapshot.position);
    const home = freshHome();
    try {
      await load(home, snapshot, sources);
      return { home, snapshot, damaged };
    } catch (error) {
      if (!(error instanceof SyncError) || error.code !== Code.dataLoss) throw error;
      damaged.push(snapshot);
      onDamage?.(snapshot, error);
      cause = error;
    }
  }
  if (trimmed > 0) throw noSnapshot(trimmed, cause);
  return { home: freshHome(), snapshot: undefined, damaged };
}

async function load(home: Home, snapshot: SnapshotInfo, sources: HomeSources): Promise<void> {
  const { log, snapshots, onRecovery } = sources;
  const load = home.load(log.id);
  const total = snapshot.blockCount * blockRows + log.head - snapshot.position;
  let blocks = 0;
  for await (const block of snapshots!.read(snapshot)) {
    load.add(block);
    blocks++;
    if (blocks % reportBlocks === 0) onRecovery?.(blocks * blockRows, total);
  }
  home.loaded(load);
}

/** Blocks between two words of how far it is. */
const reportBlocks = 16;
