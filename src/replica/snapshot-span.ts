import { malformed } from '../base/bytes.ts';
import type { Seq } from '../base/seq.ts';
import { BlockKind, BlockReader } from './snapshot-block.ts';
import { readHeader, readTrailer } from './snapshot-header.ts';

/** Which commits a snapshot is of. */
export interface SnapshotSpan {
  /** Of the log that it belongs to. */
  readonly logId: Uint8Array;
  /** The newest commit when it began, and the chain hash up to it. */
  readonly seq: Seq;
  readonly chain: Uint8Array;
  /** The newest commit when it ended: up to there the log is needed too. */
  readonly wholeAtSeq: Seq;
}

/** Reads where a snapshot begins and ends, block by block, and looks no further into them. */
export class SnapshotSpanReader {
  private readonly blocks = new BlockReader();
  private begin: Omit<SnapshotSpan, 'wholeAtSeq'> | undefined;
  private wholeAtSeq: Seq | undefined;

  /** DATA_LOSS MALFORMED_BYTES where it is not the next block of a snapshot. */
  add(block: Uint8Array): void {
    const { kind, body } = this.blocks.next(block);
    if (kind === BlockKind.header) {
      const { logId, seq, chain } = readHeader(body);
      this.begin = { logId, seq, chain };
    } else if (kind === BlockKind.trailer) this.wholeAtSeq = readTrailer(body).endSeq;
  }

  /** DATA_LOSS MALFORMED_BYTES where blocks are missing. */
  finish(): SnapshotSpan {
    const { begin, wholeAtSeq } = this;
    if (begin === undefined || wholeAtSeq === undefined) {
      throw malformed('snapshot', 'it has no end');
    }
    return { ...begin, wholeAtSeq };
  }
}
