import type { Seq } from '../base/seq.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import type { Named, Transaction } from '../change/transaction.ts';
import { wholeRows } from '../change/whole-rows.ts';
import type { Kept } from './committed-copy.ts';
import type { JournalRecord } from './journal-record.ts';
import { OwnChain } from './own-chain.ts';
import { quarantinedRow, storedRow } from './quarantine.ts';
import { type CheckpointResult, type Edit, Replica } from './replica.ts';
import { journalMisfit } from './replica-errors.ts';
import type { WriterState } from './writer-state.ts';

/** Rows, bytes of rows, and checks of the chain of one record of a state. */
const rowsMax = 1_000;
const bytesMax = 1 << 20;
const checksMax = 1 << 14;

/**
 * A replica that says each input that it took, wholly and in order, so that a journal of these makes another the same
 * (`apply`). What an input does follows from the state and the input alone, so nothing else is to be stored. A journal
 * that has grown long may begin with the state instead: `copyRecords`, then `queueRecords`.
 *
 * What a queue remembers of transactions that it had no room for is not stored: like what it forgets itself, they come
 * as the first of their writer then, or as a gap at the home.
 */
export class JournaledReplica extends Replica {
  /** Called with each input after it was taken. */
  onInput: ((record: JournalRecord) => void) | undefined;
  /** Inputs that may have changed the committed rows, or what is staged: while it stands `copyRecords` may be taken. */
  copyChanges = 0;
  private isReplaying = false;

  /** Its own transactions that wait to be settled under its present id, oldest first. */
  get waiting(): readonly Transaction[] {
    return this.queue.of(this.id).map(({ transaction }) => transaction);
  }

  override write(changes: readonly Edit[], nowMs: number): Transaction {
    const transaction = super.write(changes, nowMs);
    this.say({ kind: 'write', stamp: this.chain.stamp, transaction });
    return transaction;
  }

  override amend(edit: Edit, nowMs: number): Transaction | undefined {
    const transaction = super.amend(edit, nowMs);
    if (transaction !== undefined)
      this.say({ kind: 'amend', stamp: this.chain.stamp, transaction });
    return transaction;
  }

  override receive(transaction: Transaction): boolean {
    const taken = super.receive(transaction);
    if (taken) this.say({ kind: 'receive', transaction });
    return taken;
  }

  override seal(): void {
    const before = this.chain.sealed;
    super.seal();
    if (this.chain.sealed > before) this.say({ kind: 'seal' });
  }

  override stage(deltas: readonly RowDelta[], cursor: Uint8Array, keep?: Kept): void {
    this.copyChanges++;
    super.stage(deltas, cursor, keep);
    this.say({ kind: 'stage', cursor, keep, deltas });
  }

  override checkpoint(checkpoint: Checkpoint): CheckpointResult {
    this.copyChanges++;
    const result = super.checkpoint(checkpoint);
    this.say({ kind: 'checkpoint', proven: result.proven, checkpoint });
    return result;
  }

  override restart(): void {
    this.copyChanges++;
    super.restart();
    this.say({ kind: 'restart' });
  }

  override forked(forkedAt: Seq): void {
    // That it begins anew is part of it.
    this.quietly(() => super.forked(forkedAt));
    this.say({ kind: 'forked', forkedAt });
  }

  override reopen(position: Settled): boolean {
    const first = this.kept.firstBehind(this.id, position.counter);
    const isWhole = super.reopen(position);
    this.say({ kind: 'reopen', position, first });
    return isWhole;
  }

  protected override requeueFormer(id: string, position: Settled, first: number): void {
    super.requeueFormer(id, position, first);
    this.say({ kind: 'reopenFormer', replica: id, position, first });
  }

  override answerFormer(outcome: Outcome, final: boolean): void {
    if (!this.formerLines.lost.has(outcome.replica)) return;
    super.answerFormer(outcome, final);
    this.say({ kind: 'formerAnswer', final, outcome });
  }

  protected override limitKept(): void {
    if (!this.isReplaying) super.limitKept();
  }

  /** Somebody has judged a row that was quarantined. False where there is none of this version. */
  release(table: string, key: string, version: Seq): boolean {
    const isThere = this.quarantine.release(table, key, version);
    if (isThere) this.say({ kind: 'released', table, key, version });
    return isThere;
  }

  /** Somebody has dealt with a parked transaction. False where it is not there. */
  discard({ replica, counter }: Named): boolean {
    const before = this.parked;
    this.parkedLines.remove([{ replica, counter }]);
    const isThere = this.parked !== before;
    if (isThere) this.say({ kind: 'discarded', replica, counter });
    return isThere;
  }

  override takeIdentity(outcomes: readonly Outcome[], entropy: Uint8Array): void {
    // That it seals is part of it.
    this.quietly(() => super.takeIdentity(outcomes, entropy));
    this.say({ kind: 'identity', replica: this.id, entropy, outcomes });
  }

  override dropForeign(keep: (replica: string, last: number) => boolean): void {
    const isDropped = (replica: string) =>
      replica !== this.id && !keep(replica, this.queue.lastOf(replica));
    const replicas = this.queue.replicas().filter(isDropped);
    super.dropForeign(keep);
    if (replicas.length > 0) this.say({ kind: 'drop', replicas });
  }

  /**
   * Takes the next record of a journal. DATA_LOSS JOURNAL_MISFIT where that cannot follow what came before; with
   * records that this code has not written it may also raise what the inputs raise.
   */
  apply(record: JournalRecord): void {
    this.isReplaying = true;
    try {
      this.quietly(() => this.takeUp(record));
    } finally {
      this.isReplaying = false;
    }
  }

  /** All of its journal was taken: its limits count from now on. */
  replayed(): void {
    this.kept.limit();
  }

  /** Its committed rows, and what is staged, as records; each is to be used before the next is taken. */
  *copyRecords(): Generator<JournalRecord, void> {
    const { copy } = this;
    yield { kind: 'copy', position: copy.position };
    for (const piece of copy.chainPieces(checksMax)) yield { kind: 'chain', ...piece };
    for (const piece of copy.left.pieces) yield { kind: 'leftChain', ...piece };
    yield* rowRecords(copy.state, true);
    if (copy.behind !== undefined) yield* rowRecords(copy.behind, false);
    for (const part of copy.waiting) yield { kind: 'staged', ...part };
  }

  /** All else, in one step: its own line, what waits, and what was refused. */
  queueRecords(): JournalRecord[] {
    this.seal();
    const { queue, parked } = this;
    return [
      { kind: 'writer', writer: this.writerState() },
      ...queue.replicas().flatMap((replica) =>
        queue.of(replica).map(({ orderStamp, transaction }): JournalRecord => {
          return { kind: 'queued', orderStamp, transaction };
        }),
      ),
      ...parked.map((entry): JournalRecord => ({ kind: 'parked', ...entry })),
      { kind: 'seal' },
      ...this.historyRecords(),
    ];
  }

  /** What is kept in case that the home loses it, and what is left of a history that it lost. */
  private historyRecords(): JournalRecord[] {
    const { kept, quarantined, copy, positions, forkedAt } = this;
    const { shownCursor } = copy;
    const { isCopyLost } = positions;
    const shownTwice = this.shownTwice.size > 0 ? this.shownTwice : undefined;
    const settledTo = kept.settledTo.size > 0 ? kept.settledTo : undefined;
    return [
      ...kept.all.map((entry): JournalRecord => ({ kind: 'kept', ...entry })),
      ...quarantined.map((row): JournalRecord => ({ kind: 'quarantined', row: storedRow(row) })),
      { kind: 'history', history: { shownCursor, isCopyLost, forkedAt, shownTwice, settledTo } },
    ];
  }

  /** Where its own line stands, and what it was told of others'. */
  writerState(): WriterState {
    const { id, chain, formerLines, positions } = this;
    const { counter, stamp, settledTo: settled } = chain;
    const { ids: former, ends: settledBefore } = formerLines;
    const lost = formerLines.lost.size > 0 ? formerLines.lost : undefined;
    return { id, counter, stamp, settled, former, settledBefore, told: positions.told, lost };
  }

  private takeUp(record: JournalRecord): void {
    switch (record.kind) {
      // What these say is another's.
      case 'opened':
      case 'local':
      case 'localRows':
        break;
      case 'write':
        this.rewrite(record.transaction, record.stamp);
        break;
      case 'amend':
        this.rewriteAmended(record.transaction, record.stamp);
        break;
      case 'receive':
        // It was counted then.
        this.take(this.prepare(record.transaction), 'none');
        break;
      case 'seal':
        this.seal();
        break;
      case 'stage':
        this.stage(record.deltas, record.cursor, record.keep);
        break;
      case 'checkpoint':
        if (this.checkpoint(record.checkpoint).proven !== record.proven)
          throw journalMisfit('its proof');
        break;
      case 'restart':
        this.restart();
        break;
      case 'identity':
        this.takeIdentity(record.outcomes, record.entropy);
        if (this.id !== record.replica) throw journalMisfit(`the id ${record.replica}`);
        break;
      case 'drop':
        this.dropForeign((replica) => !record.replicas.includes(replica));
        break;
      case 'copy':
        this.copy.restore(record.position);
        break;
      case 'chain':
        this.copy.addChain(record);
        break;
      case 'leftChain':
        this.copy.left.add(record);
        break;
      case 'rows':
        this.copy.restoreRows(record.shown, record.deltas);
        break;
      case 'staged':
        this.copy.restoreStaged({ keep: record.keep, deltas: [...record.deltas] });
        break;
      case 'writer':
        this.restoreWriter(record.writer);
        break;
      case 'queued':
        this.restoreQueued(record.transaction, record.orderStamp);
        break;
      case 'parked':
        this.parkedLines.add([{ transaction: record.transaction, outcome: record.outcome }]);
        break;
      case 'forked':
        this.forked(record.forkedAt);
        break;
      case 'reopen':
        this.reopenAgain(record.position, record.first);
        break;
      case 'reopenFormer':
        this.requeueFormer(record.replica, record.position, record.first);
        break;
      case 'formerAnswer':
        this.answerFormer(record.outcome, record.final);
        break;
      case 'kept':
        this.kept.add({ transaction: record.transaction, seq: record.seq });
        break;
      case 'quarantined':
        this.quarantine.add([quarantinedRow(this.options, record.row)]);
        break;
      case 'released':
        this.release(record.table, record.key, record.version);
        break;
      case 'discarded':
        this.discard(record);
        break;
      case 'history':
        this.copy.restoreShownCursor(record.history.shownCursor);
        if (record.history.isCopyLost) this.positions.loseCopy();
        this.forkedAt = record.history.forkedAt;
        for (const [id, counter] of record.history.shownTwice ?? [])
          this.shownTwice.set(id, counter);
        this.kept.settledTo = new Map(record.history.settledTo);
    }
  }

  /** `first` is the counter of the first one that was kept then, 0 for none. Where it is not told, the limits are taken for those of then. */
  private reopenAgain(position: Settled, first: number | undefined): void {
    if (first === undefined) {
      this.kept.limit();
      this.reopen(position);
      return;
    }
    const taken = this.kept.takeBehind(this.id, position.counter);
    this.requeue(taken.filter(({ counter }) => first > 0 && counter >= first));
  }

  private rewrite(transaction: Transaction, stamp: Stamp): void {
    const isNext = transaction.replica === this.id && transaction.counter === this.lastCounter + 1;
    if (!isNext) throw journalMisfit(`transaction ${transaction.replica}/${transaction.counter}`);
    this.take(this.prepare(transaction), 'none');
    this.chain.wrote(transaction.counter, stamp);
  }

  private rewriteAmended(transaction: Transaction, stamp: Stamp): void {
    const { replica, counter } = transaction;
    const isOpen = counter > this.chain.sealed && counter === this.lastCounter;
    if (replica !== this.id || !isOpen) throw journalMisfit(`what ${replica}/${counter} became`);
    this.takeAmended(this.prepare(transaction), stamp);
  }

  private restoreWriter(writer: WriterState): void {
    this.chain = new OwnChain(writer.id, this.queue);
    this.chain.restore(writer.counter, writer.stamp, writer.settled);
    this.formerLines.restore(writer.former, writer.settledBefore, writer.lost);
    for (const [replica, settled] of writer.told) this.positions.note(replica, settled);
  }

  private restoreQueued(transaction: Transaction, orderStamp: Stamp): void {
    const entry = { ...this.prepare(transaction), orderStamp };
    this.queue.restore(entry);
    this.view.add(entry);
  }

  private quietly(action: () => void): void {
    const { onInput } = this;
    this.onInput = undefined;
    try {
      action();
    } finally {
      this.onInput = onInput;
    }
  }

  private say(record: JournalRecord): void {
    this.onInput?.(record);
  }
}

function* rowRecords(state: CommittedState, shown: boolean): Generator<JournalRecord, void> {
  for (const deltas of wholeRows(state, rowsMax, bytesMax)) yield { kind: 'rows', shown, deltas };
}
