import { Code, SyncError } from '../base/errors.ts';

/** A heap that ends the process where it is full. */
export interface Heap {
  readonly limitBytes: number;
  /** What is held, with what nobody holds any more and is not collected yet. */
  usedBytes(): number;
  /** Collects that, where it has not just been done. */
  collect(): Promise<void>;
}

/** Room that somebody has. */
export interface Reservation {
  /** Takes more, or throws as `reserve` does; what was there before may be in use by then. */
  grow(bytes: number): Promise<void>;
  release(): void;
}

/** Near its limit a heap is collected without end: so much of it is used. */
const usableShare = 0.9;

/** When the same may have room, in milliseconds. */
const retryDelayMs = 30_000;

/** Room on the heap for work that takes much of it: before that begins, so that the process need not end for it. */
export class HeapRoom {
  private readonly heap: Heap;
  private reservedBytes = 0;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Waits until garbage is collected where there seems to be no room. RESOURCE_EXHAUSTED HEAP_FULL where there is none. */
  async reserve(bytes: number): Promise<Reservation> {
    let own = 0;
    const grow = async (more: number) => {
      // What it has itself is in use by now; what others have may not be yet.
      const others = () => this.reservedBytes - own;
      if (!(await this.hasRoom(() => others() + more))) throw this.full(own + more);
      own += more;
      this.reservedBytes += more;
    };
    await grow(bytes);
    return {
      grow,
      release: () => {
        this.reservedBytes -= own;
        own = 0;
      },
    };
  }

  private async hasRoom(bytes: () => number): Promise<boolean> {
    const usable = this.heap.limitBytes * usableShare;
    if (this.heap.usedBytes() + bytes() <= usable) return true;
    if (bytes() > usable) return false;
    await this.heap.collect();
    return this.heap.usedBytes() + bytes() <= usable;
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
