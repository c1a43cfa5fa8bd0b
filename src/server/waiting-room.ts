import { Code, SyncError } from '../base/errors.ts';
import type { HeapRoom, Reservation } from './heap-room.ts';

/** Says that what had room is done with. */
export type Leave = () => void;

interface Waiter {
  readonly bytes: number;
  readonly enter: (leave: Leave) => void;
}

const retryDelayMs = 1_000;

/**
 * Room for what is pushed to a database and waits to be ordered, in bytes of the heap. Whoever comes over a stream is let in
 * in the order of arrival, and is not read meanwhile; a call is told to come again. What is larger than all of the room is
 * let in where the heap has room for it.
 */
export class WaitingRoom {
  private readonly bytesMax: number;
  private readonly heap: HeapRoom;
  private usedBytes = 0;
  private waiters: Waiter[] = [];

  constructor(bytesMax: number, heap: HeapRoom) {
    this.bytesMax = bytesMax;
    this.heap = heap;
  }

  /** Undefined where there is no room now. */
  tryEnter(bytes: number): Leave | undefined {
    return this.waiters.length === 0 && this.hasRoom(bytes) ? this.taken(bytes) : undefined;
  }

  /** RESOURCE_EXHAUSTED WAITING_FULL where there is no room now; HEAP_FULL where there can be none. */
  async enterNow(bytes: number): Promise<Leave> {
    if (bytes > this.bytesMax) return this.enterAlone(bytes);
    const leave = this.tryEnter(bytes);
    if (leave === undefined) throw waitingFull();
    return leave;
  }

  /** Waits for room. Never resolves where `closed` is aborted before. RESOURCE_EXHAUSTED HEAP_FULL where there can be none. */
  async enter(bytes: number, closed: AbortSignal): Promise<Leave> {
    if (bytes > this.bytesMax) return this.enterAlone(bytes);
    return new Promise((resolve) => {
      const goAway = () => {
        this.waiters = this.waiters.filter((each) => each !== waiter);
        this.admit();
      };
      const enter = (leave: Leave) => {
        closed.removeEventListener('abort', goAway);
        resolve(leave);
      };
      const waiter = { bytes, enter };
      this.waiters.push(waiter);
      closed.addEventListener('abort', goAway);
      this.admit();
    });
  }

  private async enterAlone(bytes: number): Promise<Leave> {
    const { release }: Reservation = await this.heap.reserve(bytes);
    return release;
  }

  private admit(): void {
    for (;;) {
      const [first] = this.waiters;
      if (first === undefined || !this.hasRoom(first.bytes)) return;
      this.waiters.shift();
      first.enter(this.taken(first.bytes));
    }
  }

  private hasRoom(bytes: number): boolean {
    return this.usedBytes + bytes <= this.bytesMax;
  }

  private taken(bytes: number): Leave {
    this.usedBytes += bytes;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.usedBytes -= bytes;
      this.admit();
    };
  }
}

function waitingFull(): SyncError {
  const message = 'too much waits to be ordered already: nothing of this was taken, send it again';
  return new SyncError(Code.resourceExhausted, 'WAITING_FULL', message, { retryDelayMs });
}
