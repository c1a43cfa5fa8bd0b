import { ByteReader } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import type { Steps } from '../base/steps.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Change } from '../change/transaction.ts';
import type { PreparedTransaction } from '../merge/prepared.ts';
import type { ColumnKind, Schema, TableDef } from '../schema/table-def.ts';

// Bytes of V8's heap, measured and rounded up: where they run out nothing can be done any more, so that is foreseen.

/** Of a change that was read and prepared, beside the cells of its row. */
const changeBytes = 800;
/** Of a place in an array of cells, whatever is in it. */
const placeBytes = 8;
/** What is made of a change while it is ordered, where there is no row yet. */
const newRowBytes = 700;
/** More of that where there is one, beside its cells: it is read, and kept with its history until the commit is durable. */
const oldRowBytes = 1_200;
/** Of what a cell holds, beside its bytes. What is not here stands in its place. */
const cellBytes: Readonly<Partial<Record<ColumnKind, number>>> = {
  ...{ string: 32, bytes: 200, wire: 200, int64: 32, uint64: 32, time: 32, double: 16, float: 16 },
};
/** A text may take two bytes on the heap for one in UTF-8. */
const contentShare = 2;

/** What reading and preparing a push takes on the heap, about and no less. */
export function pushHeapBytes(
  schema: Schema,
  transactions: readonly { readonly changes: readonly Pick<Change, 'table' | 'key' | 'row'>[] }[],
): number {
  let sum = 0;
  for (const { changes } of transactions) {
    for (const { table, key, row } of changes) {
      sum += changeHeapBytes(schema.tableByName.get(table), key.length, row);
    }
  }
  return sum;
}

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
  let heapBytes = 0;
  let onlyDeletes = true;
  for (let fields = 1; !reader.done; fields++) {
    const tag = reader.varint();
    if (tag % 8 === varintType) reader.varint();
    else {
      const field = reader.lengthBytes();
      if (tag === changeTag) {
        const { table, key, row, isDelete } = lookedAt(field);
        heapBytes += newRowBytes + changeHeapBytes(schema.tableByName.get(table), key, row);
        onlyDeletes &&= isDelete;
      }
    }
    if (fields % stepChangesMax === 0) yield;
  }
  return { heapBytes, onlyDeletes };
}

/** What ordering it takes beside that for the rows that it meets, about and no less. */
export function* metRowsHeapSteps(
  state: CommittedState,
  { changes }: PreparedTransaction,
  stepChangesMax: number,
): Steps<number> {
  const oldBytes = new Map<TableDef, number>();
  let sum = 0;
  for (const [index, { table, key }] of changes.entries()) {
    if (state.has(table, key)) {
      const bytes = oldBytes.get(table) ?? oldRowHeapBytes(state, table);
      oldBytes.set(table, bytes);
      sum += bytes;
    }
    if ((index + 1) % stepChangesMax === 0) yield;
  }
  return sum;
}

// Wire types, and tags of syncdb.v1.Transaction and syncdb.v1.Change.
const varintType = 0;
const changeTag = 6 * 8 + 2;
const operationTag = 1 * 8;
const tableTag = 2 * 8 + 2;
const keyTag = 3 * 8 + 2;
const rowTag = 5 * 8 + 2;
const deleteNumber = 3;

const noRow = new Uint8Array(0);

/** What a change has before the fields that do not matter here. */
function lookedAt(bytes: Uint8Array): {
  readonly table: string;
  readonly key: number;
  readonly row: Uint8Array;
  readonly isDelete: boolean;
} {
  const reader = new ByteReader(bytes, 'transaction');
  const isDelete = reader.varint() === operationTag && reader.varint() === deleteNumber;
  let table = '';
  let key = 0;
  let row: Uint8Array = noRow;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === tableTag) table = reader.lengthText();
    else if (tag === keyTag) key = reader.lengthBytes().length;
    else if (tag === rowTag) row = reader.lengthBytes();
    else break;
  }
  return { table, key, row, isDelete };
}

function changeHeapBytes(table: TableDef | undefined, key: number, row: Uint8Array): number {
  const cells = table === undefined ? 0 : cellsHeapBytes(table, row);
  return changeBytes + contentShare * (key + row.length) + cells;
}

/** Of the cells of a row, beside what they hold. */
function cellsHeapBytes(table: TableDef, row: Uint8Array): number {
  let sum = placeBytes * table.columns.length;
  let before = 0;
  try {
    for (const reader = new ByteReader(row, 'row'); !reader.done; ) {
      const tag = reader.varint();
      const field = Math.floor(tag / 8);
      // The elements of a list are one cell.
      const column = field === before ? undefined : table.columnByNumber.get(field);
      if (column !== undefined) sum += cellBytes[column.kind] ?? 0;
      before = field;
      skip(reader, tag % 8);
    }
  } catch (error) {
    // No row: whoever prepares it says so.
    if (!(error instanceof SyncError)) throw error;
  }
  return sum;
}

function skip(reader: ByteReader, type: number): void {
  if (type === varintType) reader.varint64();
  else if (type === 1) reader.bytes(8);
  else if (type === 5) reader.bytes(4);
  else if (type === 2) reader.bytes(reader.varint());
  else throw reader.fail('unknown wire type');
}

/** Of a row of the table on the average: how long each is would take longer to find out. */
function oldRowHeapBytes(state: CommittedState, table: TableDef): number {
  const { columns } = state.table(table);
  const held = table.columns.reduce(
    (sum, { kind }) => sum + placeBytes + (cellBytes[kind] ?? 0),
    0,
  );
  return oldRowBytes + held + Math.ceil(columns.memoryBytes / columns.liveCount);
}
