/** Something that can be made again of the state, which takes time. */
export interface Cache {
  readonly memoryBytes: number;
  /** Lets go of what it can be without for now. It may come back. */
  shrink(): void;
}

/** What is kept beside a state to be faster: the first to go where memory is short. */
export class Caches {
  private readonly caches = new Set<Cache>();

  get memoryBytes(): number {
    let sum = 0;
    for (const { memoryBytes } of this.caches) sum += memoryBytes;
    return sum;
  }

  /** Returns the way to take it out again. */
  add(cache: Cache): () => void {
    this.caches.add(cache);
    return () => this.caches.delete(cache);
  }

  shrink(): void {
    for (const cache of this.caches) cache.shrink();
  }
}
