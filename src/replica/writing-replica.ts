import { nextStamp, type Stamp } from '../base/stamp.ts';
import type { Settled } from '../change/commit.ts';
import type { Transaction } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import { amendment, type Edit, withBase } from './amendment.ts';
import { onWhatIsSeen } from './on-what-is-seen.ts';
import { OwnChain, type SavedChain } from './own-chain.ts';
import { type ReplicaOptions, ShownRows } from './shown-rows.ts';

/** Rows that are shown, and one's own line of transactions, which goes on with each write. */
export class WritingReplica extends ShownRows {
  // A replica with a journal makes it of what was stored.
  protected chain: OwnChain;

  constructor(options: ReplicaOptions, saved?: SavedChain) {
    super(options);
    this.chain = new OwnChain(options.id, this.queue, saved);
  }

  /** Who writes here: the id that it was opened with, until that turns out to be another device's too. */
  get id(): string {
    return this.chain.id;
  }

  /** Counter of this replica's newest transaction; 0 where it never wrote. */
  get lastCounter(): number {
    return this.chain.counter;
  }

  /** Counter of the newest one that is settled, as far as this replica was told. */
  get lastSettled(): number {
    return this.chain.settled;
  }

  /**
   * Writes: queues a transaction of this replica and shows it at once. INVALID_ARGUMENT where a change is not
   * well formed: nothing is queued then. Each change's base is the checkpoint that this replica stands at, and whether
   * its copy has the row there; its stamp is past those of the tentative edits that it is made on, so it shows even
   * where their writer's clock is ahead.
   */
  write(changes: readonly Edit[], nowMs: number): Transaction {
    const { head } = this.committed;
    const stamp = nextStamp(nowMs, this.chain.stamp);
    const draft: Transaction = {
      replica: this.id,
      counter: this.lastCounter + 1,
      previousDigest: new Uint8Array(0),
      stamp,
      schemaVersion: this.options.schema.version,
      changes: changes.map((change) => withBase(change, head)),
    };
    const prepared = onWhatIsSeen(this.prepare(draft), this.committed, this.view);
    // What others have waiting keeps nobody from writing.
    this.take(prepared, 'writer');
    // Another's clock that runs ahead is not taken over: it would win this replica all its later conflicts.
    this.chain.wrote(draft.counter, stamp);
    return prepared.transaction;
  }

  /**
   * Writes an edit into an earlier one of its row that was never handed out, so that only one transaction is sent; see
   * `amendment`. Undefined where there is none such: nothing was written.
   */
  amend(edit: Edit, nowMs: number): Transaction | undefined {
    const { committed, queue, view, chain, options } = this;
    const stamp = nextStamp(nowMs, chain.stamp);
    const prepare = (transaction: Transaction) => this.prepare(transaction);
    const prepared = amendment(
      { limits: options.limits, committed, queue, view, chain, prepare },
      edit,
      stamp,
    );
    if (prepared === undefined) return undefined;
    this.takeAmended(prepared, stamp);
    return prepared.transaction;
  }

  protected takeAmended(prepared: PreparedTransaction, stamp: Stamp): void {
    this.hide(this.queue.of(this.id).slice(-1));
    this.view.add(this.queue.amend(prepared));
    this.chain.amended(stamp);
  }

  /** False where what is settled under this replica's id is not what it wrote: another device has it too. */
  agrees(settled: Settled): boolean {
    return this.chain.agrees(settled);
  }

  /** Fixes the bytes of this replica's own transactions: they are about to be handed out. */
  seal(): void {
    this.chain.seal();
  }
}
