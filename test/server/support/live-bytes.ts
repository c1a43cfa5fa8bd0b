import { Session } from 'node:inspector/promises';

/** Bytes that are alive in this process, on the heap and beside it. */
export async function liveBytes(): Promise<number> {
  const session = new Session();
  session.connect();
  // What was only let go of by a finalizer is collected with the next one.
  for (let round = 0; round < 2; round++) {
    await session.post('HeapProfiler.collectGarbage');
    await new Promise((resolve) => setImmediate(resolve));
  }
  session.disconnect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
