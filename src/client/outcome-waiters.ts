import type { Outcome } from '../change/commit.ts';

/** Those who wait for what becomes of a client's transactions, by counter under its present id. */
export class OutcomeWaiters {
  private waiting = new Map<number, (outcome: Outcome) => void>();

  /** Resolves when the transaction is settled. */
  add(counter: number): Promise<Outcome> {
    return new Promise((resolve) => this.waiting.set(counter, resolve));
  }

  settle(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      this.waiting.get(outcome.counter)?.(outcome);
      this.waiting.delete(outcome.counter);
    }
  }

  /** What waits goes on under another id, with counters that are less by so much. */
  renumber(step: number): void {
    this.waiting = new Map([...this.waiting].map(([counter, told]) => [counter - step, told]));
  }
}
