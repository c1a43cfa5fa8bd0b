import type { Outcome } from '../change/commit.ts';
import { callSafely } from './call-safely.ts';
import type { WrittenTransaction } from './written-transaction.ts';

/** What is counted. Bytes are those of messages, without the transport's own. */
export type ClientCounter =
  | 'connections'
  | 'connection_failures'
  | 'deltas_unreadable'
  | 'bytes_sent'
  | 'bytes_received'
  | 'transactions_sent'
  | 'transactions_committed'
  | 'transactions_refused'
  | 'conflicts';

/** What is timed: from a greeting to the first checkpoint, and from an edit to its outcome. */
export type ClientDuration = 'catch_up_ms' | 'commit_ms';

/** Where a client counts what it does: the instruments of a metrics library, as a rule. */
export interface ClientMetrics {
  add(name: ClientCounter, value: number): void;
  record(name: ClientDuration, ms: number): void;
}

/** Counts for whoever wants that. */
export class Measured {
  private readonly metrics: ClientMetrics | undefined;
  private readonly nowMs: () => number;
  private greetedAtMs: number | undefined;

  constructor(metrics: ClientMetrics | undefined, nowMs: () => number) {
    this.metrics = metrics;
    this.nowMs = nowMs;
  }

  add(name: ClientCounter, value = 1): void {
    const { metrics } = this;
    if (metrics !== undefined && value > 0) callSafely(() => metrics.add(name, value));
  }

  greeted(): void {
    this.greetedAtMs = this.nowMs();
    this.add('connections');
  }

  checkpoint(): void {
    if (this.greetedAtMs !== undefined) this.record('catch_up_ms', this.greetedAtMs);
    this.greetedAtMs = undefined;
  }

  settled(written: WrittenTransaction, { status, conflicts }: Outcome): void {
    if (status === 'committed') this.add('transactions_committed');
    if (status === 'refused') this.add('transactions_refused');
    this.add('conflicts', conflicts);
    this.record('commit_ms', written.writtenAtMs);
  }

  private record(name: ClientDuration, sinceMs: number): void {
    const { metrics } = this;
    // A clock may be set back.
    const ms = Math.max(0, this.nowMs() - sinceMs);
    if (metrics !== undefined) callSafely(() => metrics.record(name, ms));
  }
}
