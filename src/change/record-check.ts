import { SyncError } from '../base/errors.ts';
import { positionOf, type Seq } from '../base/seq.ts';
import { chainOfRecord, chainStart, followsChain, headOfRecord } from './commit-record.ts';

/** A commit, and the chain hash up to it. */
export interface LogPoint {
  readonly seq: Seq;
  readonly chain: Uint8Array;
}

const logStart: LogPoint = { seq: 0, chain: chainStart };

/** Says what is wrong with the record at a position of a log; nothing where it is sound. */
export type RecordCheck = (position: number, bytes: Uint8Array) => string | undefined;

/**
 * Holds the records of a log, given in order, against what follows from one to the next: the chain of hashes, and the seqs.
 * Of the first behind a gap its own words are all there is to go by. `begin` is what stands before the first one.
 */
export function createRecordCheck(begin: LogPoint = logStart): RecordCheck {
  let last = begin;
  return (position, bytes) => {
    const { seq: seqBefore, chain: chainBefore } = last;
    const before = positionOf(seqBefore);
    try {
      const { seq } = headOfRecord(bytes);
      last = { seq, chain: chainOfRecord(bytes) };
      if (positionOf(seq) !== position) return `it is commit ${seq}, which belongs elsewhere`;
      if (seq <= seqBefore) return `it is commit ${seq}, and the one before it is ${seqBefore}`;
    } catch (error) {
      if (error instanceof SyncError) return error.message;
      throw error;
    }
    const isNext = position === before + 1;
    return isNext && !followsChain(bytes, chainBefore)
      ? 'it does not follow the record before it'
      : undefined;
  };
}
