import { ByteReader } from '../base/bytes.ts';
import { lengthType, nextTag, partEnd, skipValue, skipVarints } from '../base/field-scan.ts';
import type { Steps } from '../base/steps.ts';
import { decodeUtf8 } from '../base/utf8.ts';
import { cellHeapBytes, contentShare, placeBytes } from '../schema/cell-heap.ts';
import type { Schema, TableDef } from '../schema/table-def.ts';

// Bytes of V8's heap, measured and rounded up: where they run out nothing can be done any more, so that is foreseen.

/** Of a change that was read and prepared, beside the cells of its row. */
const changeBytes = 800;
/** What is made of a change while it is ordered, where there is no row yet. */
const newRowBytes = 700;
/** Of a transaction, beside its changes. */
const transactionBytes = 1_000;
/** Of a number in a list, or of any other field. */
const fieldBytes = 16;

/** More than the name of any table has, and what may stand before it. */
const nameBytesMax = 2_048;

/** What can be told of a transaction by a look at its bytes. */
export interface Looked {
  /** What reading, preparing and ordering it takes on the heap, about and no less, where it meets no rows. */
  readonly heapBytes: number;
  /** Whether it has nothing but deletions. */
  readonly onlyDeletes: boolean;
}

/** Looks at a transaction in canonical form, and keeps nothing of it. DATA_LOSS MALFORMED_BYTES where it is in none. */
export function* lookSteps(
  schema: Schema,
  bytes: Uint8Array,
  stepChangesMax: number,
): Steps<Looked> {
  const reader = new ByteReader(bytes, 'transaction');
  const look = new HeapLook(schema, reader);
  for (let fields = 1; !reader.done; fields++) {
    look.transactionField(reader.end);
    if (fields % stepChangesMax === 0) yield;
  }
  const { heapBytes, onlyDeletes } = look;
  return { heapBytes, onlyDeletes };
}

/**
 * Looks at changes in the bytes of a message of the protocol, and sums up what reading, preparing and ordering them takes on
 * the heap, about and no less, where they meet no rows. The canonical form of a transaction is one of these. All that a field
 * says twice counts twice. DATA_LOSS MALFORMED_BYTES.
 */
export class HeapLook {
  heapBytes = 0;
  onlyDeletes = true;
  private readonly schema: Schema;
  private readonly reader: ByteReader;
  /** Of the change that is looked at: its table, and where its row begins and ends. */
  private table = '';
  private rowStart = 0;
  private rowEnd = 0;

  constructor(schema: Schema, reader: ByteReader) {
    this.schema = schema;
    this.reader = reader;
  }

  /** Looks at a syncdb.v1.Transaction that begins with its length and is over at `messageEnd` or before. */
  transaction(messageEnd: number): void {
    const end = partEnd(this.reader, messageEnd);
    this.heapBytes += transactionBytes;
    while (this.reader.position < end) this.transactionField(end);
  }

  /** Looks at the next field of one. */
  transactionField(end: number): void {
    const tag = nextTag(this.reader);
    if (tag === changeTag) this.change(end);
    else this.skip(tag, end);
  }

  /** Looks at a syncdb.v1.Change, likewise. */
  change(messageEnd: number): void {
    const { reader } = this;
    const end = partEnd(reader, messageEnd);
    this.heapBytes += changeBytes + newRowBytes;
    this.table = '';
    this.rowStart = this.rowEnd = end;
    let operation = 0;
    while (reader.position < end) {
      const tag = nextTag(reader);
      if (tag === operationTag) operation = reader.varint();
      else if (tag === tableTag) this.takeTable(end);
      else if (tag === rowTag) this.takeRow(end);
      else if (tag === anyTag) this.takeAny(end);
      else if (tag === fieldsTag) this.takeFields(end);
      else this.skip(tag, end);
    }
    if (reader.position > end) throw reader.fail('a part is too short');
    this.onlyDeletes &&= operation === deleteNumber;
    const table = this.schema.tableByName.get(this.table);
    if (table !== undefined) this.takeCells(table);
    reader.position = end;
  }

  private takeTable(end: number): void {
    const { reader } = this;
    const textEnd = this.content(end);
    const length = textEnd - reader.position;
    // An Any has its name behind a slash. What is longer than any name is none.
    const text = length > nameBytesMax ? '' : textOf(reader, textEnd);
    this.table = text.slice(text.lastIndexOf('/') + 1) || this.table;
    reader.position = textEnd;
  }

  private takeRow(end: number): void {
    this.rowEnd = this.content(end);
    this.rowStart = this.reader.position;
    this.reader.position = this.rowEnd;
  }

  private takeAny(messageEnd: number): void {
    const end = partEnd(this.reader, messageEnd);
    while (this.reader.position < end) {
      const tag = nextTag(this.reader);
      if (tag === anyNameTag) this.takeTable(end);
      else if (tag === anyValueTag) this.takeRow(end);
      else this.skip(tag, end);
    }
  }

  private takeFields(messageEnd: number): void {
    const { reader } = this;
    const end = partEnd(reader, messageEnd);
    this.heapBytes += fieldBytes * (end - reader.position);
    skipVarints(reader, end);
  }

  /** The cells of the row, beside what they hold. */
  private takeCells(table: TableDef): void {
    const { reader, rowEnd } = this;
    this.heapBytes += placeBytes * table.columns.length;
    reader.position = this.rowStart;
    let before = 0;
    try {
      while (reader.position < rowEnd) {
        const tag = nextTag(reader);
        const field = Math.floor(tag / 8);
        // The elements of a list are one cell.
        const column = field === before ? undefined : table.columnByNumber.get(field);
        if (column !== undefined) this.heapBytes += cellHeapBytes(column.kind);
        before = field;
        skipValue(reader, tag, rowEnd);
      }
    } catch {
      // No row: whoever prepares it says so.
    }
  }

  /** What is here is no more than its content, or is skipped by whoever reads it. */
  private skip(tag: number, end: number): void {
    if (tag % 8 === lengthType) this.reader.position = this.content(end);
    else {
      this.heapBytes += fieldBytes;
      skipValue(this.reader, tag, end);
    }
  }

  /** Where the content that comes next ends. */
  private content(end: number): number {
    const contentEnd = partEnd(this.reader, end);
    this.heapBytes += contentShare * (contentEnd - this.reader.position);
    return contentEnd;
  }
}

/** How much there is of what is pushed by columns. */
interface ColumnCounts {
  readonly transactions: number;
  readonly changes: number;
  /** In canonical form. */
  readonly bytes: number;
}

/** The same of what is pushed by columns, as if each of its rows were one of the largest table, as far as its bytes go. */
export function columnsHeapBytes(
  schema: Schema,
  { transactions, changes, bytes }: ColumnCounts,
): number {
  const placesMax = Math.max(0, ...schema.tables.map(({ columns }) => columns.length));
  const cellsMax = Math.max(0, ...schema.tables.map(cellsHeapBytes));
  const cells = Math.min(cellsMax * changes, (cellBytesMax / cellBytesMin) * bytes);
  const rest = transactionBytes * transactions + (changeBytes + newRowBytes) * changes;
  return rest + placeBytes * placesMax * changes + cells + contentShare * bytes;
}

/** Of the cells of a row in which all are set. */
function cellsHeapBytes({ columns }: TableDef): number {
  return columns.reduce((sum, { kind }) => sum + cellHeapBytes(kind), 0);
}

/** No cell takes more on the heap, nor less in a message. */
const cellBytesMax = cellHeapBytes('wire');
const cellBytesMin = 2;

function textOf({ source, position }: ByteReader, end: number): string {
  try {
    return decodeUtf8(source, position, end);
  } catch {
    // Whoever reads it says so.
    return '';
  }
}

// Tags of syncdb.v1.Transaction, syncdb.v1.Change and google.protobuf.Any.
const changeTag = 6 * 8 + 2;
const operationTag = 1 * 8;
const tableTag = 2 * 8 + 2;
const anyTag = 4 * 8 + 2;
const rowTag = 5 * 8 + 2;
const fieldsTag = 6 * 8 + 2;
const anyNameTag = 1 * 8 + 2;
const anyValueTag = 2 * 8 + 2;
const deleteNumber = 3;
