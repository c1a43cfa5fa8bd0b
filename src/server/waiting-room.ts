import { Code, SyncError } from '../base/errors.ts';
import type { HeapRoom, HeapShare, Reservation } from './heap-room.ts';

/** Somebody's place in the room. */
export interface Place {
  /** What it has of the heap beside the room, where it is in alone. */
  readonly room: Reservation | undefined;
  /** Says that what had the place is done with. */
  leave(): void;
}

interface Waiter {
  readonly bytes: number;
  readonly resolve: (place: Place | Promise<Place>) => void;
}

/**
 * Room for what is pushed to a database, from when it is read until it is ordered, in bytes of the heap. Whoever comes,
 * over a stream or with a call, is let in in the order of arrival, and is not read before. What is larger than all of the
 * room is let in alone, where the heap has room for it.
 */
export class WaitingRoom {
  private readonly share: HeapShare;
  private readonly heap: HeapRoom;
  private usedBytes = 0;
  private waiters: Waiter[] = [];
  /** Whoever is the first asks the heap for more than the room has. */
  private isAsking = false;

  constructor(bytesMax: number, heap: HeapRoom) {
    this.share = heap.shareWaiting(bytesMax);
    this.heap = heap;
  }

  /** How many wait. */
  get waiterCount(): number {
    return this.waiters.length;
  }

  /** Undefined where there is no room now, or others came before. */
  tryEnter(bytes: number): Place | undefined {
    return !this.isAsking && this.waiters.length === 0 && this.hasRoom(bytes)
      ? this.taken(bytes)
      : undefined;
  }

  /** Waits for room. RESOURCE_EXHAUSTED HEAP_FULL where there can be none, CANCELLED CALL_OVER where `left` is aborted before. */
  enter(bytes: number, left: AbortSignal): Promise<Place> {
    const { promise, resolve, reject } = Promise.withResolvers<Place>();
    const waiter = { bytes, resolve };
    const goAway = () => {
      if (!this.waiters.includes(waiter)) return;
      this.waiters = this.waiters.filter((each) => each !== waiter);
      reject(callOver());
      this.admit();
    };
    this.waiters.push(waiter);
    left.addEventListener('abort', goAway);
    if (left.aborted) goAway();
    this.admit();
    return promise.finally(() => left.removeEventListener('abort', goAway));
  }

  /** There is no such room any more; others have its share. */
  close(): void {
    this.share.release();
  }

  private admit(): void {
    while (!this.isAsking) {
      const [first] = this.waiters;
      if (first === undefined) return;
      const { bytes, resolve } = first;
      const isLarge = bytes > this.share.bytesMax;
      if (isLarge ? this.usedBytes > 0 : !this.hasRoom(bytes)) return;
      this.waiters.shift();
      resolve(isLarge ? this.takenAlone(bytes) : this.taken(bytes));
    }
  }

  private hasRoom(bytes: number): boolean {
    return this.usedBytes + bytes <= this.share.bytesMax;
  }

  private async takenAlone(bytes: number): Promise<Place> {
    this.isAsking = true;
    try {
      return this.taken(bytes, await this.heap.reserve(bytes));
    } finally {
      this.isAsking = false;
      this.admit();
    }
  }

  private taken(bytes: number, room?: Reservation): Place {
    this.usedBytes += bytes;
    let isIn = true;
    const leave = () => {
      if (!isIn) return;
      isIn = false;
      room?.release();
      this.usedBytes -= bytes;
      this.admit();
    };
    return { room, leave };
  }
}

/** CANCELLED CALL_OVER: nobody is told any more. */
function callOver(): SyncError {
  return new SyncError(Code.cancelled, 'CALL_OVER', 'the call is over');
}
