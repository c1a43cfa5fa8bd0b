import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { addToMask, emptyMask, type Mask, removeFromMask } from '../base/mask.ts';
import type { Change, Transaction } from '../change/transaction.ts';
import { keyCell, keyOfCells } from '../schema/key.ts';
import { decodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';

/** A change whose table, key and values are known to be well formed. */
export interface PreparedChange {
  readonly operation: Change['operation'];
  readonly table: TableDef;
  readonly key: string;
  /** Columns that it sets or clears; never the key. Empty for a delete. */
  readonly mask: Mask;
  /** One for each column; those outside `mask` are the defaults, the key's excepted. Empty for a delete. */
  readonly cells: readonly Cell[];
  readonly base: number | undefined;
  readonly baseCounter: number;
  readonly ifMatch: string;
  readonly ifNoneMatch: boolean;
}

export interface PreparedTransaction {
  readonly transaction: Transaction;
  readonly changes: readonly PreparedChange[];
}

const replicaPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** INVALID_ARGUMENT BAD_REPLICA_ID where `id` cannot name a replica; `field` says where it stood. */
export function checkReplicaId(id: string, field: string): void {
  if (!replicaPattern.test(id)) {
    throw invalidField(field, 'BAD_REPLICA_ID', 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -');
  }
}

/**
 * Checks all of a transaction that can be checked without the state: INVALID_ARGUMENT (NOT_FOUND for an unknown
 * table) names the field under `path`. What passes here can only be refused for what the state says.
 */
export function prepareTransaction(
  schema: Schema,
  limits: Limits,
  transaction: Transaction,
  path: string,
): PreparedTransaction {
  checkReplicaId(transaction.replica, `${path}.replica_id`);
  if (transaction.counter < 1) {
    throw invalidField(`${path}.counter`, 'BAD_COUNTER', 'must be 1 or more');
  }
  if (transaction.schemaVersion !== 0 && transaction.schemaVersion !== schema.version) {
    throw invalidField(`${path}.schema_version`, 'SCHEMA_MISMATCH', `must be ${schema.version}`);
  }
  checkChangeCount(transaction, limits, path);
  const changes = transaction.changes.map((change, index) =>
    prepareChange(schema, limits, change, `${path}.changes[${index}]`),
  );
  return { transaction, changes };
}

function checkChangeCount(transaction: Transaction, limits: Limits, path: string): void {
  const count = transaction.changes.length;
  if (count === 0) throw invalidField(`${path}.changes`, 'NO_CHANGES', 'must not be empty');
  if (count > limits.transactionChangesMax) {
    throw invalidField(
      `${path}.changes`,
      'TOO_MANY_CHANGES',
      `has ${count} changes, ${limits.transactionChangesMax} at most`,
    );
  }
}

function prepareChange(
  schema: Schema,
  limits: Limits,
  change: Change,
  path: string,
): PreparedChange {
  const table = writableTable(schema, change.table, `${path}.table`);
  const { operation, base, baseCounter, ifMatch, ifNoneMatch } = change;
  const rest = { operation, table, base, baseCounter, ifMatch, ifNoneMatch };
  if (operation === 'delete') {
    const key = checkedKey(table, change.key, limits, `${path}.key`);
    return { ...rest, key, mask: emptyMask(table.columns.length), cells: [] };
  }
  if (change.row.length > limits.rowBytesMax) {
    throw invalidField(`${path}.row`, 'ROW_TOO_LARGE', `has more than ${limits.rowBytesMax} bytes`);
  }
  const { cells, present } = within(`${path}.row`, () =>
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
  const description = `there is no table ${JSON.stringify(name)}`;
  return new SyncError(Code.notFound, 'UNKNOWN_TABLE', `${path}: ${description}`, {
    fields: [{ field: path, description }],
    metadata: { table: name },
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
  const inRow = ((present[table.key >>> 5]! >>> (table.key & 31)) & 1) === 1;
  if (change.key === '')
    return within(`${path}.row.${column.name}`, () => keyOfCells(table, cells, limits));
  const key = checkedKey(table, change.key, limits, `${path}.key`);
  if (!inRow) cells[table.key] = keyCell(table, key, limits);
  else if (keyOfCells(table, cells, limits) !== key) {
    throw invalidField(
      `${path}.key`,
      'KEY_MISMATCH',
      `is not the key that the row has in ${column.name}`,
    );
  }
  return key;
}

function checkedKey(table: TableDef, key: string, limits: Limits, path: string): string {
  within(path, () => keyCell(table, key, limits));
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
  for (const column of table.columns) {
    if (column.oneofSiblings.length === 0 || cells[column.index] === null) continue;
    for (const sibling of column.oneofSiblings) addToMask(mask, sibling);
  }
  return mask;
}

/** Puts the path of the request before the field that a deeper check named. */
function within<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === Code.internal) throw error;
    const fields = error.fields.map(({ field, description }) => ({
      field: `${path}.${field}`,
      description,
    }));
    throw new SyncError(Code.invalidArgument, error.reason, `${path}: ${error.message}`, {
      fields: fields.length > 0 ? fields : [{ field: path, description: error.message }],
      metadata: error.metadata,
    });
  }
}
