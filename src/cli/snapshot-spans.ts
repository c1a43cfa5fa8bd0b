import { SyncError } from '../base/errors.ts';
import type { SnapshotInfo } from '../log/snapshot-store.ts';
import type { SnapshotsReport } from '../log/verify-snapshots.ts';
import { type SnapshotSpan, SnapshotSpanReader } from '../replica/snapshot-span.ts';

/** Gathers which commits snapshots are of while their blocks are read. */
export class SnapshotSpans {
  private readonly ids = new Map<SnapshotSpan, number>();
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
    this.ids.clear();
    for (const { snapshot, damaged } of snapshots) {
      const isWhole = damaged.length === 0;
      const span = orNothing(() => (isWhole ? this.readers.get(snapshot.id)?.finish() : undefined));
      if (span !== undefined) this.ids.set(span, snapshot.id);
    }
    return [...this.ids.keys()];
  }

  /** The number of the snapshot that one of these is of. */
  idOf(span: SnapshotSpan): number | undefined {
    return this.ids.get(span);
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
