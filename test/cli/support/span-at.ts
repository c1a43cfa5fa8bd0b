import { chainOfRecord, headOfRecord } from '../../../src/change/commit-record.ts';
import type { SnapshotSpan } from '../../../src/replica/snapshot-span.ts';
import type { ModelHome } from '../../support/model-home.ts';

export const ownLogId = new Uint8Array(16).fill(1);

/** What a snapshot of a model says that began at one commit and ended at another. */
export function spanAt(model: ModelHome, position: number, wholeAt = position): SnapshotSpan {
  const [begin, end] = [position, wholeAt].map((at) => model.records[at - 1]!);
  return {
    logId: ownLogId,
    seq: headOfRecord(begin!).seq,
    chain: chainOfRecord(begin!),
    wholeAtSeq: headOfRecord(end!).seq,
  };
}
