import { callSafely } from './call-safely.ts';
import { pulled } from './pulled.ts';

/** A value that changes: as it is now, as an event, and as an iterable. */
export class Signal<T> {
  private current: T;
  private version = 0;
  private over = false;
  private readonly listeners = new Set<(value: T) => void>();
  private readonly wakes = new Set<() => void>();

  constructor(value: T) {
    this.current = value;
  }

  get value(): T {
    return this.current;
  }

  /** It is another now: listeners are told at once. */
  set(value: T): void {
    if (this.over) return;
    this.current = value;
    const version = ++this.version;
    for (const listener of [...this.listeners]) {
      // One that was told before may have set another, of which all know by now, or have stopped this one.
      if (version !== this.version) return;
      if (this.listeners.has(listener)) callSafely(() => listener(value));
    }
    for (const wake of this.wakes) wake();
  }

  /** Calls back with each new value until the returned function is called. */
  on(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The value now, and then whenever it has changed since it was taken last: the newest one, not every one between. */
  follow(): AsyncIterable<T> {
    return { [Symbol.asyncIterator]: () => pulled((wake) => this.attach(wake)) };
  }

  /** It changes no more, and those who follow it come to an end. */
  close(): void {
    this.over = true;
    this.listeners.clear();
    for (const wake of this.wakes) wake();
  }

  private attach(wake: () => void) {
    const signal = this;
    let seen = -1;
    this.wakes.add(wake);
    return {
      take: () => {
        if (seen === signal.version) return undefined;
        seen = signal.version;
        return signal.current;
      },
      get isOver() {
        return signal.over;
      },
      leave: () => void signal.wakes.delete(wake),
    };
  }
}
