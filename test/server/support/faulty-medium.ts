import { SyncError } from '../../../src/base/errors.ts';
import type { Log, LogSlice } from '../../../src/log/log.ts';
import { diskFull, logStopped, outcomeUnknown } from '../../../src/log/log-errors.ts';
import { createMemoryLog } from '../../../src/log/memory-log.ts';

/**
 * What becomes of one append: all is well; the error comes before anything is written, after all of it, or after its
 * first record, as no log should; the disk is full, and the handle as good as before.
 */
export type AppendFate = 'written' | 'lost' | 'kept' | 'cut' | 'full';

/** What becomes of one attempt to open the log: all is well; it cannot be opened; reading it fails. */
export type OpenFate = 'opened' | 'unreadable' | SyncError;

const path = '/the/log';

/** A log's medium that outlives its handles, and fails as it is told to. */
export class FaultyMedium {
  id = new Uint8Array(16).fill(3);
  records: Uint8Array[] = [];
  /** Of the next appends; after them all is well. */
  readonly appendFates: AppendFate[] = [];
  /** Of the next attempts to open it; after them all is well. */
  readonly openFates: OpenFate[] = [];
  /** Called before each append and each attempt to open it settles. */
  before: (what: 'append' | 'open') => void | Promise<void> = () => {};
  /** Handles that are open now. */
  openHandles = 0;
  appendCount = 0;
  openCount = 0;

  async open(): Promise<Log> {
    this.openCount++;
    const fate = this.openFates.shift() ?? 'opened';
    await this.before('open');
    if (fate instanceof SyncError) throw fate;
    this.openHandles++;
    return this.handle(fate);
  }

  private handle(fate: OpenFate): Log {
    let { length: head } = this.records;
    let stopped = false;
    let closed = false;
    return {
      id: this.id,
      trimmed: 0,
      epoch: 0,
      trim: async () => {},
      get head() {
        return head;
      },
      append: async (_expected, records) => {
        if (stopped) throw logStopped(path);
        const appended = this.appendFates.shift() ?? 'written';
        this.appendCount++;
        await this.before('append');
        if (appended === 'full') throw diskFull(path, undefined);
        stopped = appended !== 'written';
        const kept = { written: records.length, kept: records.length, cut: 1, lost: 0 }[appended];
        this.records.push(...records.slice(0, kept).map((record) => record.slice()));
        // Where it fails too, as a handle may that counts what it has written.
        head = this.records.length;
        if (stopped) throw outcomeUnknown(path);
        return head;
      },
      read: (after) => (fate === 'unreadable' ? unreadable() : this.copy().read(after)),
      close: async () => {
        if (!closed) this.openHandles--;
        closed = true;
      },
    };
  }

  private copy(): Log {
    return createMemoryLog({ id: this.id, records: this.records });
  }
}

// biome-ignore lint/correctness/useYield: it fails before the first slice.
async function* unreadable(): AsyncGenerator<LogSlice> {
  throw logStopped(path);
}

/** Time that goes on only when it is told to. */
export class ManualTimer {
  private nowMs = 0;
  private planned: { readonly atMs: number; readonly run: () => void }[] = [];
  /** Every delay that was asked for. */
  readonly delaysMs: number[] = [];

  readonly timer = (delayMs: number, run: () => void): (() => void) => {
    const event = { atMs: this.nowMs + delayMs, run };
    this.delaysMs.push(delayMs);
    this.planned.push(event);
    return () => {
      this.planned = this.planned.filter((other) => other !== event);
    };
  };

  get plannedCount(): number {
    return this.planned.length;
  }

  /** Lets so much time pass, and all happen that falls into it. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await settled();
      const due = this.planned.filter(({ atMs }) => atMs <= endMs);
      due.sort((left, right) => left.atMs - right.atMs);
      const [next] = due;
      if (next === undefined) break;
      this.nowMs = next.atMs;
      this.planned = this.planned.filter((event) => event !== next);
      next.run();
    }
    this.nowMs = endMs;
  }
}

/** Lets everything run that needs no time. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
