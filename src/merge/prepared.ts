import { boundedName, quoted } from '../base/bounded-text.ts';
import { ByteWriter } from '../base/bytes.ts';
import { renamed } from '../base/error-fields.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import {
  addToMask,
  emptyMask,
  type Mask,
  maskHas,
  maskIndexes,
  removeFromMask,
} from '../base/mask.ts';
import { finish, StepCount, type Steps } from '../base/steps.ts';
import { utf8Length } from '../base/utf8.ts';
import type { Refusal } from '../change/commit.ts';
import {
  type Change,
  checkFieldCount,
  digestBytes,
  encodeTransaction,
  type Transaction,
} from '../change/transaction.ts';
import { keyCell, keyOfCells } from '../schema/key.ts';
import { decodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { etagLengthMax } from './etag.ts';

/** A change whose table, key and values are known to be well formed. */
export interface PreparedChange {
  readonly operation: Change['operation'];
  readonly table: TableDef;
  readonly key: string;
  /** Columns that it sets or clears; never the key. Empty for a delete. */
  readonly mask: Mask;
  /** One for each column; only the key's and those of `mask` count. Empty for a delete. */
  readonly cells: readonly Cell[];
  readonly base: number | undefined;
  readonly baseAbsent: boolean;
  readonly baseCounter: number;
  readonly ifMatch: string;
  readonly ifNoneMatch: boolean;
}

export interface PreparedTransaction {
  readonly transaction: Transaction;
  readonly changes: readonly PreparedChange[];
  /** Why its changes can never be: then it has none here, and is refused. */
  readonly unfit?: Refusal;
}

/** Characters of a replica id at the most. */
export const replicaIdMax = 64;
const replicaPattern = new RegExp(`^[A-Za-z0-9._-]{1,${replicaIdMax}}$`);

/** Whether this can name a replica. */
export function isReplicaId(id: string): boolean {
  return replicaPattern.test(id);
}

/** INVALID_ARGUMENT BAD_REPLICA_ID where `id` cannot name a replica; `field` says where it stood. */
export function checkReplicaId(id: string, field: string): void {
  if (!isReplicaId(id)) {
    const description = `must be 1 to ${replicaIdMax} characters of A-Z a-z 0-9 . _ -`;
    throw invalidField(field, 'BAD_REPLICA_ID', description);
  }
}

/**
 * Checks all of a transaction that can be checked without the state: INVALID_ARGUMENT (NOT_FOUND for an unknown
 * table) names the field under `path`. What passes here can only be refused for what the state says. A `service` writes
 * under a name of the server's, which no replica can have.
 */
export function prepareTransaction(
  schema: Schema,
  limits: Limits,
  transaction: Transaction,
  path: string,
  writer: 'replica' | 'service' = 'replica',
): PreparedTransaction {
  return finish(preparationSteps(schema, limits, transaction, path, { writer }));
}

/** The same in steps. Of one whose canonical bytes were `counted` before they are not counted again. */
export function* preparationSteps(
  schema: Schema,
  limits: Limits,
  transaction: Transaction,
  path: string,
  {
    writer = 'replica',
    counted = false,
  }: { readonly writer?: 'replica' | 'service'; readonly counted?: boolean } = {},
): Steps<PreparedTransaction> {
  checkHead(schema, transaction, path, writer);
  const changes: PreparedChange[] = [];
  yield* prepareChanges(schema, limits, transaction, path, { counted, changes });
  return { transaction, changes };
}

/** Prepares the changes of a transaction into `changes`, which tells how far it came where one of them is wrong. */
export function* prepareChanges(
  schema: Schema,
  limits: Limits,
  transaction: Transaction,
  path: string,
  { counted, changes }: { readonly counted: boolean; readonly changes: PreparedChange[] },
): Steps<void> {
  checkCount(transaction, limits, path);
  if (!counted) checkBytes(transaction, limits, path);
  const count = new StepCount(limits);
  for (const [index, change] of transaction.changes.entries()) {
    if (count.ends()) yield;
    changes.push(prepareChange(schema, limits, change, `${path}.changes[${index}]`));
    count.add(change.row.length);
  }
}

/** Who wrote it, where it stands in its writer's line, and by which schema. */
export function checkHead(
  schema: Schema,
  transaction: Transaction,
  path: string,
  writer: 'replica' | 'service',
): void {
  if (writer === 'replica') checkReplicaId(transaction.replica, `${path}.replica_id`);
  if (transaction.counter < 1 || !Number.isSafeInteger(transaction.counter)) {
    throw invalidField(`${path}.counter`, 'BAD_COUNTER', 'must be 1 or more, and below 2^53');
  }
  if (transaction.stamp < 0 || !Number.isSafeInteger(transaction.stamp)) {
    throw invalidField(`${path}.stamp`, 'BAD_STAMP', 'must be 0 or more, and below 2^53');
  }
  if (transaction.previousDigest.length > 0 && transaction.previousDigest.length !== digestBytes) {
    const description = `must be empty or have ${digestBytes} bytes`;
    throw invalidField(`${path}.previous_digest`, 'BAD_DIGEST', description);
  }
  if (transaction.schemaVersion !== 0 && transaction.schemaVersion !== schema.version) {
    throw invalidField(`${path}.schema_version`, 'SCHEMA_MISMATCH', `must be ${schema.version}`);
  }
}

function checkCount(
  { changes }: Transaction,
  { transactionChangesMax }: Limits,
  path: string,
): void {
  const count = changes.length;
  if (count === 0) throw invalidField(`${path}.changes`, 'NO_CHANGES', 'must not be empty');
  if (count <= transactionChangesMax) return;
  const description = `has ${count} changes, ${transactionChangesMax} at most`;
  throw invalidField(`${path}.changes`, 'TOO_MANY_CHANGES', description);
}

function checkBytes(transaction: Transaction, { transactionBytesMax }: Limits, path: string): void {
  if (bytesAtMost(transaction) <= transactionBytesMax) return;
  const out = new ByteWriter();
  encodeTransaction(transaction, out);
  if (out.length <= transactionBytesMax) return;
  const description = `has ${out.length} bytes, ${transactionBytesMax} at most`;
  throw invalidField(path, 'TRANSACTION_TOO_LARGE', description);
}

/** An upper bound of the canonical encoding that is cheap to have. */
function bytesAtMost(transaction: Transaction): number {
  let sum = 256;
  for (const { table, key, row, fields, ifMatch } of transaction.changes) {
    const texts = utf8Length(table) + utf8Length(key) + utf8Length(ifMatch);
    sum += texts + row.length + fields.length * 8 + 64;
  }
  return sum;
}

function prepareChange(
  schema: Schema,
  limits: Limits,
  change: Change,
  path: string,
): PreparedChange {
  const table = writableTable(schema, change.table, `${path}.table`);
  const { operation, base, baseAbsent, baseCounter, ifMatch, ifNoneMatch } = change;
  checkFieldCount(change.fields, limits, path);
  if (ifMatch.length > etagLengthMax) {
    const description = `is no etag: it has more than ${etagLengthMax} characters`;
    throw invalidField(`${path}.if_match`, 'BAD_ETAG', description);
  }
  const rest = { operation, table, base, baseAbsent, baseCounter, ifMatch, ifNoneMatch };
  if (operation === 'delete') {
    const key = checkedKey(table, change.key, limits, `${path}.key`);
    return { ...rest, key, mask: emptyMask(table.columns.length), cells: [] };
  }
  const { cells, present } = inRow(`${path}.row`, () =>
    decodeRow(table, change.row, 0, change.row.length, limits),
  );
  const key = rowKey(table, change, cells, present, limits, path);
  const mask =
    operation === 'put' ? table.allColumns.slice() : patchMask(table, change, cells, present, path);
  removeFromMask(mask, table.key);
  return { ...rest, key, mask, cells };
}

function writableTable(schema: Schema, name: string, path: string): TableDef {
  const table = schema.tableByName.get(name);
  if (table === undefined) throw unknownTable(name, path);
  if (table.system)
    throw invalidField(path, 'SYSTEM_TABLE', `${name} is kept by SyncDB and cannot be written`);
  return table;
}

/** NOT_FOUND UNKNOWN_TABLE naming the field. */
export function unknownTable(name: string, path: string): SyncError {
  const description = `there is no table ${quoted(name)}`;
  return new SyncError(Code.notFound, 'UNKNOWN_TABLE', `${path}: ${description}`, {
    fields: [{ field: path, description }],
    metadata: { table: boundedName(name) },
  });
}

/** The key, from `key`, from the row, or from both when they agree. */
function rowKey(
  table: TableDef,
  change: Change,
  cells: Cell[],
  present: Mask,
  limits: Limits,
  path: string,
): string {
  const column = table.columns[table.key]!;
  const keyInRow = () => inRow(`${path}.row`, () => keyOfCells(table, cells, limits));
  if (change.key === '') return keyInRow();
  const key = checkedKey(table, change.key, limits, `${path}.key`);
  if (!maskHas(present, table.key)) cells[table.key] = keyCell(table, key, limits);
  else if (keyInRow() !== key) {
    throw invalidField(
      `${path}.key`,
      'KEY_MISMATCH',
      `is not the key that the row has in ${column.name}`,
    );
  }
  return key;
}

function checkedKey(table: TableDef, key: string, limits: Limits, path: string): string {
  renamed(
    () => keyCell(table, key, limits),
    () => path,
  );
  return key;
}

function patchMask(
  table: TableDef,
  change: Change,
  cells: readonly Cell[],
  present: Mask,
  path: string,
): Mask {
  const mask = change.fields.length === 0 ? present.slice() : emptyMask(table.columns.length);
  for (const [index, number] of change.fields.entries()) {
    const column = table.columnByNumber.get(number);
    if (column === undefined) {
      throw invalidField(
        `${path}.fields[${index}]`,
        'UNKNOWN_FIELD',
        `${table.name} has no field ${number}`,
      );
    }
    addToMask(mask, column.index);
  }
  // Setting one member of a oneof clears the others.
  for (const index of maskIndexes(mask)) {
    if (cells[index] === null) continue;
    for (const sibling of table.columns[index]!.oneofSiblings) addToMask(mask, sibling);
  }
  return mask;
}

/** Puts the path of the row before the field that a deeper check named; `row` is the row as a whole. */
function inRow<T>(path: string, check: () => T): T {
  return renamed(check, (field) => (field === 'row' ? path : `${path}.${field}`));
}
