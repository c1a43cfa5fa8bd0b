import { ByteWriter } from '../base/bytes.ts';
import type { Limits } from '../base/limits.ts';
import {
  bytesAbout,
  digestOf,
  encodeTransaction,
  type Transaction,
} from '../change/transaction.ts';
import type { PartResult, TransactionPart } from './messages.ts';

/** Whether a transaction is too large for a push, and so goes in parts. */
export function goesInParts(
  { changes }: Transaction,
  { pushBytesMax }: Pick<Limits, 'pushBytesMax'>,
): boolean {
  return bytesAbout(changes) > pushBytesMax;
}

/** A transaction that is on its way. */
interface Sending {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
  /** Whether the server was asked how much is there. */
  asked: boolean;
  /** Where the next part begins; undefined until the server has said so. */
  offset: number | undefined;
  /** Whether the newest answer said that all of it is there. */
  isWhole: boolean;
}

/** What an answer to a part tells. */
export interface PartAnswer {
  /** The transaction that is on its way, once all of it is there. */
  readonly whole: Transaction | undefined;
  /** Whether it is pushed by that: then a push result will follow, also where it is not on its way any more. */
  readonly isPushed: boolean;
}

/** A part that has no answer yet. */
interface Sent {
  readonly sending: Sending;
  /** Where it ends; undefined for a question. */
  readonly end: number | undefined;
  readonly round: number;
}

/**
 * Sends a large transaction on one stream: asks how much of it is there, and goes on from that. The server answers each
 * part with how much is there then; where that is less than was sent, it has dropped what there was, and the sender goes
 * back to it. What was on its way meanwhile is answered too, and tells nothing new.
 */
export class PartSender {
  private readonly partBytesMax: number;
  private current: Sending | undefined;
  /** Oldest first. */
  private unanswered: Sent[] = [];
  /** How often the sender went back. */
  private round = 0;

  constructor({ partBytesMax }: Limits) {
    this.partBytesMax = partBytesMax;
  }

  /** A new stream: how much is there is to be asked anew. */
  begin(): void {
    this.unanswered = [];
    if (this.current !== undefined) this.current = { ...this.current, asked: false };
  }

  /** There is nothing to send now. */
  rest(): void {
    this.current = undefined;
  }

  /** Whether some of it is on its way, or was when the stream before ended. */
  isSending(transaction: Transaction): boolean {
    return this.current?.transaction === transaction;
  }

  /** What to send next of this transaction, so much of it at the most; undefined until there is an answer, or room. */
  next(transaction: Transaction, bytesMax = this.partBytesMax): TransactionPart | undefined {
    if (this.current?.transaction !== transaction) this.current = sendingOf(transaction);
    const { current, round } = this;
    if (!current.asked) {
      current.asked = true;
      current.offset = undefined;
      this.unanswered.push({ sending: current, end: undefined, round });
      return partOf(current, 0, 0);
    }
    const { offset, bytes } = current;
    if (offset === undefined || offset === bytes.length || bytesMax < 1) return undefined;
    const end = Math.min(bytes.length, offset + Math.min(this.partBytesMax, Math.floor(bytesMax)));
    this.unanswered.push({ sending: current, end, round });
    current.offset = end;
    return partOf(current, offset, end);
  }

  /** Takes an answer. A server pushes what is whole once, and again when it is asked how much is there or has come anew. */
  answered({ receivedBytes }: PartResult): PartAnswer {
    const sent = this.unanswered.shift();
    if (sent === undefined) return nothingNew;
    const { sending, end, round } = sent;
    const isCurrent = sending === this.current;
    if (receivedBytes >= sending.bytes.length) {
      const isPushed = end === undefined || !sending.isWhole;
      sending.isWhole = true;
      if (isCurrent) this.current = undefined;
      return { whole: isCurrent ? sending.transaction : undefined, isPushed };
    }
    sending.isWhole = false;
    if (!isCurrent) return nothingNew;
    if (end === undefined) sending.offset = receivedBytes;
    else if (receivedBytes < end && round === this.round) {
      this.round++;
      sending.offset = receivedBytes;
    }
    return nothingNew;
  }
}

const nothingNew: PartAnswer = { whole: undefined, isPushed: false };

function sendingOf(transaction: Transaction): Sending {
  const out = new ByteWriter(bytesAbout(transaction.changes));
  encodeTransaction(transaction, out);
  const digest = digestOf(transaction);
  return {
    transaction,
    bytes: out.peek(),
    digest,
    asked: false,
    offset: undefined,
    isWhole: false,
  };
}

function partOf({ transaction, bytes, digest }: Sending, start: number, end: number) {
  const { replica, counter } = transaction;
  const rest = { digest, totalBytes: bytes.length, offset: start };
  return { type: 'part', replica, counter, ...rest, bytes: bytes.subarray(start, end) } as const;
}
