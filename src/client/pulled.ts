/** One who takes values when he is ready for them. */
export interface Taker<T> {
  /** The next value; undefined where there is none yet. */
  take(): T | undefined;
  /** Nothing more will come. */
  readonly isOver: boolean;
  leave(): void;
}

/**
 * Values that somebody takes, one after the other: nothing is kept for him between. `attach` is called when he begins, with
 * what is to be called when there may be a value for him, or none any more.
 */
export function pulled<T>(attach: (wake: () => void) => Taker<T>): AsyncIterator<T, undefined> {
  let signal = Promise.withResolvers<void>();
  let taker: Taker<T> | undefined;
  let isLeft = false;
  const wake = () => {
    signal.resolve();
    signal = Promise.withResolvers();
  };
  const over = { done: true, value: undefined } as const;
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    while (!isLeft) {
      taker ??= attach(wake);
      const value = taker.take();
      if (value !== undefined) return { done: false, value };
      if (taker.isOver) return over;
      await signal.promise;
    }
    return over;
  };
  const end = async () => {
    isLeft = true;
    taker?.leave();
    wake();
    return over;
  };
  return { next, return: end };
}
