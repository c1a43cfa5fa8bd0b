import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Kept } from '../replica/committed-copy.ts';
import { encodeJournalRecord, type JournalRecord, type Opened } from '../replica/journal-record.ts';
import type { JournaledReplica } from '../replica/journaled-replica.ts';
import type { LocalTables } from '../replica/local-tables.ts';
import { type BackoffOptions, backoffMs } from './backoff.ts';
import { JournalBacklog, type Mark } from './journal-backlog.ts';
import type { JournalFiles, JournalLog } from './journal-files.ts';
import { storageDamaged, storageFull } from './storage-errors.ts';

/** A full disk is looked at again after a second at first, and at least twice a minute. */
const backoff: BackoffOptions = { delayMsMin: 1_000, delayMsMax: 30_000 };

/** How a client's storage does. */
export type StorageStatus =
  | { readonly state: 'working' }
  /** What is written waits here and is not sent; it is tried again by itself. */
  | { readonly state: 'full' | 'failing'; readonly error: SyncError }
  /** It is not what was written to it: nothing more is stored, sent or written. */
  | { readonly state: 'failed'; readonly error: SyncError };

export interface ReplicaJournalOptions {
  readonly replica: JournaledReplica;
  /** Tables beside it that never leave the device. */
  readonly local?: LocalTables;
  /** With a journal that counts. */
  readonly files: JournalFiles;
  readonly opened: Opened;
  /** Bytes of the journal, and of the state that it began with. */
  readonly bytes: number;
  readonly stateBytes: number;
  readonly limits: Limits;
  readonly random: () => number;
  /** Calls back once after that time, unless what it returned was called. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** More is on stable storage than before: more may be sent. */
  readonly onStored: () => void;
  /** While true the replica is to be given nothing that comes from a server. */
  readonly onHold: (held: boolean) => void;
  readonly onStatus: (status: StorageStatus) => void;
}

/**
 * Stores what a replica takes: appends its inputs to the journal by groups, one in flight while the rest gathers, and
 * writes the journal anew from the state when it has grown long. What is not stored waits in order, on a full or failing
 * disk too, so the journal always is what the replica took up to some point.
 *
 * Tells what may leave: own transactions up to `storedCounter`, acknowledgements up to `storedCursor`; a relay says that
 * it holds a transaction once `stored()` has resolved. Time and chance are arguments.
 */
export class ReplicaJournal {
  private readonly options: ReplicaJournalOptions;
  private readonly backlog: JournalBacklog;
  private opened: Opened;
  private log: JournalLog;
  /** What the head of the log must be. */
  private head: number;
  private bytes: number;
  private stateBytes: number;
  /** The journal is not written anew before it has so many bytes. */
  private compactionBytesMin = 0;
  /** The journal that may have taken the place, and its head. */
  private next:
    | { readonly id: Uint8Array; readonly head: number; readonly bytes: number }
    | undefined;
  private isUncertain = false;
  private isCompacting = false;
  private isHeld = false;
  private isTogether = false;
  /** Whether the next record is stored with the one before it. */
  private isJoining = false;
  private current: StorageStatus = { state: 'working' };
  private attempt = 0;
  private running: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  /** The replica is as its journal says; from now on its inputs are recorded. */
  constructor(options: ReplicaJournalOptions) {
    const { replica, local, files, opened, bytes, stateBytes } = options;
    this.options = options;
    this.opened = opened;
    this.log = files.log!;
    this.head = this.log.head;
    this.bytes = bytes;
    this.stateBytes = stateBytes;
    this.backlog = new JournalBacklog(this.mark());
    replica.onInput = (record) => this.add(record);
    if (local !== undefined) local.onInput = (record) => this.add(record);
  }

  get status(): StorageStatus {
    return this.current;
  }

  /** Counter up to which the replica's own transactions are stored, under the id that it has. */
  get storedCounter(): number {
    return this.isIdStored ? this.backlog.stored.counter : 0;
  }

  /** Whether the id that the replica has is stored. */
  get isIdStored(): boolean {
    return this.backlog.stored.id === this.options.replica.id;
  }

  get storedCursor(): Uint8Array {
    return this.backlog.stored.cursor;
  }

  /** Resolves when all that the replica took so far is stored; rejects where it never will be. */
  stored(): Promise<void> {
    return this.current.state === 'failed'
      ? Promise.reject(this.current.error)
      : this.backlog.whenStored();
  }

  /** RESOURCE_EXHAUSTED STORAGE_FULL where no more may be written until something is stored. */
  checkRoom(): void {
    const { current, backlog, options } = this;
    if (current.state === 'working') return;
    if (current.state === 'failed') throw current.error;
    if (backlog.bytes < options.limits.storageBacklogBytesMax) return;
    throw storageFull(options.files.name, backlog.bytes, current.error);
  }

  /** What is written by `write` is stored wholly, or nothing of it. */
  together<T>(write: () => T): T {
    this.isTogether = true;
    try {
      return write();
    } finally {
      this.isTogether = false;
      this.isJoining = false;
    }
  }

  /** What the replica is to hold from now on. */
  wish(wish: Kept): void {
    const text = ({ scopes, tables }: Kept) => JSON.stringify([scopes, tables]);
    if (text(wish) === text(this.opened.wish)) return;
    this.opened = { ...this.opened, wish };
    this.add({ kind: 'opened', opened: this.opened });
  }

  /**
   * Stores what there is and lets go of the storage. Where it cannot be stored it is tried once more, and then this
   * rejects with the error.
   */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    this.attempt = 0;
    this.wake?.();
    this.running ??= this.run();
    await this.running;
    this.options.replica.onInput = undefined;
    if (this.options.local !== undefined) this.options.local.onInput = undefined;
    const { current } = this;
    const isStored = this.backlog.length === 0 && current.state !== 'failed';
    const error = isStored || current.state === 'working' ? undefined : current.error;
    if (error !== undefined) this.backlog.fail(error);
    await this.options.files.discard();
    await this.options.files.close();
    if (error !== undefined) throw error;
  }

  private mark(): Mark {
    const { id, lastCounter: counter, cursor } = this.options.replica;
    return { id, counter, cursor };
  }

  private add(record: JournalRecord): void {
    if (this.current.state === 'failed') return;
    if (record.kind === 'amend') this.backlog.amend(record.transaction.counter);
    // Sealing follows from what is stored, so alone it is worth no write.
    const urgent = record.kind !== 'seal';
    this.backlog.add(encodeJournalRecord(record), this.mark(), urgent, this.isJoining);
    this.isJoining = this.isTogether;
    this.hold();
    if (urgent) this.running ??= this.run();
  }

  private get isDone(): boolean {
    if (this.isUncertain) return false;
    return this.closing === undefined ? !this.backlog.urgent : this.backlog.length === 0;
  }

  private async run(): Promise<void> {
    // What is written in the same turn joins the first group.
    await Promise.resolve();
    while (this.current.state !== 'failed' && !this.isDone) {
      try {
        await this.step();
        this.become({ state: 'working' });
        this.attempt = 0;
      } catch (error) {
        if (!(await this.failed(error))) break;
      }
    }
    this.running = undefined;
  }

  private async step(): Promise<void> {
    if (this.isUncertain) await this.recover();
    await this.appendGroup();
    const { journalBytesMin } = this.options.limits;
    const longest = Math.max(journalBytesMin, 2 * this.stateBytes, this.compactionBytesMin);
    if (this.bytes > longest && this.closing === undefined) await this.compact();
  }

  private async appendGroup(): Promise<void> {
    const { backlog, options } = this;
    const records = backlog.take(options.limits.commitGroupBytesMax);
    if (records.length === 0) return;
    try {
      await this.log.append(this.head, records);
    } catch (error) {
      if (isFull(error)) backlog.putBack();
      else this.isUncertain = true;
      throw error;
    }
    this.appended(records);
  }

  private appended(records: readonly Uint8Array[]): void {
    this.head += records.length;
    this.bytes += sizeOf(records);
    this.settle();
  }

  /** What is in flight is stored. */
  private settle(): void {
    this.backlog.storedAll();
    this.hold();
    this.options.onStored();
  }

  /** Opens the journal again and looks what became of what was in flight. */
  private async recover(): Promise<void> {
    const { backlog, options, next } = this;
    this.log = await options.files.reopen();
    const { log } = this;
    const { group } = backlog;
    if (next !== undefined && bytesEqual(log.id, next.id)) this.switched(next);
    else if (next !== undefined || log.head === this.head) backlog.putBack();
    else if (log.head === this.head + group.length) this.appended(group);
    this.next = undefined;
    if (log.head !== this.head) {
      const problem = `it ends at ${log.head}, not ${this.head}`;
      throw storageDamaged(options.files.name, undefined, problem);
    }
    this.isUncertain = false;
  }

  /** Writes the journal anew, from the state; meanwhile the old one goes on. Its end is one step, so nothing is lost. */
  private async compact(): Promise<void> {
    const { files } = this.options;
    this.isCompacting = true;
    this.hold();
    // Where this one comes to nothing, the next is not tried at once.
    this.compactionBytesMin = this.bytes * 1.25;
    try {
      const begun = await files.begin();
      if (await this.writeState(begun)) await this.replace();
      else await files.discard();
    } catch (error) {
      if (this.isUncertain || !(error instanceof SyncError)) throw error;
      // No room for a second one, as a rule: the old journal is as good as it was.
      await files.discard();
    } finally {
      this.options.local?.endCopy();
      this.isCompacting = false;
      this.hold();
    }
  }

  /** False where the copy changed while its rows were written. */
  private async writeState(log: JournalLog): Promise<boolean> {
    const { replica, local } = this.options;
    const changes = replica.copyChanges;
    let bytes = 0;
    const append = async (records: readonly Uint8Array[]) => {
      bytes += sizeOf(records);
      await log.append(log.head, records);
    };
    await append([encodeJournalRecord({ kind: 'opened', opened: this.opened })]);
    for (const record of copyRecords(replica, local)) {
      await append([encodeJournalRecord(record)]);
      await this.appendGroup();
      // A generator that was left reads nothing more of rows that are others by now.
      if (replica.copyChanges !== changes) return false;
    }
    const last = [...replica.queueRecords(), ...(local?.endCopy() ?? [])];
    const records = last.map(encodeJournalRecord);
    // All that waits is in the state as of now, and so are all earlier inputs.
    this.backlog.take(Number.POSITIVE_INFINITY);
    try {
      await append(records);
    } catch (error) {
      this.backlog.putBack();
      throw error;
    }
    this.next = { id: log.id, head: log.head, bytes };
    return true;
  }

  private async replace(): Promise<void> {
    const { files } = this.options;
    try {
      await files.replace();
    } catch (error) {
      this.isUncertain = true;
      throw error;
    }
    this.log = files.log!;
    this.switched(this.next!);
    this.next = undefined;
  }

  /** The new journal counts, and what was in flight is in its state. */
  private switched({ head, bytes }: { head: number; bytes: number }): void {
    this.head = head;
    this.bytes = bytes;
    this.stateBytes = bytes;
    this.compactionBytesMin = 0;
    this.settle();
  }

  /** Whether to go on after an error; waits for the time of the next attempt. */
  private async failed(error: unknown): Promise<boolean> {
    const known = error instanceof SyncError ? error : defect(error);
    if (known.code === Code.dataLoss || known.code === Code.internal) {
      this.become({ state: 'failed', error: known });
      this.backlog.fail(known);
      return false;
    }
    this.become({ state: isFull(known) ? 'full' : 'failing', error: known });
    const { random } = this.options;
    const attempt = this.attempt++;
    if (this.closing !== undefined) return attempt === 0;
    await this.pause(Math.max(backoffMs(attempt, random(), backoff), 1));
    return true;
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.setTimer(resolve, delayMs);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  private become(status: StorageStatus): void {
    const isSame = status.state === this.current.state;
    this.current = status;
    this.hold();
    if (!isSame) this.options.onStatus(status);
  }

  private hold(): void {
    const { options, backlog, current } = this;
    const isLong = backlog.bytes >= options.limits.storageBacklogBytesMax;
    const held = this.isCompacting || isLong || current.state === 'failed';
    if (held === this.isHeld) return;
    this.isHeld = held;
    options.onHold(held);
  }
}

function* copyRecords(replica: JournaledReplica, local: LocalTables | undefined) {
  yield* replica.copyRecords();
  if (local !== undefined) yield* local.copyRecords();
}

function isFull(error: unknown): boolean {
  return error instanceof SyncError && error.code === Code.resourceExhausted;
}

function sizeOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}

function defect(cause: unknown): SyncError {
  return new SyncError(Code.internal, 'INTERNAL', 'the journal failed', { cause });
}
