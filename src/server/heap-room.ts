import { Code, SyncError } from '../base/errors.ts';

/** A heap that ends the process where it is full. */
export interface Heap {
  /** What can live on it. */
  readonly limitBytes: number;
  /** What is held, with what nobody holds any more and is not collected yet. */
  usedBytes(): number;
  /** Collects that, where it has not just been done. */
  collect(): Promise<void>;
}

/** Room that somebody has. */
export interface Reservation {
  /** None once it is released. */
  readonly bytes: number;
  release(): void;
}

/** A part of the heap that is never given to anybody else. */
export interface HeapShare {
  readonly bytesMax: number;
  release(): void;
}

/** Near its limit a heap is collected without end: so much of it is used. */
const usableShare = 0.9;

/** Of the heap, for what all databases together have on its way to be ordered. */
const waitingShare = 1 / 8;

/** Of the heap, for what is known of messages that are not read yet, whose bytes lie beside it. */
const receivingShare = 1 / 8;

/** Of the heap, for what is taken without asking. */
const unaskedShare = 1 / 64;

/** When the same may have room, in milliseconds. */
const retryDelayMs = 30_000;

/**
 * The heap of a process, and who may take of it: what is on its way to be ordered has a share that stays free for it, and
 * work that takes much gets what is left before it begins, so that the process need not end for it. What databases hold has
 * its own measure (`HeapGauge`), since that stays.
 */
export class HeapRoom {
  private readonly heap: Heap;
  private reservedBytes = 0;
  private collecting: Promise<void> | undefined;
  /** What each that shares `waitingShare` could use. */
  private readonly waiting = new Set<{ readonly bytes: number }>();

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** As much as may have come of messages that are not read yet. */
  get receivingBytesMax(): number {
    return this.heap.limitBytes * receivingShare;
  }

  /** So much is always free, and may be taken without asking. */
  get unaskedBytes(): number {
    return this.heap.limitBytes * unaskedShare;
  }

  /**
   * What one database may have on its way to be ordered: an equal part for each, so that none waits for another, and no more
   * than the `bytes` that it can use.
   */
  shareWaiting(bytes: number): HeapShare {
    const own = { bytes };
    this.waiting.add(own);
    const room = this;
    return {
      get bytesMax() {
        return Math.min(bytes, room.waitingBytesEach);
      },
      release: () => this.waiting.delete(own),
    };
  }

  /**
   * Waits until garbage is collected where there seems to be no room. What is reserved `within` another reservation is for more
   * of the same: what that one is for is in use by now, which may not be so of others. RESOURCE_EXHAUSTED HEAP_FULL where there
   * is no room.
   */
  async reserve(bytes: number, within?: Reservation): Promise<Reservation> {
    const needed = () => this.reservedBytes - (within?.bytes ?? 0) + bytes;
    if (!this.hasRoom(needed())) {
      if (needed() <= this.usableBytes) await this.collect();
      if (!this.hasRoom(needed())) throw this.full(bytes + (within?.bytes ?? 0));
    }
    // In the turn in which there was room: whoever asks next finds it taken.
    this.reservedBytes += bytes;
    const reservation = {
      bytes,
      release: () => {
        this.reservedBytes -= reservation.bytes;
        reservation.bytes = 0;
      },
    };
    return reservation;
  }

  /** Whoever asks while garbage is being collected waits for that too. */
  private collect(): Promise<void> {
    const over = () => {
      this.collecting = undefined;
    };
    // Where it cannot be collected there is no room.
    this.collecting ??= this.heap.collect().then(over, over);
    return this.collecting;
  }

  private hasRoom(bytes: number): boolean {
    return this.heap.usedBytes() + bytes <= this.usableBytes;
  }

  private get usableBytes(): number {
    const each = this.waitingBytesEach;
    let waiting = 0;
    for (const { bytes } of this.waiting) waiting += Math.min(bytes, each);
    return this.heap.limitBytes * usableShare - waiting;
  }

  private get waitingBytesEach(): number {
    return (this.heap.limitBytes * waitingShare) / Math.max(1, this.waiting.size);
  }

  private full(neededBytes: number): SyncError {
    const message =
      'the server has not enough heap for a transaction of this size: send it as several, or start the server with more (node --max-old-space-size)';
    return new SyncError(Code.resourceExhausted, 'HEAP_FULL', message, {
      metadata: {
        needed_bytes: String(neededBytes),
        heap_bytes_max: String(this.heap.limitBytes),
      },
      retryDelayMs,
    });
  }
}
