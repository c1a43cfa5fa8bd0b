import { invalidField, SyncError } from '../base/errors.ts';
import { atOnce, finish, type Steps } from '../base/steps.ts';
import { type Outcome, unorderedOutcome } from '../change/commit.ts';
import type { Named } from '../change/transaction.ts';
import { type PreparedTransaction, preparationSteps } from '../merge/prepared.ts';
import { preparedOrUnfit } from '../merge/unfit.ts';
import { showBases } from './history.ts';
import type { PartResult, Push, TransactionPart } from './messages.ts';
import { checkPart, checkPartForm, type Staged, tooLargeInParts } from './part-stage.ts';
import { checkWriter, type Pusher } from './pusher.ts';
import { refusedUnseen } from './refused-unseen.ts';
import type { SyncSource } from './source.ts';
import { WholeTransaction } from './whole-transaction.ts';

/**
 * A large transaction of which no bytes are wanted: it was settled before they came, or has no room. `outcome` says how it
 * was settled, or why it is not ordered.
 */
export interface UntakenTransaction {
  readonly part: TransactionPart;
  readonly outcome: Steps<Outcome>;
}

/** Something that was pushed. One that came in parts is not prepared yet: that takes long, and room. */
export type Pushed = PreparedTransaction[] | WholeTransaction | UntakenTransaction;

/** What one session is pushed, whole or in parts, on its way to whoever orders it. It leaves in the order in which it came. */
export class PushIntake {
  private readonly source: SyncSource;
  private readonly pusher: Pusher;
  private readonly onTaken: (transaction: Named) => void;
  private readonly refuseUnfit: boolean;
  private waiting: Pushed[] = [];
  /** By writer: the counter of the large transaction that was taken last. */
  private readonly taken = new Map<string, number>();
  /** The large transaction that had no room last, until it is asked about again. A client sends one at a time. */
  private refused: Named | undefined;

  /** `onTaken` is told of each transaction that is to be ordered; with `refuseUnfit` what can never be is, too. */
  constructor(
    source: SyncSource,
    pusher: Pusher,
    onTaken: (transaction: Named) => void,
    refuseUnfit = false,
  ) {
    this.source = source;
    this.pusher = pusher;
    this.onTaken = onTaken;
    this.refuseUnfit = refuseUnfit;
  }

  /** INVALID_ARGUMENT, or PERMISSION_DENIED FOREIGN_WRITER; then nothing of it was taken. */
  push(push: Push): void {
    const { schema, limits } = this.source;
    checkPushSize(push.transactions.length, limits.pushTransactionsMax);
    const prepared = push.transactions.map((transaction, index) => {
      const path = `push.transactions[${index}]`;
      checkWriter(this.pusher, transaction.replica, path);
      const prepare = this.refuseUnfit ? preparedOrUnfit : preparationSteps;
      return finish(prepare(schema, limits, transaction, path));
    });
    for (const each of prepared) {
      this.onTaken(each.transaction);
      this.look(each);
    }
    this.waiting.push(prepared);
  }

  /**
   * Takes a part, likewise, and says how much is there. `whole` where that is all of a transaction, which is pushed by that:
   * once, however many parts come behind it, and again whenever it is asked how much is there, or has come anew. Nothing is
   * taken, and all is there, of one that is settled, of one that is larger than may come and is refused for that, and of one that has no room until it is asked again how much is there:
   * so its writer sends no more of it, has an outcome, and tries again when it does with others that were not ordered.
   */
  part(
    part: TransactionPart,
    nowMs: number,
  ): { readonly result: PartResult; readonly whole: boolean } {
    const { source } = this;
    const { replica, counter, totalBytes } = part;
    checkWriter(this.pusher, replica, 'part');
    const tooLarge = this.checked(part);
    const noneWanted = { result: resultOf(part, totalBytes), whole: false };
    // What was on its way when it was refused is answered with that.
    if (this.isRefused(part)) return noneWanted;
    const outcome = source.settledAs(part);
    if (outcome !== undefined) {
      if (this.isNew(part, false)) this.waiting.push({ part, outcome });
      return noneWanted;
    }
    if (tooLarge !== undefined) return { ...noneWanted, whole: this.refuse(part, tooLarge) };
    const staged = this.stage(part, nowMs);
    if (staged === undefined) return noneWanted;
    const { receivedBytes, whole, completed } = staged;
    const result = resultOf(part, receivedBytes);
    // Whoever sends it again counts on it to be pushed again.
    if (whole === undefined && this.taken.get(replica) === counter) this.taken.delete(replica);
    if (whole === undefined || !this.isNew(part, completed)) return { result, whole: false };
    this.onTaken({ replica, counter });
    const onPrepared = (prepared: PreparedTransaction) => this.look(prepared);
    const { refuseUnfit } = this;
    const all = new WholeTransaction(source, part, whole, 'part', { onPrepared, refuseUnfit });
    this.waiting.push(all);
    return { result, whole: true };
  }

  /** Why a part is of more than may come, where that is to be refused; else it is thrown, as whatever is wrong with a part. */
  private checked(part: TransactionPart): SyncError | undefined {
    const { limits } = this.source;
    if (this.refuseUnfit) checkPartForm(part, limits, 'part');
    else checkPart(part, limits, 'part');
    return tooLargeInParts(part, limits, 'part');
  }

  /** Has it ordered, without its bytes, to be refused. True where that is new. */
  private refuse(part: TransactionPart, error: SyncError): boolean {
    if (!this.isNew(part, false)) return false;
    this.onTaken(part);
    this.waiting.push([refusedUnseen(part, error, this.source.limits)]);
    return true;
  }

  /** A client shows what it knows with its cursor. */
  private look(prepared: PreparedTransaction): void {
    if (this.pusher.relay) showBases(this.source, prepared);
  }

  /** Takes out what came, oldest first. */
  take(): Pushed[] {
    const pushes = this.waiting;
    this.waiting = [];
    return pushes;
  }

  /** Takes a part in, or has it answered that there is no room: undefined. */
  private stage(part: TransactionPart, nowMs: number): Staged | undefined {
    const { parts } = this.source;
    try {
      const staged = parts.take(part, 'part', nowMs);
      // What would have no room need not be sent to learn it.
      if (part.bytes.length === 0) parts.checkRoom(part, nowMs);
      return staged;
    } catch (error) {
      if (!(error instanceof SyncError) || error.reason !== 'PARTS_FULL') throw error;
      this.refused = { replica: part.replica, counter: part.counter };
      const outcome = atOnce<Outcome>(() => {
        throw error;
      });
      this.waiting.push({ part, outcome });
      return undefined;
    }
  }

  private isRefused({ replica, counter, bytes }: TransactionPart): boolean {
    const { refused } = this;
    if (refused?.replica !== replica || refused.counter !== counter) return false;
    if (bytes.length > 0) return true;
    this.refused = undefined;
    return false;
  }

  /** Whether what a part is of is to be taken, all of which is there. */
  private isNew({ replica, counter, bytes }: TransactionPart, completed: boolean): boolean {
    if (!completed && bytes.length > 0 && this.taken.get(replica) === counter) return false;
    this.taken.set(replica, counter);
    return true;
  }
}

function resultOf({ replica, counter }: TransactionPart, receivedBytes: number): PartResult {
  return { type: 'part-result', replica, counter, receivedBytes };
}

/** What became of it, done at once, or why that is not known: another one has its place, or it has no room. */
export function outcomeOfUntaken({ part, outcome }: UntakenTransaction): Outcome {
  try {
    return finish(outcome);
  } catch (error) {
    if (error instanceof SyncError) return unorderedOutcome(part, error);
    throw error;
  }
}

/** INVALID_ARGUMENT where a push has no transactions or too many. */
export function checkPushSize(
  count: number,
  transactionsMax: number,
  field = 'push.transactions',
): void {
  if (count === 0) throw invalidField(field, 'NO_TRANSACTIONS', 'must not be empty');
  if (count <= transactionsMax) return;
  const problem = `has ${count}, ${transactionsMax} at most`;
  throw invalidField(field, 'TOO_MANY_TRANSACTIONS', problem);
}
