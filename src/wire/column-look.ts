import type { ByteReader } from '../base/bytes.ts';
import { invalidField } from '../base/errors.ts';
import { lengthType, partEnd, walk } from '../base/field-scan.ts';
import type { Limits } from '../base/limits.ts';
import type { Named } from '../change/transaction.ts';
import type { Schema } from '../schema/table-def.ts';
import { columnsHeapBytes } from '../session/heap-estimate.ts';

// Fields of syncdb.v1.TransactionColumns and TransactionRun.
const runTag = 1 * 8 + lengthType;
const changesTag = 2 * 8;
const canonicalBytesTag = 3 * 8;
const replicaTag = 1 * 8 + lengthType;
const firstCounterTag = 2 * 8;
const countTag = 3 * 8;

/** A change has no fewer in canonical form. */
const changeBytesMin = 4;

/** Looks at what columns say that they have; whoever reads them takes no more. What is said twice counts twice. */
export class ColumnLook {
  transactions = 0;
  private changes = 0;
  private bytes = 0;
  private readonly limits: Limits;
  private readonly path: string;

  constructor(limits: Limits, path: string) {
    this.limits = limits;
    this.path = path;
  }

  /**
   * Looks at a syncdb.v1.TransactionColumns that begins here with its length. DATA_LOSS MALFORMED_BYTES; INVALID_ARGUMENT
   * MESSAGE_TOO_LARGE and MALFORMED_COLUMNS for what cannot be.
   */
  take(reader: ByteReader, messageEnd: number): void {
    const end = partEnd(reader, messageEnd);
    walk(reader, end, (tag) => {
      if (tag === runTag) this.takeRun(reader, end);
      else if (tag === changesTag) this.changes += reader.varint();
      else if (tag === canonicalBytesTag) this.bytes += reader.varint();
      else return false;
      return true;
    });
    this.check();
  }

  private takeRun(reader: ByteReader, messageEnd: number): void {
    const { count } = runAt(reader, messageEnd);
    if (count === 0) throw invalidField(this.path, 'MALFORMED_COLUMNS', 'a run has nothing in it');
    this.transactions += count;
  }

  private check(): void {
    const { path, changes, bytes } = this;
    const { messageBytesMax } = this.limits;
    if (bytes > messageBytesMax) {
      const description = `come to ${bytes} bytes; ${messageBytesMax} are allowed, as a message may have`;
      throw invalidField(path, 'MESSAGE_TOO_LARGE', description);
    }
    if (changes * changeBytesMin > bytes) {
      const description = `${changes} changes take more than ${bytes} bytes`;
      throw invalidField(path, 'MALFORMED_COLUMNS', description);
    }
  }

  /** What reading, preparing and ordering them takes on the heap, about and no less, where they meet no rows. */
  heapBytes(schema: Schema): number {
    const { transactions, changes, bytes } = this;
    return columnsHeapBytes(schema, { transactions, changes, bytes });
  }
}

/** The transactions of columns that were looked at, and that begin here with their length. */
export function namesInColumns(reader: ByteReader, messageEnd: number): Named[] {
  const names: Named[] = [];
  const end = partEnd(reader, messageEnd);
  walk(reader, end, (tag) => {
    if (tag !== runTag) return false;
    const { replica, first, count } = runAt(reader, end);
    for (let at = 0; at < count; at++) names.push({ replica, counter: first + at });
    return true;
  });
  return names;
}

function runAt(reader: ByteReader, messageEnd: number) {
  const run = { replica: '', first: 0, count: 0 };
  const end = partEnd(reader, messageEnd);
  walk(reader, end, (tag) => {
    if (tag === replicaTag) run.replica = reader.lengthText();
    else if (tag === firstCounterTag) run.first = reader.varint();
    else if (tag === countTag) run.count = reader.varint();
    else return false;
    return true;
  });
  return run;
}
