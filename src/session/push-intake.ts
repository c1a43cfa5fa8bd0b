import { invalidField } from '../base/errors.ts';
import type { Transaction } from '../change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../merge/prepared.ts';
import type { PartResult, Push, TransactionPart } from './messages.ts';
import { checkWriter, type Pusher } from './pusher.ts';
import type { SyncSource } from './source.ts';
import { WholeTransaction } from './whole-transaction.ts';

/**
 * What one session is pushed, whole or in parts, on its way to whoever orders it. It leaves in the order in which it came:
 * what is behind a large transaction waits until that one is prepared.
 */
export class PushIntake {
  private readonly source: SyncSource;
  private readonly pusher: Pusher;
  private readonly onTaken: (transaction: Transaction) => void;
  private waiting: (PreparedTransaction[] | WholeTransaction)[] = [];
  /** By writer: the counter of the large transaction that was taken last. */
  private readonly taken = new Map<string, number>();

  /** `onTaken` is told of each transaction, when it is prepared. */
  constructor(source: SyncSource, pusher: Pusher, onTaken: (transaction: Transaction) => void) {
    this.source = source;
    this.pusher = pusher;
    this.onTaken = onTaken;
  }

  /** INVALID_ARGUMENT, or PERMISSION_DENIED FOREIGN_WRITER; then nothing of it was taken. */
  push(push: Push): void {
    const { schema, limits } = this.source;
    checkPushSize(push, limits.pushTransactionsMax);
    const prepared = push.transactions.map((transaction, index) => {
      const path = `push.transactions[${index}]`;
      checkWriter(this.pusher, transaction.replica, path);
      return prepareTransaction(schema, limits, transaction, path);
    });
    for (const { transaction } of prepared) this.onTaken(transaction);
    this.waiting.push(prepared);
  }

  /**
   * Takes a part, likewise, and says how much is there. `whole` where that is all of a transaction, which is pushed by that:
   * once, however many parts come behind it, and again whenever it is asked how much is there, or has come anew.
   */
  part(part: TransactionPart): { readonly result: PartResult; readonly whole: boolean } {
    const { replica, counter, bytes } = part;
    checkWriter(this.pusher, replica, 'part');
    const { receivedBytes, whole, completed } = this.source.parts.take(part, 'part');
    const result = { type: 'part-result', replica, counter, receivedBytes } as const;
    const isNew = completed || bytes.length === 0 || this.taken.get(replica) !== counter;
    if (whole === undefined || !isNew) return { result, whole: false };
    this.taken.set(replica, counter);
    this.waiting.push(new WholeTransaction(this.source, part, whole, 'part'));
    return { result, whole: true };
  }

  /** Goes on preparing large transactions by a step. False where all is prepared. What it throws is of no use any more. */
  step(): boolean {
    const index = this.waiting.findIndex((push) => push instanceof WholeTransaction);
    const push = this.waiting[index];
    if (!(push instanceof WholeTransaction)) return false;
    if (push.step()) this.waiting[index] = this.finished(push);
    return true;
  }

  /** Takes out what came, prepared, oldest first. */
  take(): PreparedTransaction[][] {
    const pushes = this.waiting;
    this.waiting = [];
    return pushes.map((push) => (push instanceof WholeTransaction ? this.finished(push) : push));
  }

  private finished(push: WholeTransaction): PreparedTransaction[] {
    const prepared = push.take();
    this.onTaken(prepared.transaction);
    return [prepared];
  }
}

/** INVALID_ARGUMENT where a push has no transactions or too many. */
export function checkPushSize(
  push: { transactions: readonly unknown[] },
  transactionsMax: number,
  field = 'push.transactions',
): void {
  const count = push.transactions.length;
  if (count === 0) throw invalidField(field, 'NO_TRANSACTIONS', 'must not be empty');
  if (count <= transactionsMax) return;
  const problem = `has ${count}, ${transactionsMax} at most`;
  throw invalidField(field, 'TOO_MANY_TRANSACTIONS', problem);
}
