import type { SyncError } from '../base/errors.ts';

/** How far a replica is stored with a record. */
export interface Mark {
  readonly id: string;
  /** Counter of its newest transaction. */
  readonly counter: number;
  readonly cursor: Uint8Array;
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly mark: Mark;
  /** False for a record that may wait for the next that may not. */
  readonly urgent: boolean;
  /** Whether it goes in the same group as the one before it: both are stored, or neither. */
  readonly joined: boolean;
}

interface Waiter {
  /** How many records must be stored, of all that there ever were. */
  readonly upto: number;
  readonly resolve: () => void;
  readonly reject: (error: SyncError) => void;
}

/** Records that are not on stable storage yet, in order: a group in flight, and those that gather behind it. */
export class JournalBacklog {
  private entries: Entry[] = [];
  private inFlight: Entry[] = [];
  private waiters: Waiter[] = [];
  private mark: Mark;
  private storedCount = 0;
  private byteCount = 0;
  private urgentCount = 0;
  private failure: SyncError | undefined;
  /** How many records there ever were, up to the last that may not wait. */
  private urgentLast = 0;

  /** `mark` is how far the replica is stored already. */
  constructor(mark: Mark) {
    this.mark = mark;
  }

  /** How far the replica is stored. */
  get stored(): Mark {
    return this.mark;
  }

  /** Of all records that are not stored. */
  get bytes(): number {
    return this.byteCount;
  }

  /** Records that are not stored. */
  get length(): number {
    return this.entries.length + this.inFlight.length;
  }

  /** Those that are in flight. */
  get group(): readonly Uint8Array[] {
    return this.inFlight.map(({ bytes }) => bytes);
  }

  /** Whether there are any that may not wait. */
  get urgent(): boolean {
    return this.urgentCount > 0;
  }

  /**
   * The transaction with this counter has become another: what is stored, or on its way, is not it. To be called before the
   * record is added that says so.
   */
  amend(counter: number): void {
    const before = (mark: Mark): Mark => ({
      ...mark,
      counter: Math.min(mark.counter, counter - 1),
    });
    this.mark = before(this.mark);
    for (const entries of [this.entries, this.inFlight]) {
      // Those before have less: edits of one row may be thousands, each of which comes here.
      for (let at = entries.length - 1; at >= 0 && entries[at]!.mark.counter >= counter; at--) {
        entries[at] = { ...entries[at]!, mark: before(entries[at]!.mark) };
      }
    }
  }

  add(bytes: Uint8Array, mark: Mark, urgent: boolean, joined = false): void {
    this.entries.push({ bytes, mark, urgent, joined });
    this.byteCount += bytes.length;
    if (!urgent) return;
    this.urgentCount++;
    this.urgentLast = this.storedCount + this.length;
  }

  /** Takes the next group into flight: the record that reaches `bytesMax` is its last, with those joined to it. */
  take(bytesMax: number): readonly Uint8Array[] {
    let count = 0;
    for (let bytes = 0; count < this.entries.length; count++) {
      const { bytes: record, joined } = this.entries[count]!;
      if (bytes >= bytesMax && !joined) break;
      bytes += record.length;
    }
    this.inFlight = this.entries.splice(0, count);
    return this.group;
  }

  /** What is in flight is on stable storage. */
  storedAll(): void {
    for (const { bytes, mark, urgent } of this.inFlight) {
      this.byteCount -= bytes.length;
      if (urgent) this.urgentCount--;
      this.mark = mark;
    }
    this.storedCount += this.inFlight.length;
    this.inFlight = [];
    const ready = this.waiters.findIndex(({ upto }) => upto > this.storedCount);
    const settled = this.waiters.splice(0, ready < 0 ? this.waiters.length : ready);
    for (const { resolve } of settled) resolve();
  }

  /** What is in flight is not on stable storage: it comes first in the next group. */
  putBack(): void {
    this.entries = [...this.inFlight, ...this.entries];
    this.inFlight = [];
  }

  /**
   * Resolves when all that was added so far is on stable storage, but for what may wait for others and is behind all that may
   * not; rejects where it never will be.
   */
  whenStored(): Promise<void> {
    const upto = this.urgentLast;
    if (upto <= this.storedCount) return Promise.resolve();
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const stored = new Promise<void>((resolve, reject) => {
      this.waiters.push({ upto, resolve, reject });
    });
    // Whoever does not care is not to be told by way of an unhandled rejection.
    stored.catch(() => {});
    return stored;
  }

  /** Nothing more will be stored. */
  fail(error: SyncError): void {
    this.failure = error;
    for (const { reject } of this.waiters.splice(0)) reject(error);
  }
}
