import type { SyncError } from '../base/errors.ts';

interface Waiter {
  readonly probe: number;
  readonly resolve: () => void;
  readonly reject: (error: SyncError) => void;
}

/** Those who wait until a client is in step with its server. */
export class SyncWaiters {
  private waiters: Waiter[] = [];

  /** Resolves when the probe of that number is answered; see `ClientSession.probe`. */
  add(probe: number): Promise<void> {
    return new Promise((resolve, reject) => this.waiters.push({ probe, resolve, reject }));
  }

  /** All probes up to this one are answered. */
  answered(probe: number): void {
    const isAnswered = (waiter: Waiter) => waiter.probe <= probe;
    const answered = this.waiters.filter(isAnswered);
    this.waiters = this.waiters.filter((waiter) => !isAnswered(waiter));
    for (const { resolve } of answered) resolve();
  }

  fail(error: SyncError): void {
    const { waiters } = this;
    this.waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
