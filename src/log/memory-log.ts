import { assert } from '../base/errors.ts';
import { type Log, type LogSlice, sliceBytesMax, sliceRecordsMax } from './log.ts';
import { headMoved, logClosed, logStopped } from './log-errors.ts';

export interface MemoryLogOptions {
  /** 16 bytes: who makes the log brings the randomness. */
  readonly id: Uint8Array;
  /** What the log holds at the start; nothing by default. Copied. */
  readonly records?: readonly Uint8Array[];
  /**
   * Waited for between the call of `append` and the moment when its records count as durable. Where it rejects,
   * the append fails with its error, nothing is appended, and the log takes no further append.
   */
  readonly delay?: () => Promise<void>;
}

/** A log that is gone with the process: for tests, and for databases that live in memory. */
export function createMemoryLog(options: MemoryLogOptions): Log {
  return new MemoryLog(options);
}

class MemoryLog implements Log {
  readonly id: Uint8Array;
  private readonly records: Uint8Array[];
  private readonly delay: (() => Promise<void>) | undefined;
  private underWay: Promise<unknown> | undefined;
  private stopped = false;
  private closed = false;

  constructor({ id, records = [], delay }: MemoryLogOptions) {
    this.id = id.slice();
    this.records = records.map(copyOf);
    this.delay = delay;
  }

  get head(): number {
    return this.records.length;
  }

  async append(expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    if (this.closed) throw logClosed();
    if (this.stopped) throw logStopped('memory');
    assert(this.underWay === undefined, 'one append may be under way at a time');
    if (this.head !== expectedHead) throw headMoved(expectedHead, this.head);
    const copies = records.map(copyOf);
    await this.durable();
    for (const copy of copies) this.records.push(copy);
    return this.head;
  }

  read(after: number): AsyncIterable<LogSlice> {
    return this.slices(after, this.head);
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
      const records: Uint8Array[] = [];
      for (let bytes = 0; position < upto; position++) {
        if (records.length === sliceRecordsMax || bytes >= sliceBytesMax) break;
        const record = copyOf(this.records[position]!);
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
