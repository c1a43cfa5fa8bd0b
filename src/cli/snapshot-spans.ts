import { SyncError } from '../base/errors.ts';
import type { SnapshotInfo } from '../log/snapshot-store.ts';
import type { SnapshotsReport } from '../log/verify-snapshots.ts';
import { type SnapshotSpan, SnapshotSpanReader } from '../replica/snapshot-span.ts';

/** Gathers which commits snapshots are of while their blocks are read. */
export class SnapshotSpans {
  /** Undefined where a block is not the next one. */
  private readonly readers = new Map<number, SnapshotSpanReader | undefined>();

  readonly onBlock = ({ id }: SnapshotInfo, bytes: Uint8Array): void => {
    if (!this.readers.has(id)) this.readers.set(id, new SnapshotSpanReader());
    if (orNothing(() => this.readers.get(id)?.add(bytes) ?? true) === undefined) {
      this.readers.set(id, undefined);
    }
  };

  /** Those of the whole snapshots, newest first. */
  of({ snapshots }: SnapshotsReport): SnapshotSpan[] {
    const whole = snapshots.filter(({ damaged }) => damaged.length === 0);
    return whole.flatMap(
      ({ snapshot }) => orNothing(() => this.readers.get(snapshot.id)?.finish()) ?? [],
    );
  }
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}
