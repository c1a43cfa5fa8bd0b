import { assert } from '../base/errors.ts';
import type { Log, LogSlice } from './log.ts';
import { logClosed, logStopped, outcomeUnknown } from './log-errors.ts';
import { packRecords, unpackRecords } from './record-pack.ts';
import type { StoreAnswer } from './sqlite-messages.ts';
import { type GoodAnswer, StoreThread, type ThreadHandle } from './store-thread.ts';

/**
 * A log that `serveStore` keeps on another thread. Resolves once the thread has opened it; fails as opening
 * there failed, when the thread has ended.
 */
export async function attachThreadLog(handle: ThreadHandle, path: string): Promise<Log> {
  const thread = new StoreThread(handle, path);
  try {
    return new ThreadLog(thread, expectKind(await thread.opened(), 'opened'));
  } catch (error) {
    await thread.ended;
    throw error;
  }
}

class ThreadLog implements Log {
  readonly id: Uint8Array;
  private readonly thread: StoreThread;
  private durableHead: number;
  private appending = false;
  private closing: Promise<void> | undefined;

  constructor(thread: StoreThread, opened: Extract<StoreAnswer, { kind: 'opened' }>) {
    this.thread = thread;
    this.id = opened.id;
    this.durableHead = opened.head;
  }

  get head(): number {
    return this.durableHead;
  }

  async append(expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    this.checkOpen();
    assert(!this.appending, 'one append may be under way at a time');
    const packed = packRecords(records);
    this.appending = true;
    try {
      const request = { kind: 'append', expectedHead, records: packed } as const;
      const answer = await this.thread.call(request, outcomeUnknown, packed);
      this.durableHead = expectKind(answer, 'appended').head;
      return this.durableHead;
    } finally {
      this.appending = false;
    }
  }

  read(after: number): AsyncIterable<LogSlice> {
    return this.slices(after, this.head);
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
    const slice = this.thread.call({ kind: 'read', after, upto }, logStopped).then((answer) => ({
      first: after + 1,
      records: unpackRecords(expectKind(answer, 'slice').records),
    }));
    // A reader who leaves early never hears how the slice ahead went, and need not.
    slice.catch(() => {});
    return slice;
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw logClosed();
  }
}

function expectKind<Kind extends GoodAnswer['kind']>(
  answer: GoodAnswer,
  kind: Kind,
): Extract<StoreAnswer, { kind: Kind }> {
  assert(answer.kind === kind, `the log's thread answered ${answer.kind}, not ${kind}`);
  return answer as Extract<StoreAnswer, { kind: Kind }>;
}
