import { ByteWriter, bytesEqual } from '../base/bytes.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { createDigest, digestBytes } from '../change/transaction.ts';
import { checkReplicaId } from '../merge/prepared.ts';
import type { TransactionPart } from './messages.ts';

/** How much there is of a transaction. */
export interface Staged {
  readonly receivedBytes: number;
  /** All of its bytes, once they are there. Nobody may write in them. */
  readonly whole: Uint8Array | undefined;
  /** Whether this part brought the last of them. */
  readonly completed: boolean;
}

/** What a staged transaction takes at the least, with all that is kept beside its bytes. */
const stagedBytesMin = 4 << 10;
const retryDelayMs = 10_000;

/**
 * Transactions that come in parts and are not ordered yet. All sessions of a database share them, so what one stream
 * brought the next one goes on with, and copies of one device, which send different ones under one id, are not in each
 * other's way. Where they would have more than `partsBytesMax` bytes together, those make room that are whole and that
 * nobody orders, since that was tried, and may fail for ever; then those of which nothing came for `partsIdleMsMax`; then
 * those that began later than the one that comes. What is being ordered goes by itself. So the oldest that grows always gets
 * on, and never do two drive each other out. Whoever is driven out is told that nothing is there, and begins again.
 */
export class PartStage {
  private readonly limits: Limits;
  private readonly sizeMin: number;
  private readonly byWriter = new Map<string, StagedTransaction[]>();
  private byteCount = 0;
  private count = 0;
  private begun = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.sizeMin = Math.min(stagedBytesMin, limits.partsBytesMax);
  }

  /** Bytes of all that is staged. */
  get bytes(): number {
    return this.byteCount;
  }

  /**
   * Takes what a part has beyond what is there. INVALID_ARGUMENT names the field under `path`; DIGEST_DIFFERS where all is
   * there and is not what its digest says, and then nothing is there any more. RESOURCE_EXHAUSTED PARTS_FULL where others
   * that began earlier, or are held, have the room: what is there stays.
   */
  take(part: TransactionPart, path: string, nowMs: number): Staged {
    checkPart(part, this.limits, path);
    const { offset, bytes } = part;
    const before = this.stagedOf(part);
    const received = before?.received ?? 0;
    const fresh = offset > received ? nothing : bytes.subarray(received - offset);
    if (before === undefined && fresh.length === 0) return incomplete(0);
    const staged = before ?? this.begin(part);
    this.makeRoom(staged, staged.sizeWith(fresh.length) - (before?.size ?? 0), nowMs);
    if (fresh.length > 0) staged.grewAtMs = nowMs;
    if (before === undefined) this.keep(staged);
    this.byteCount += staged.add(fresh);
    if (staged.received < part.totalBytes) return incomplete(staged.received);
    const whole = staged.whole();
    if (whole !== undefined) {
      return { receivedBytes: staged.received, whole, completed: fresh.length > 0 };
    }
    this.remove(staged);
    throw invalidField(`${path}.digest`, 'DIGEST_DIFFERS', 'is not that of the bytes');
  }

  /** RESOURCE_EXHAUSTED PARTS_FULL where there would be no room for what comes next of the transaction that a part is of. */
  checkRoom(part: TransactionPart, nowMs: number): void {
    const before = this.stagedOf(part);
    const staged = before ?? this.begin(part);
    const next = Math.min(this.limits.partBytesMax, part.totalBytes - staged.received);
    this.leaving(staged, staged.sizeWith(next) - (before?.size ?? 0), nowMs);
  }

  /**
   * Somebody orders the transaction that the part is of: until the function that it returns is called its parts do not make
   * room for others.
   */
  hold(part: TransactionPart): () => void {
    const staged = this.stagedOf(part);
    if (staged === undefined) return () => {};
    staged.holders++;
    return () => {
      staged.holders--;
    };
  }

  /** The writer's transactions up to this counter need no parts any more. */
  drop(replica: string, counter: number): void {
    for (const staged of this.byWriter.get(replica) ?? []) {
      if (staged.counter <= counter) this.remove(staged);
    }
  }

  private stagedOf(part: TransactionPart): StagedTransaction | undefined {
    return this.byWriter.get(part.replica)?.find((staged) => staged.isOf(part));
  }

  private begin(part: TransactionPart): StagedTransaction {
    return new StagedTransaction(part, {
      number: this.begun++,
      sizeMin: this.sizeMin,
      blockBytes: this.limits.partBytesMax,
    });
  }

  private makeRoom(wanting: StagedTransaction, size: number, nowMs: number): void {
    for (const staged of this.leaving(wanting, size, nowMs)) this.remove(staged);
  }

  /** Those that have to go so that another one may grow by so much. PARTS_FULL. */
  private leaving(wanting: StagedTransaction, size: number, nowMs: number): StagedTransaction[] {
    const { partsBytesMax, partTransactionsMax } = this.limits;
    let bytes = this.byteCount + size;
    let count = this.count + (wanting.received === 0 ? 1 : 0);
    const hasRoom = () => bytes <= partsBytesMax && count <= partTransactionsMax;
    if (hasRoom()) return [];
    const leaving: StagedTransaction[] = [];
    for (const staged of this.mayLeave(wanting, nowMs)) {
      leaving.push(staged);
      bytes -= staged.size;
      count--;
      if (hasRoom()) return leaving;
    }
    throw partsFull();
  }

  /**
   * Those that may have to go for another one, in this order: those that come behind it of its writer, those that are whole, idle
   * ones, and those that began after it. One that comes before it of its writer, and without which it cannot be ordered, only
   * where it is idle.
   */
  private mayLeave(wanting: StagedTransaction, nowMs: number): StagedTransaction[] {
    const { partsIdleMsMax } = this.limits;
    const idleMs = ({ grewAtMs }: StagedTransaction) => Math.abs(nowMs - grewAtMs);
    const byIdleMs = (left: StagedTransaction, right: StagedTransaction) =>
      idleMs(right) - idleMs(left);
    const isIdle = (staged: StagedTransaction) => idleMs(staged) > partsIdleMsMax;
    const isOfWriter = ({ replica }: StagedTransaction) => replica === wanting.replica;
    const isBehind = (staged: StagedTransaction) =>
      isOfWriter(staged) && staged.counter > wanting.counter;
    const isNeeded = (staged: StagedTransaction) =>
      isOfWriter(staged) && staged.counter < wanting.counter && !isIdle(staged);
    const free = [...this.byWriter.values()]
      .flat()
      .filter((staged) => staged !== wanting && staged.holders === 0 && !isNeeded(staged));
    const others = free.filter((staged) => !isBehind(staged));
    const growing = others.filter((staged) => !staged.isWhole);
    return [
      ...free.filter(isBehind).sort((left, right) => right.counter - left.counter),
      ...others.filter((staged) => staged.isWhole).sort(byIdleMs),
      ...growing.filter(isIdle).sort(byIdleMs),
      ...growing
        .filter((staged) => !isIdle(staged) && staged.number > wanting.number)
        .sort((left, right) => right.number - left.number),
    ];
  }

  private keep(staged: StagedTransaction): void {
    const { replica } = staged;
    this.byWriter.set(replica, [...(this.byWriter.get(replica) ?? []), staged]);
    this.count++;
    this.byteCount += staged.size;
  }

  private remove(staged: StagedTransaction): void {
    const { replica } = staged;
    const left = this.byWriter.get(replica)!.filter((each) => each !== staged);
    if (left.length > 0) this.byWriter.set(replica, left);
    else this.byWriter.delete(replica);
    this.count--;
    this.byteCount -= staged.size;
  }
}

function partsFull(): SyncError {
  return new SyncError(
    Code.resourceExhausted,
    'PARTS_FULL',
    'no room for parts: other large transactions are on their way',
    { retryDelayMs },
  );
}

const nothing = new Uint8Array(0);

function incomplete(receivedBytes: number): Staged {
  return { receivedBytes, whole: undefined, completed: false };
}

/** What there is of one transaction. Takes room for what has come, whatever was said of the rest. */
class StagedTransaction {
  readonly replica: string;
  readonly counter: number;
  /** Counts those that began. */
  readonly number: number;
  received = 0;
  /** When bytes of it came last. */
  grewAtMs = 0;
  /** Who orders it now. */
  holders = 0;
  private readonly digest: Uint8Array;
  private readonly running = createDigest();
  private readonly totalBytes: number;
  private readonly sizeMin: number;
  private readonly blockBytes: number;
  private blocks: Uint8Array[] = [];
  private tail = new ByteWriter();
  /** Whether it is one block. */
  private isJoined = false;

  constructor(
    { replica, counter, digest, totalBytes }: TransactionPart,
    { number, sizeMin, blockBytes }: { number: number; sizeMin: number; blockBytes: number },
  ) {
    this.replica = replica;
    this.counter = counter;
    this.number = number;
    this.sizeMin = sizeMin;
    this.digest = digest.slice();
    this.totalBytes = totalBytes;
    this.blockBytes = blockBytes;
  }

  get size(): number {
    return this.sizeWith(0);
  }

  /** All of it has come. */
  get isWhole(): boolean {
    return this.received === this.totalBytes;
  }

  /** Its size with so many bytes more. */
  sizeWith(bytes: number): number {
    return Math.max(this.sizeMin, this.received + bytes);
  }

  isOf({ counter, digest, totalBytes }: TransactionPart): boolean {
    return (
      counter === this.counter && totalBytes === this.totalBytes && bytesEqual(digest, this.digest)
    );
  }

  /** Returns by how much it grew. */
  add(bytes: Uint8Array): number {
    const { size } = this;
    if (bytes.length === 0) return 0;
    this.running.update(bytes);
    this.received += bytes.length;
    this.tail.bytes(bytes);
    if (this.tail.length >= this.blockBytes) {
      this.blocks.push(this.tail.finish());
      this.tail = new ByteWriter();
    }
    return this.size - size;
  }

  /** All bytes; undefined where they are others than their digest says. */
  whole(): Uint8Array | undefined {
    if (!this.isJoined) {
      if (!bytesEqual(this.running.finish(), this.digest)) return undefined;
      const whole = new Uint8Array(this.totalBytes);
      let position = 0;
      for (const block of [...this.blocks, this.tail.peek()]) {
        whole.set(block, position);
        position += block.length;
      }
      this.blocks = [whole];
      this.tail = new ByteWriter(0);
      this.isJoined = true;
    }
    return this.blocks[0];
  }
}

/** A client cannot know what a server was started with: it is told. */
function partTooLarge(field: string, length: number, partBytesMax: number): SyncError {
  const description = `has ${length} bytes, ${partBytesMax} at most`;
  return new SyncError(Code.invalidArgument, 'PART_TOO_LARGE', `${field}: ${description}`, {
    fields: [{ field, description }],
    metadata: { part_bytes_max: String(partBytesMax) },
  });
}

/** INVALID_ARGUMENT where a part cannot be one, whatever is there already; TRANSACTION_TOO_LARGE of one that may be refused. */
export function checkPart(part: TransactionPart, limits: Limits, path: string): void {
  checkPartForm(part, limits, path);
  const error = tooLargeInParts(part, limits, path);
  if (error !== undefined) throw error;
}

/** INVALID_ARGUMENT TRANSACTION_TOO_LARGE where a part is of more than may come in parts. */
export function tooLargeInParts(
  { totalBytes }: TransactionPart,
  { transactionBytesMax, partsBytesMax }: Limits,
  path: string,
): SyncError | undefined {
  const totalBytesMax = Math.min(transactionBytesMax, partsBytesMax);
  if (totalBytes <= totalBytesMax) return undefined;
  const description = `is ${totalBytes}, ${totalBytesMax} at most`;
  return invalidField(`${path}.total_bytes`, 'TRANSACTION_TOO_LARGE', description);
}

/** INVALID_ARGUMENT where a part cannot be one, of however much. */
export function checkPartForm(part: TransactionPart, limits: Limits, path: string): void {
  const { replica, counter, digest, totalBytes, offset, bytes } = part;
  checkReplicaId(replica, `${path}.replica_id`);
  if (counter < 1 || !Number.isSafeInteger(counter)) {
    throw invalidField(`${path}.counter`, 'BAD_COUNTER', 'must be 1 or more, and below 2^53');
  }
  if (digest.length !== digestBytes) {
    throw invalidField(`${path}.digest`, 'BAD_DIGEST', `must have ${digestBytes} bytes`);
  }
  if (totalBytes < 1) {
    throw invalidField(`${path}.total_bytes`, 'BAD_TOTAL_BYTES', 'must be 1 or more');
  }
  if (bytes.length > limits.partBytesMax) {
    throw partTooLarge(`${path}.bytes`, bytes.length, limits.partBytesMax);
  }
  if (offset > totalBytes) {
    throw invalidField(`${path}.offset`, 'BAD_OFFSET', `is beyond the ${totalBytes} bytes in all`);
  }
  if (bytes.length > totalBytes - offset) {
    const description = `reach beyond the ${totalBytes} bytes in all`;
    throw invalidField(`${path}.bytes`, 'BAD_OFFSET', description);
  }
}
