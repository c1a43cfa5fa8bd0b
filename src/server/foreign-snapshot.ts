import { bytesEqual } from '../base/bytes.ts';
import { isDataLoss } from '../base/errors.ts';
import type { SnapshotInfo, SnapshotStore } from '../log/snapshot-store.ts';
import { BlockKind, BlockReader } from '../replica/snapshot-block.ts';
import { readHeader } from '../replica/snapshot-header.ts';

/** Whether a snapshot says that it is of another log than that of this id; where its beginning is damaged it says nothing. */
export async function isOfAnother(
  snapshots: SnapshotStore,
  snapshot: SnapshotInfo,
  logId: Uint8Array,
): Promise<boolean> {
  try {
    for await (const block of snapshots.read(snapshot)) {
      const { kind, body } = new BlockReader().next(block);
      return kind === BlockKind.header && !bytesEqual(readHeader(body).logId, logId);
    }
  } catch (error) {
    if (!isDataLoss(error)) throw error;
  }
  return false;
}
