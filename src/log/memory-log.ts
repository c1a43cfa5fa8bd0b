import { assert } from '../base/errors.ts';
import { type Log, type LogSlice, sliceBytesMax, sliceRecordsMax } from './log.ts';
import { headMoved, logClosed, logStopped, logTrimmed } from './log-errors.ts';

/** What a log in memory has: whoever keeps it can open the log again, once its handle is closed. */
export interface MemoryRecords {
  readonly records: Uint8Array[];
  /** Position before the first of `records`. */
  trimmed: number;
}

export interface MemoryLogOptions {
  /** 16 bytes: who makes the log brings the randomness. */
  readonly id: Uint8Array;
  /** What the log holds at the start; nothing by default. Copied. */
  readonly records?: readonly Uint8Array[];
  /** Position before the first of `records`; 0 by default. */
  readonly trimmed?: number;
  /** Where it has its records, and finds those of the handle before, in the place of `records` and `trimmed`. */
  readonly kept?: MemoryRecords;
  /** The epoch of the log; 0 by default. */
  readonly epoch?: number;
  /**
   * Waited for between the call of `append` and the moment when its records count as durable. Where it rejects,
   * the append fails with its error, nothing is appended, and the log takes no further append.
   */
  readonly delay?: () => Promise<void>;
}

/** A log that is gone with the process: for tests, and for databases and clients that live in memory. */
export function createMemoryLog(options: MemoryLogOptions): Log {
  return new MemoryLog(options);
}

class MemoryLog implements Log {
  readonly id: Uint8Array;
  readonly epoch: number;
  private readonly kept: MemoryRecords;
  private readonly delay: (() => Promise<void>) | undefined;
  private underWay: Promise<unknown> | undefined;
  private stopped = false;
  private closed = false;

  constructor({ id, records = [], trimmed = 0, kept, epoch = 0, delay }: MemoryLogOptions) {
    this.id = id.slice();
    this.kept = kept ?? { records: records.map(copyOf), trimmed };
    this.epoch = epoch;
    this.delay = delay;
  }

  get head(): number {
    return this.kept.trimmed + this.kept.records.length;
  }

  get trimmed(): number {
    return this.kept.trimmed;
  }

  async append(expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    if (this.closed) throw logClosed();
    if (this.stopped) throw logStopped('memory');
    assert(this.underWay === undefined, 'one append may be under way at a time');
    if (this.head !== expectedHead) throw headMoved(expectedHead, this.head);
    const copies = records.map(copyOf);
    await this.durable();
    for (const copy of copies) this.kept.records.push(copy);
    return this.head;
  }

  read(after: number): AsyncIterable<LogSlice> {
    return this.slices(after, this.head);
  }

  async trim(upto: number): Promise<void> {
    if (this.closed) throw logClosed();
    assert(upto <= this.head, 'what is not there cannot be trimmed');
    const { kept } = this;
    kept.records.splice(0, Math.max(0, upto - kept.trimmed));
    kept.trimmed = Math.max(kept.trimmed, upto);
  }

  async close(): Promise<void> {
    this.closed = true;
    // How the append went is its own caller's to hear.
    await this.underWay?.catch(() => {});
  }

  private async durable(): Promise<void> {
    this.underWay = this.delay?.() ?? Promise.resolve();
    try {
      await this.underWay;
    } catch (error) {
      this.stopped = true;
      throw error;
    } finally {
      this.underWay = undefined;
    }
  }

  private async *slices(after: number, upto: number): AsyncGenerator<LogSlice> {
    for (let position = after; position < upto; ) {
      if (this.closed) throw logClosed();
      if (position < this.trimmed) throw logTrimmed(position, this.trimmed);
      const records: Uint8Array[] = [];
      for (let bytes = 0; position < upto; position++) {
        if (records.length === sliceRecordsMax || bytes >= sliceBytesMax) break;
        const record = copyOf(this.kept.records[position - this.trimmed]!);
        records.push(record);
        bytes += record.length;
      }
      yield { first: position - records.length + 1, records };
    }
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
