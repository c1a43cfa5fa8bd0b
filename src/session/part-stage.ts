import { ByteWriter, bytesEqual } from '../base/bytes.ts';
import { invalidField } from '../base/errors.ts';
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

/**
 * Transactions that come in parts and are not ordered yet, one of each writer. All sessions of a database share them, so
 * what one stream brought the next one goes on with. Where they would have more than `partsBytesMax` bytes together, the
 * writer goes first who was not heard of for the longest time: it is told that nothing is there, and begins again.
 */
export class PartStage {
  private readonly limits: Limits;
  /** By writer, the one that was heard of last at the end. */
  private readonly staged = new Map<string, StagedTransaction>();
  private byteCount = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Bytes of all that is staged. */
  get bytes(): number {
    return this.byteCount;
  }

  /**
   * Takes what a part has beyond what is there. INVALID_ARGUMENT names the field under `path`; DIGEST_DIFFERS where all is
   * there and is not what its digest says, and then nothing is there any more.
   */
  take(part: TransactionPart, path: string): Staged {
    checkPart(part, this.limits, path);
    const { replica, offset, bytes } = part;
    const known = this.staged.get(replica);
    if (known !== undefined && !known.isOf(part)) this.remove(replica);
    const before = this.staged.get(replica);
    const received = before?.received ?? 0;
    const fresh = offset > received ? nothing : bytes.subarray(received - offset);
    if (before === undefined && fresh.length === 0) return incomplete(0);
    const staged = before ?? new StagedTransaction(part, this.limits.partBytesMax);
    // Whoever is heard of goes to the end.
    this.remove(replica);
    staged.add(fresh);
    this.makeRoom(staged.size);
    this.staged.set(replica, staged);
    this.byteCount += staged.size;
    if (staged.received < part.totalBytes) return incomplete(staged.received);
    const whole = staged.whole();
    if (whole !== undefined) {
      return { receivedBytes: staged.received, whole, completed: fresh.length > 0 };
    }
    this.remove(replica);
    throw invalidField(`${path}.digest`, 'DIGEST_DIFFERS', 'is not that of the bytes');
  }

  /** The writer's transactions up to this counter need no parts any more. */
  drop(replica: string, counter: number): void {
    const staged = this.staged.get(replica);
    if (staged !== undefined && staged.counter <= counter) this.remove(replica);
  }

  private makeRoom(size: number): void {
    for (const replica of this.staged.keys()) {
      if (this.byteCount + size <= this.limits.partsBytesMax) return;
      this.remove(replica);
    }
  }

  private remove(replica: string): void {
    this.byteCount -= this.staged.get(replica)?.size ?? 0;
    this.staged.delete(replica);
  }
}

const nothing = new Uint8Array(0);

function incomplete(receivedBytes: number): Staged {
  return { receivedBytes, whole: undefined, completed: false };
}

/** What there is of one transaction. Takes room for what has come, whatever was said of the rest. */
class StagedTransaction {
  readonly counter: number;
  received = 0;
  private readonly digest: Uint8Array;
  private readonly running = createDigest();
  private readonly totalBytes: number;
  private readonly blockBytes: number;
  private blocks: Uint8Array[] = [];
  private tail = new ByteWriter();
  private isWhole = false;

  constructor({ counter, digest, totalBytes }: TransactionPart, blockBytes: number) {
    this.counter = counter;
    this.digest = digest.slice();
    this.totalBytes = totalBytes;
    this.blockBytes = blockBytes;
  }

  get size(): number {
    return Math.max(stagedBytesMin, this.received);
  }

  isOf({ counter, digest, totalBytes }: TransactionPart): boolean {
    return (
      counter === this.counter && totalBytes === this.totalBytes && bytesEqual(digest, this.digest)
    );
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.running.update(bytes);
    this.received += bytes.length;
    this.tail.bytes(bytes);
    if (this.tail.length < this.blockBytes) return;
    this.blocks.push(this.tail.finish());
    this.tail = new ByteWriter();
  }

  /** All bytes; undefined where they are others than their digest says. */
  whole(): Uint8Array | undefined {
    if (!this.isWhole) {
      if (!bytesEqual(this.running.finish(), this.digest)) return undefined;
      const whole = new Uint8Array(this.totalBytes);
      let position = 0;
      for (const block of [...this.blocks, this.tail.peek()]) {
        whole.set(block, position);
        position += block.length;
      }
      this.blocks = [whole];
      this.tail = new ByteWriter(0);
      this.isWhole = true;
    }
    return this.blocks[0];
  }
}

/** INVALID_ARGUMENT where a part cannot be one, whatever is there already. */
function checkPart(part: TransactionPart, limits: Limits, path: string): void {
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
  const totalBytesMax = Math.min(limits.transactionBytesMax, limits.partsBytesMax);
  if (totalBytes > totalBytesMax) {
    const description = `is ${totalBytes}, ${totalBytesMax} at most`;
    throw invalidField(`${path}.total_bytes`, 'TRANSACTION_TOO_LARGE', description);
  }
  if (bytes.length > limits.partBytesMax) {
    const description = `has ${bytes.length} bytes, ${limits.partBytesMax} at most`;
    throw invalidField(`${path}.bytes`, 'PART_TOO_LARGE', description);
  }
  if (offset > totalBytes) {
    throw invalidField(`${path}.offset`, 'BAD_OFFSET', `is beyond the ${totalBytes} bytes in all`);
  }
  if (bytes.length > totalBytes - offset) {
    const description = `reach beyond the ${totalBytes} bytes in all`;
    throw invalidField(`${path}.bytes`, 'BAD_OFFSET', description);
  }
}
