import type { Clock } from '../base/clock.ts';
import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { OrderingSteps } from '../replica/submission.ts';
import type { HeapRoom, Reservation } from './heap-room.ts';
import { nextTurn } from './in-turns.ts';

/** To ask for the time costs a little. */
const clockEvery = 16;

export interface CommitGroupOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly heap: HeapRoom;
}

/**
 * What goes to the log at once: the records of transactions that were ordered, up to a number, their bytes, the time that
 * ordering them holds everybody up, and the heap for the rows that they meet, which are read, and kept until the group is
 * durable. Little of the heap is taken without asking.
 */
export class CommitGroup {
  readonly records: Uint8Array[] = [];
  readonly nowMs: number;
  /** Of the records. */
  bytes = 0;
  private readonly options: CommitGroupOptions;
  private readonly reserved: Reservation[] = [];
  private begun = 0;
  private heapBytes = 0;

  constructor(options: CommitGroupOptions) {
    this.options = options;
    this.nowMs = options.clock.nowMs();
  }

  /** Whether no more is to be ordered for it. */
  isFull(): boolean {
    const { commitGroupMax, commitGroupBytesMax } = this.options.limits;
    return (
      this.records.length >= commitGroupMax ||
      this.bytes >= commitGroupBytesMax ||
      this.heapBytes > this.options.heap.unaskedBytes ||
      this.isLate()
    );
  }

  add(record: Uint8Array): void {
    this.records.push(record);
    this.bytes += record.length;
  }

  /** Begins to order something: its last step where it is done in this turn, as most are, or what it waits for. */
  begin<T>(steps: OrderingSteps<T>): IteratorResult<number | undefined, T> {
    this.begun++;
    const step = steps.next();
    return step.done !== true && step.value !== undefined && this.tryTake(step.value)
      ? steps.next()
      : step;
  }

  /**
   * Does the steps behind `begun`, each in a turn of its own, and takes what they ask for, beside the `room` that there is for
   * it already, if any. RESOURCE_EXHAUSTED HEAP_FULL, and what a step throws.
   */
  async rest<T>(
    steps: OrderingSteps<T>,
    begun: IteratorResult<number | undefined, T>,
    room?: Reservation,
  ): Promise<T> {
    let step = begun;
    while (step.done !== true) {
      const refusal = await this.refusalOf(step.value, room);
      step = refusal === undefined ? steps.next() : steps.throw(refusal);
    }
    return step.value;
  }

  /** The rows that were met are not held any more. */
  release(): void {
    for (const { release } of this.reserved) release();
  }

  private isLate(): boolean {
    const { clock, limits } = this.options;
    return (
      this.begun > 0 &&
      this.begun % clockEvery === 0 &&
      clock.nowMs() - this.nowMs >= limits.commitGroupMsMax
    );
  }

  private tryTake(bytes: number): boolean {
    if (this.heapBytes + bytes > this.options.heap.unaskedBytes) return false;
    this.heapBytes += bytes;
    return true;
  }

  /** Waits until there is what was asked for, or until the next turn. */
  private async refusalOf(
    asked: number | undefined,
    room: Reservation | undefined,
  ): Promise<SyncError | undefined> {
    if (asked === undefined) await nextTurn();
    if (asked === undefined || this.tryTake(asked)) return undefined;
    try {
      this.reserved.push(await this.options.heap.reserve(asked, room));
    } catch (error) {
      return error as SyncError;
    }
    this.heapBytes += asked;
    return undefined;
  }
}
