import { bytesEqual } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import { epochOf, positionOf, type Seq } from '../base/seq.ts';
import { chainOfRecord, followsChain, headOfRecord } from '../change/commit-record.ts';
import { createRecordCheck, type RecordCheck } from '../change/record-check.ts';
import type { SnapshotSpan } from '../replica/snapshot-span.ts';

/** What the records of a log tell while they are read. */
export interface LogWitness {
  /** To be given every sound record in order; says what `createRecordCheck` says. */
  readonly check: RecordCheck;
  /** The newest epoch that a record is of, also one that does not fit; 0 for none. */
  readonly newestEpoch: number;
  /** Position of the last record that could be read; 0 for none. */
  readonly lastPosition: number;
  /** What the records say of the snapshot: that it is of their history, that it is not, or nothing. */
  opinionOf(span: SnapshotSpan): boolean | undefined;
}

/** Holds the records of a log against each other, and against what these snapshots say of it. */
export function createLogWitness(spans: readonly SnapshotSpan[]): LogWitness {
  return new Witness(spans);
}

class Witness implements LogWitness {
  private readonly spans: readonly SnapshotSpan[];
  private readonly recordCheck = createRecordCheck();
  private readonly opinions = new Map<SnapshotSpan, boolean>();
  newestEpoch = 0;
  lastPosition = 0;

  constructor(spans: readonly SnapshotSpan[]) {
    this.spans = spans;
  }

  readonly check: RecordCheck = (position, bytes) => {
    const problem = this.recordCheck(position, bytes);
    const seq = seqOfRecord(bytes);
    if (seq === undefined) return problem;
    this.newestEpoch = Math.max(this.newestEpoch, epochOf(seq));
    this.lastPosition = Math.max(this.lastPosition, position);
    if (problem === undefined) for (const span of this.spans) this.compare(span, seq, bytes);
    return problem;
  };

  opinionOf(span: SnapshotSpan): boolean | undefined {
    return this.opinions.get(span);
  }

  private compare(span: SnapshotSpan, seq: Seq, bytes: Uint8Array): void {
    const isLike = opinion(span, seq, bytes);
    // One that is against it outweighs all others.
    if (isLike !== undefined) {
      this.opinions.set(span, isLike && this.opinions.get(span) !== false);
    }
  }
}

/** What one record says of a snapshot. */
function opinion(span: SnapshotSpan, seq: Seq, bytes: Uint8Array): boolean | undefined {
  const position = positionOf(seq);
  for (const known of [span.seq, span.wholeAtSeq]) {
    const place = Math.sign(position - positionOf(known));
    if (Math.sign(seq - known) !== place) return false;
  }
  if (seq === span.seq) return bytesEqual(chainOfRecord(bytes), span.chain);
  return position === positionOf(span.seq) + 1 ? followsChain(bytes, span.chain) : undefined;
}

function seqOfRecord(bytes: Uint8Array): Seq | undefined {
  try {
    return headOfRecord(bytes).seq;
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}
