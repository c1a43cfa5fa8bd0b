/** A text or bytes as they come, in pieces. */
export async function* chunksOf<T>(...pieces: readonly T[]): AsyncGenerator<T> {
  yield* pieces;
}

/** All that comes. */
export async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
