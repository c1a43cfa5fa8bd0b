import { ByteWriter, bytesEqual } from '../base/bytes.ts';
import type { Limits } from '../base/limits.ts';
import type { Mask } from '../base/mask.ts';
import { readBatch } from '../codec/batch.ts';
import type { BlockReader } from '../codec/block-reader.ts';
import { readByteStrings } from '../codec/byte-strings.ts';
import { readIntegers } from '../codec/integers.ts';
import { readTexts } from '../codec/texts.ts';
import type { Schema, TableDef } from '../schema/table-def.ts';
import { type BatchRows, rowsOfBatch } from '../table/batch/batch-rows.ts';
import { groupName, maskOfFields, rowKey } from './row-forms.ts';
import type { KeyOf } from './row-numbers.ts';
import type { Change, Transaction } from './transaction.ts';
import {
  type BlockSummary,
  changeFlags,
  countOfRuns,
  digestKinds,
  flagsMax,
  operationOf,
  RunningSummary,
  stampTicks,
} from './transaction-marks.ts';

/**
 * Values that a block may have, those of columns of which columns are made included: a few bytes of it can stand for many. Each is
 * of a transaction, of a change, or of bytes that its canonical form has.
 */
export function blockValuesMax(schema: Schema, { runs, changes, bytes }: BlockSummary): number {
  const columnsMax = Math.max(0, ...schema.tables.map(({ columns }) => columns.length));
  return 1_000 + 16 * countOfRuns(runs) + (32 + 2 * columnsMax) * changes + 4 * bytes;
}

/**
 * Reads what `writeTransactions` wrote, of which `summary` was told; `keyOf` knows rows by their numbers. DATA_LOSS MALFORMED_BYTES for whatever it cannot have written,
 * what has more than that, and what has not its digest: then these are not the transactions that were meant. All bytes are copies.
 */
export function readTransactions(
  reader: BlockReader,
  schema: Schema,
  limits: Limits,
  summary: BlockSummary,
  keyOf?: KeyOf,
): Transaction[] {
  return new TransactionReader(reader, schema, limits, summary, keyOf).read();
}

/** What there is to know of a change before its row. */
interface Marks {
  readonly flags: number;
  readonly operation: Change['operation'];
  readonly table: string;
  readonly fields: readonly number[];
}

interface Group {
  readonly def: TableDef;
  readonly masks: (Mask | undefined)[];
}

class TransactionReader {
  private readonly reader: BlockReader;
  private readonly schema: Schema;
  private readonly limits: Limits;
  private readonly summary: BlockSummary;
  private readonly scratch = new ByteWriter(1 << 10);

  private readonly keyOf: KeyOf | undefined;

  constructor(
    reader: BlockReader,
    schema: Schema,
    limits: Limits,
    summary: BlockSummary,
    keyOf: KeyOf | undefined,
  ) {
    this.keyOf = keyOf;
    this.reader = reader;
    this.schema = schema;
    this.summary = summary;
    // How large rows may be is said when they are prepared.
    this.limits = { ...limits, rowBytesMax: summary.bytes };
  }

  read(): Transaction[] {
    const { reader, summary } = this;
    const tables = this.readList(() => reader.head.lengthText());
    const fieldSets = this.readList(() => this.readList(() => reader.head.varint()));
    const heads = this.readHeads(countOfRuns(summary.runs));
    const marks = this.readMarks(tables, fieldSets);
    const changes = this.changeReader(marks);
    reader.end();
    return this.transactions(heads, changes);
  }

  private readList<Item>(item: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.reader.head.count(); left > 0; left--) items.push(item());
    return items;
  }

  /** A lane whose values are below a limit, and not negative. */
  private lane(count: number, limit = Number.POSITIVE_INFINITY): Float64Array {
    const values = readIntegers(this.reader, count);
    for (let at = 0; at < count; at++) {
      if (!(values[at]! >= 0 && values[at]! < limit)) {
        throw this.reader.fail('a number is out of range');
      }
    }
    return values;
  }

  private readHeads(count: number) {
    const { reader, summary } = this;
    const counts = this.lane(count, summary.changes + 1);
    if (sumOf(counts) !== summary.changes) throw reader.fail('there are not as many changes');
    const milliseconds = this.lane(count, Math.ceil(Number.MAX_SAFE_INTEGER / stampTicks));
    const ticks = this.lane(count, stampTicks);
    const schemaVersions = this.lane(count, 2 ** 32);
    const kinds = this.lane(count, digestKinds.other + 1);
    const otherDigests = readByteStrings(reader, countOf(kinds, digestKinds.other)).values();
    return { counts, milliseconds, ticks, schemaVersions, kinds, otherDigests };
  }

  private readMarks(tables: readonly string[], fieldSets: readonly number[][]): Marks[] {
    const { changes } = this.summary;
    const flags = this.lane(changes, flagsMax + 1);
    const tableOf = this.lane(changes, tables.length);
    const setOf = this.lane(changes, fieldSets.length);
    return Array.from(flags, (each, at) => {
      const operation = operationOf(each);
      if (operation === undefined) throw this.reader.fail('there is no such operation');
      const table = tables[tableOf[at]!]!;
      return { flags: each, operation, table, fields: fieldSets[setOf[at]!]! };
    });
  }

  /** Gives the changes one after the other, each for the counter of its transaction. */
  private changeReader(marks: readonly Marks[]): (counter: number) => Change {
    const { reader } = this;
    const having = (flag: number) => marks.filter(({ flags }) => hasFlag(flags, flag)).length;
    const bases = this.lane(having(changeFlags.base)).values();
    const baseCounters = readIntegers(reader, having(changeFlags.baseCounter)).values();
    const conditions = readTexts(reader, having(changeFlags.ifMatch)).values();
    const named = having(changeFlags.rowHasKey | changeFlags.rowNumber);
    const keys = readTexts(reader, marks.length - named).values();
    const numbers = this.lane(having(changeFlags.rowNumber)).values();
    const otherRows = readByteStrings(reader, having(changeFlags.rowBytes)).values();
    const rows = this.readRows(marks);
    const each = marks.values();
    return (counter) => {
      const { flags, operation, table, fields } = next(each);
      const has = (flag: number) => hasFlag(flags, flag);
      const inColumns = operation === 'delete' || has(changeFlags.rowBytes) ? undefined : rows();
      const own = has(changeFlags.rowHasKey) ? inColumns?.key() : undefined;
      const numbered = has(changeFlags.rowNumber) ? this.keyOf?.(table, next(numbers)) : undefined;
      const isNamed = has(changeFlags.rowHasKey | changeFlags.rowNumber);
      const key = isNamed ? (numbered ?? own) : next(keys);
      if (key === undefined) throw reader.fail('a row has no key that is known here');
      return {
        ...{ operation, table, key, fields },
        row: has(changeFlags.rowBytes) ? next(otherRows).slice() : (inColumns?.bytes() ?? noRow),
        base: has(changeFlags.base) ? next(bases) : undefined,
        baseAbsent: has(changeFlags.baseAbsent),
        baseCounter: has(changeFlags.baseCounter) ? this.counterBefore(counter, baseCounters) : 0,
        ifMatch: has(changeFlags.ifMatch) ? next(conditions) : '',
        ifNoneMatch: has(changeFlags.ifNoneMatch),
      };
    };
  }

  private counterBefore(counter: number, distances: Iterator<number>): number {
    const before = counter - next(distances);
    if (before > 0 && Number.isSafeInteger(before)) return before;
    throw this.reader.fail('a base counter is out of range');
  }

  /** Reads the rows that stand by columns, and gives them in the order of their changes. */
  private readRows(
    marks: readonly Marks[],
  ): () => { key: () => string | undefined; bytes: () => Uint8Array } {
    const named = marks.filter(
      ({ operation, flags }) => operation !== 'delete' && !hasFlag(flags, changeFlags.rowBytes),
    );
    const groups = new Map<string, Group>();
    for (const mark of named) this.intoGroup(groups, mark);
    const { bytes } = this.summary;
    const read = new Map<
      string,
      { readonly def: TableDef; readonly rows: BatchRows; at: number }
    >();
    for (const [name, { def, masks }] of groups) {
      const batch = readBatch(this.reader, masks.length);
      if (batch.rowCount !== masks.length) throw this.reader.fail('there are not as many rows');
      const rows = rowsOfBatch(def, batch, { masks, bytesMax: bytes, limits: this.limits });
      read.set(name, { def, rows, at: 0 });
    }
    const each = named.values();
    return () => {
      const group = read.get(groupName(next(each)))!;
      const at = group.at++;
      return {
        key: () => rowKey(group.def, group.rows.cells(at)),
        bytes: () => this.bytesOf(group.rows, at),
      };
    };
  }

  private intoGroup(groups: Map<string, Group>, marks: Marks): void {
    const def = this.schema.tableByName.get(marks.table);
    if (def === undefined) throw this.reader.fail('rows are of no table');
    const mask = maskOfFields(def, marks);
    if (mask === 'unknown') throw this.reader.fail('a patch names no fields');
    const name = groupName(marks);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { def, masks: [mask] });
    else group.masks.push(mask);
  }

  private bytesOf(rows: BatchRows, at: number): Uint8Array {
    this.scratch.reset();
    rows.encode(at, this.scratch);
    return this.scratch.finish();
  }

  private transactions(
    heads: ReturnType<TransactionReader['readHeads']>,
    nextChange: (counter: number) => Change,
  ): Transaction[] {
    const { reader, summary } = this;
    const found = new RunningSummary();
    const transactions: Transaction[] = [];
    for (const { replica, first, count } of summary.runs) {
      for (let counter = first; counter < first + count; counter++) {
        const at = transactions.length;
        const transaction = {
          ...{ replica, counter },
          previousDigest: this.previousDigest(heads, at, found.lastDigest(replica)),
          stamp: heads.milliseconds[at]! * stampTicks + heads.ticks[at]!,
          schemaVersion: heads.schemaVersions[at]!,
          changes: Array.from({ length: heads.counts[at]! }, () => nextChange(counter)),
        };
        found.add(transaction);
        if (found.bytes > summary.bytes) throw reader.fail('there are more bytes than was said');
        transactions.push(transaction);
      }
    }
    if (!bytesEqual(found.finish().digest, summary.digest)) {
      throw reader.fail('the digest is of other transactions');
    }
    return transactions;
  }

  private previousDigest(
    { kinds, otherDigests }: ReturnType<TransactionReader['readHeads']>,
    at: number,
    last: Uint8Array | undefined,
  ): Uint8Array {
    if (kinds[at] === digestKinds.none) return noDigest;
    if (kinds[at] === digestKinds.other) return next(otherDigests).slice();
    if (last === undefined) throw this.reader.fail('a transaction has none before it');
    return last;
  }
}

const noRow = new Uint8Array(0);
const noDigest = new Uint8Array(0);

function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function countOf(values: Float64Array, wanted: number): number {
  return values.reduce((count, value) => count + (value === wanted ? 1 : 0), 0);
}

/** The next of so many that there is one for each who asks. */
function next<Value>(values: Iterator<Value>): Value {
  return values.next().value as Value;
}
