interface Event {
  readonly atMs: number;
  /** Orders events of the same moment. */
  readonly order: number;
  readonly run: () => void;
}

/**
 * Simulated time: events happen one after the other at their moments. What an event sets off by promises is
 * finished before the next one begins, since nothing in a simulation waits for anything but events.
 */
export class Scheduler {
  nowMs = 1_700_000_000_000;
  private readonly heap: Event[] = [];
  private planned = 0;

  /** Happens after `delayMs`. */
  after(delayMs: number, run: () => void): void {
    const event = { atMs: this.nowMs + delayMs, order: this.planned++, run };
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  /** Takes the next event; false where none is left. */
  async step(): Promise<boolean> {
    const event = this.takeFirst();
    if (event === undefined) return false;
    this.nowMs = event.atMs;
    event.run();
    await settled();
    return true;
  }

  private takeFirst(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let child = left;
      if (left >= heap.length) break;
      if (right < heap.length && isBefore(heap[right]!, heap[left]!)) child = right;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

/**
 * Longer than any chain of promises that one event sets off. A turn of the event loop would do for any length, and costs
 * more than most events do.
 */
const chainLengthMax = 40;

/** Every promise that can be settled without another event is settled then. */
async function settled(): Promise<void> {
  for (let left = chainLengthMax; left > 0; left--) await undefined;
}
