/** Those who are told of something. What one of them throws is told apart, and the others are told all the same. */
export class Listeners<Arguments extends readonly unknown[]> {
  private readonly all = new Set<(...what: Arguments) => void>();
  private readonly onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.onError = onError;
  }

  /** Returns the way to stop it. */
  add(listener: (...what: Arguments) => void): () => void {
    this.all.add(listener);
    return () => this.all.delete(listener);
  }

  tell(...what: Arguments): void {
    for (const listener of this.all) {
      try {
        listener(...what);
      } catch (error) {
        this.onError(error);
      }
    }
  }
}
