import type { Database } from './database.ts';
import type { Receiving } from './receiving.ts';
import type { Place } from './waiting-room.ts';

/** Something that is pushed, as it came. */
export interface Pushed {
  /** Of the message. */
  readonly bytes: number;
  /** What it takes once it is read. */
  readonly heapBytes: number;
}

/**
 * Waits until a database has room for what is pushed to it: it is to be read only then, and is to `leave` when it is ordered.
 * RESOURCE_EXHAUSTED WAITING_FULL where too much waits already, HEAP_FULL where there can be no room; CANCELLED where `left`,
 * asked for where it has to wait, is aborted before.
 */
export async function enter(
  receiving: Receiving,
  { waiting }: Pick<Database, 'waiting'>,
  { bytes, heapBytes }: Pushed,
  left: () => AbortSignal,
): Promise<Place> {
  const place = waiting.tryEnter(heapBytes);
  if (place !== undefined) return place;
  const release = receiving.keep(bytes);
  try {
    return await waiting.enter(heapBytes, left());
  } finally {
    release();
  }
}
