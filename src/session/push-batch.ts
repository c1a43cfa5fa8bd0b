import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Outcome } from '../change/commit.ts';
import { bytesAbout, type Named, type Transaction } from '../change/transaction.ts';
import type { WindowBytes } from './link-window.ts';
import type { Compression, PartResult, TransactionPart, Welcome } from './messages.ts';
import { goesInParts, type PartAnswer, PartSender } from './part-sender.ts';
import { PushColumns } from './push-columns.ts';
import { type PushLimits, pushLimitsOf, withinTold } from './push-limits.ts';
import { PushPace } from './push-pace.ts';
import { PushSize } from './push-size.ts';
import { PushTries } from './push-tries.ts';

export interface PushBatchOptions {
  /** A clock by which it shows what the link carries; without one nothing is held back. */
  readonly nowMs?: (() => number) | undefined;
  readonly windowBytes?: Partial<WindowBytes> | undefined;
  /** How columns may be compressed that are pushed. */
  readonly compressions?: readonly Compression[] | undefined;
}

/** What a welcome says of pushes. */
type PushTerms = Pick<Welcome, 'pushLimits' | 'pushCompressions' | 'pushRowNumbers'> &
  Partial<Pick<Welcome, 'forkedAt'>>;

/**
 * How much of what waits goes in the next message: within its limits, what the server has room for, and what the link
 * carries. What is too large for any of them goes in parts.
 */
export class PushBatch {
  private readonly limits: Limits;
  private readonly parts: PartSender;
  /** The least of one's own and the server's. */
  private told: PushLimits;
  private readonly size: PushSize;
  private readonly columns: PushColumns;
  /** Whether columns may name rows by the numbers that they have in the copy that is shown. */
  takesNumbers = false;
  /** The server did not know them once: a row that it shows here no more would end each stream. */
  private hasWrongNumbers = false;
  readonly pace: PushPace;
  readonly tries = new PushTries();

  constructor(limits: Limits, { nowMs, windowBytes, compressions }: PushBatchOptions = {}) {
    this.limits = limits;
    this.parts = new PartSender(limits);
    this.told = pushLimitsOf(limits);
    this.size = new PushSize(limits.pushTransactionsMax);
    this.columns = new PushColumns(compressions);
    this.pace = new PushPace(limits.pushBytesMax, nowMs, windowBytes);
  }

  /** A new stream; `isWaiting` tells whether a transaction is still to be sent. */
  begin(isWaiting: (transaction: Named) => boolean): void {
    this.parts.begin();
    this.pace.begin();
    this.tries.begin(isWaiting);
  }

  /** The server has answered the greeting. */
  welcomed({ pushLimits, pushCompressions, pushRowNumbers, forkedAt }: PushTerms): void {
    this.columns.welcomed(pushCompressions);
    // Another history may have given the numbers of the copy that is shown to other rows.
    const isSameHistory = forkedAt === undefined;
    this.takesNumbers = pushRowNumbers === true && isSameHistory && !this.hasWrongNumbers;
    this.told = withinTold(pushLimitsOf(this.limits), pushLimits);
    this.pace.welcomed();
  }

  /** The stream ended with this error. True where the next one may do better, though the error lasts. */
  failed(error: SyncError): boolean {
    const { unanswered } = this.pace;
    if (error.reason === 'MALFORMED_COLUMNS' && this.takesNumbers) this.hasWrongNumbers = true;
    return unanswered !== undefined && this.tries.failed(error, unanswered);
  }

  /** Whether a transaction goes in parts. One of which some have gone does to its end. */
  isInParts(transaction: Transaction): boolean {
    if (goesInParts(transaction, this.told) || this.parts.isSending(transaction)) return true;
    const bytes = bytesAbout(transaction.changes);
    return bytes > this.pace.wholeBytesMax && bytes <= this.told.partTransactionBytesMax;
  }

  /** Whether nothing more goes before there is an answer: what is not asked for may still change. */
  get isFull(): boolean {
    return this.pace.roomBytes === 0 || this.tries.heldBack !== undefined;
  }

  /**
   * As many of the transactions as the next push may have, which goes with that: none from the first on that its writer sends
   * in parts.
   */
  next(waiting: readonly Transaction[]): Transaction[] {
    if (this.isFull) return [];
    const byColumns = this.gather(waiting, this.columns.share, this.columns.bytesMax);
    const isByColumns = this.columnsOf(byColumns) !== undefined;
    const batch = isByColumns ? byColumns : this.gather(waiting);
    this.columns.sends(batch, isByColumns);
    const share = isByColumns ? this.columns.share : 1;
    if (batch.length > 0) this.pace.sendsPush(batch, batch.length < waiting.length, share);
    return batch;
  }

  /** How what goes next is compressed by columns; undefined where it goes in rows, as what ended a stream once does. */
  columnsOf(batch: readonly Transaction[]): Compression | undefined {
    return this.tries.isSuspicious ? undefined : this.columns.compressionOf(batch);
  }

  /** So many bytes were what went last. */
  took(bytes: number): void {
    if (this.columns.took(bytes)) this.pace.tookPush(bytes);
  }

  private gather(waiting: readonly Transaction[], share = 1, bytesMax = Infinity): Transaction[] {
    const batch: Transaction[] = [];
    const { roomBytesOfOne } = this.pace;
    const countMax = Math.min(this.size.transactionsMax, this.told.pushTransactionsMax);
    const roomBytes = Math.min(this.told.pushBytesMax, bytesMax, this.pace.roomBytes / share);
    const closed = new Set<string>();
    let bytes = 0;
    for (const transaction of waiting) {
      if (closed.has(transaction.replica)) continue;
      if (this.isInParts(transaction)) {
        closed.add(transaction.replica);
        continue;
      }
      bytes += bytesAbout(transaction.changes);
      const isFull = bytes > (batch.length === 0 ? roomBytesOfOne : roomBytes);
      if (isFull || batch.length === countMax) return batch;
      batch.push(transaction);
    }
    return batch;
  }

  /** The next part of the first that goes in parts; to be asked for where nothing goes in a push, for want of room too. */
  nextPart(waiting: readonly Transaction[]): TransactionPart | undefined {
    const firsts = firstOfEach(waiting);
    const [large, ...others] = firsts.filter((transaction) => this.isInParts(transaction));
    if (large === undefined) this.parts.rest();
    // What waits for room goes before.
    if (large === undefined || others.length + 1 < firsts.length) return undefined;
    const part = this.parts.next(large, Math.min(this.pace.roomBytes, this.told.partBytesMax));
    if (part === undefined) return undefined;
    const { offset, bytes, totalBytes } = part;
    this.pace.sendsPart(large, bytes.length, offset + bytes.length < totalBytes);
    return part;
  }

  /** The server's answer to a part. */
  partAnswered(result: PartResult): PartAnswer {
    const answer = this.parts.answered(result);
    this.pace.partAnswered(answer.isPushed);
    return answer;
  }

  /** The server's answer to a push, which it had for `orderingMs`. */
  pushAnswered(outcomes: readonly Outcome[], orderingMs = 0): void {
    this.pace.pushAnswered(outcomes, orderingMs);
    this.size.answered(outcomes);
    this.tries.answered(outcomes);
  }
}

/** The first of each writer: what is behind it goes behind it. */
function firstOfEach(waiting: readonly Transaction[]): Transaction[] {
  const writers = new Set<string>();
  return waiting.filter(({ replica }) => {
    const isFirst = !writers.has(replica);
    writers.add(replica);
    return isFirst;
  });
}
