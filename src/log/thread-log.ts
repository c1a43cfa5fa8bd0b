import { assert } from '../base/errors.ts';
import type { Log, LogSlice } from './log.ts';
import { cannotOpen, logClosed, logStopped, outcomeUnknown } from './log-errors.ts';
import { packRecords, unpackRecords } from './record-pack.ts';
import type { LogAnswer, LogRequest } from './store-messages.ts';
import { StoreThread, type ThreadHandle } from './store-thread.ts';

type LogThread = StoreThread<LogRequest, LogAnswer>;

/**
 * A log that `serveStore` keeps on another thread. Resolves once the thread has opened it; fails as opening
 * there failed, when the thread has ended.
 */
export async function attachThreadLog(handle: ThreadHandle<LogAnswer>, path: string): Promise<Log> {
  const thread: LogThread = new StoreThread(handle, path, { cannotOpen, stopped: logStopped });
  return new ThreadLog(thread, await thread.opened());
}

class ThreadLog implements Log {
  readonly id: Uint8Array;
  readonly epoch: number;
  private readonly thread: LogThread;
  private durableHead: number;
  private trimmedUpto: number;
  private appending = false;
  private closing: Promise<void> | undefined;

  constructor(thread: LogThread, opened: Extract<LogAnswer, { kind: 'opened' }>) {
    this.thread = thread;
    this.id = opened.id;
    this.epoch = opened.epoch;
    this.durableHead = opened.head;
    this.trimmedUpto = opened.trimmed;
  }

  get head(): number {
    return this.durableHead;
  }

  get trimmed(): number {
    return this.trimmedUpto;
  }

  async append(expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    this.checkOpen();
    assert(!this.appending, 'one append may be under way at a time');
    const packed = packRecords(records);
    this.appending = true;
    try {
      const request = { kind: 'append', expectedHead, records: packed } as const;
      const { head } = await this.thread.call(request, 'appended', outcomeUnknown, packed);
      this.durableHead = head;
      return head;
    } finally {
      this.appending = false;
    }
  }

  read(after: number): AsyncIterable<LogSlice> {
    return this.slices(after, this.head);
  }

  /** Asks for one slice at a time, so that an append waits for one of them at most. */
  async trim(upto: number): Promise<void> {
    assert(upto <= this.head, 'what is not there cannot be trimmed');
    do {
      this.checkOpen();
      const { trimmed } = await this.thread.call({ kind: 'trim', upto }, 'trimmed');
      this.trimmedUpto = Math.max(this.trimmedUpto, trimmed);
    } while (this.trimmedUpto < upto);
  }

  close(): Promise<void> {
    this.closing ??= this.thread.end();
    return this.closing;
  }

  /**
   * Asks for one slice at a time: an append that comes meanwhile waits for that slice and not for the rest. The
   * thread reads the next slice while the caller is busy with this one.
   */
  private async *slices(after: number, upto: number): AsyncGenerator<LogSlice> {
    let position = after;
    let asked: Promise<LogSlice> | undefined;
    while (position < upto) {
      this.checkOpen();
      const slice = await (asked ?? this.slice(position, upto));
      position += slice.records.length;
      asked = position < upto ? this.slice(position, upto) : undefined;
      yield slice;
    }
  }

  private slice(after: number, upto: number): Promise<LogSlice> {
    const slice = this.thread.call({ kind: 'read', after, upto }, 'slice').then(({ records }) => ({
      first: after + 1,
      records: unpackRecords(records),
    }));
    // A reader who leaves early never hears how the slice ahead went, and need not.
    slice.catch(() => {});
    return slice;
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw logClosed();
  }
}
