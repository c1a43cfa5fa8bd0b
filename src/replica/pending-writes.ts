import type { Outcome } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import { decodeJournalRecord, type JournalRecord, type Opened } from './journal-record.ts';
import { type ParkedTransaction, refusedOf } from './parked-transaction.ts';
import { Refusals } from './refusals.ts';

interface Waiting {
  /** Under the id that the replica has by now. */
  readonly counter: number;
  readonly transaction: Transaction;
  /** It was settled, and how could not be read. */
  readonly isUnclear?: true;
}

/** Records of the committed rows, with which a journal begins that is written anew. */
const copyKinds: ReadonlySet<JournalRecord['kind']> = new Set(['opened', 'copy', 'rows', 'staged']);

/**
 * A replica's own transactions that wait or were refused, out of its journal alone: needs no schema, no rows, and no record
 * that another depends on, so it can be read where the journal is damaged. What a missing record had settled counts as
 * waiting.
 */
export class PendingWrites {
  /** Whose journal it is, where that could be read. */
  opened: Opened | undefined;
  /** False for a journal that was begun to take the place of another, and has none of the transactions yet. */
  isWhole = false;
  private id = '';
  private waiting: Waiting[] = [];
  private refused: readonly ParkedTransaction[] = [];
  /** What the home had settled: it may turn out to have lost it. */
  private kept: Waiting[] = [];
  private readonly refusals = new Refusals();
  /** Since the last checkpoint: what it settles may have been refused. */
  private isGap = false;

  /** In order, each under the id and the counter that it was given first. */
  get pending(): readonly Transaction[] {
    return this.waiting.map(({ transaction }) => transaction);
  }

  /** Those that the home refused, each with what was said of it. */
  get parked(): readonly ParkedTransaction[] {
    return this.refused;
  }

  /** DATA_LOSS MALFORMED_BYTES where the record does not parse. */
  apply(bytes: Uint8Array): void {
    const record = decodeJournalRecord(bytes);
    this.take(record);
    if (!copyKinds.has(record.kind)) this.isWhole = true;
  }

  /** A record cannot be read here. */
  skip(): void {
    this.isGap = true;
  }

  private take(record: JournalRecord): void {
    if (record.kind === 'opened') this.open(record.opened);
    else if (record.kind === 'writer') this.id = record.writer.id;
    else if (record.kind === 'write') this.add(record.transaction);
    else if (record.kind === 'queued' && record.transaction.replica === this.id) {
      this.add(record.transaction);
    } else if (record.kind === 'kept') this.keep(record.transaction);
    else if (record.kind === 'reopen') this.reopen(record.position.counter);
    else if (record.kind === 'parked') this.park([record]);
    else if (record.kind === 'identity') this.move(record.replica, record.outcomes);
    else if (record.kind === 'stage' || record.kind === 'rows' || record.kind === 'staged') {
      this.refusals.take(record.deltas);
    } else if (record.kind === 'restart' || record.kind === 'forked') this.refusals.clear();
    else if (record.kind === 'checkpoint' && record.proven) {
      this.settle(record.checkpoint.settled.get(this.id)?.counter ?? 0);
    }
  }

  private open(opened: Opened): void {
    if (this.opened === undefined) this.id = opened.replica;
    this.opened = opened;
  }

  private add(transaction: Transaction): void {
    this.waiting.push({ counter: transaction.counter, transaction });
  }

  private park(refused: readonly ParkedTransaction[]): void {
    this.refused = [...this.refused, ...refused];
  }

  /** It goes on under another id, from counter 1, with all but those whose outcomes are told. */
  private move(id: string, outcomes: readonly Outcome[]): void {
    this.id = id;
    this.kept = [];
    const unclear = this.waiting.filter(({ isUnclear }) => isUnclear);
    const queued = this.waiting.filter(({ isUnclear }) => !isUnclear);
    this.park(refusedOf(queued.slice(0, outcomes.length), outcomes));
    const moved = queued.slice(outcomes.length);
    this.waiting = [
      // Of no counter of this id.
      ...unclear.map((waiting) => ({ ...waiting, counter: 0 })),
      ...moved.map(({ transaction }, index) => ({ counter: index + 1, transaction })),
    ];
  }

  private settle(counter: number): void {
    const settled = this.waiting.filter((waiting) => waiting.counter <= counter);
    const rest = this.waiting.filter((waiting) => waiting.counter > counter);
    const unclear: Waiting[] = [];
    for (const waiting of settled) {
      const outcome = this.refusals.of(this.id, waiting.counter);
      const isClear = outcome !== undefined || !(this.isGap || waiting.isUnclear);
      if (isClear) this.kept.push(waiting);
      else unclear.push({ ...waiting, isUnclear: true });
      if (outcome !== undefined) this.park([{ transaction: waiting.transaction, outcome }]);
    }
    this.waiting = [...unclear, ...rest];
    this.isGap = false;
  }

  private keep(transaction: Transaction): void {
    this.kept.push({ counter: transaction.counter, transaction });
  }

  /** The home has settled no more than that. */
  private reopen(counter: number): void {
    this.waiting.unshift(...this.kept.filter((kept) => kept.counter > counter));
    this.kept = this.kept.filter((kept) => kept.counter <= counter);
    this.refused = this.refused.filter(
      ({ outcome }) => outcome.replica !== this.id || outcome.counter <= counter,
    );
  }
}
