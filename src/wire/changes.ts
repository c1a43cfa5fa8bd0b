import * as pb from '../../gen/ts/syncdb/v1/data.ts';
import { invalidField } from '../base/errors.ts';
import type { Change, Operation } from '../change/transaction.ts';
import { tableOfAny } from './any-row.ts';
import { copyOf } from './byte-views.ts';
import { createEnumForms, safeNumber } from './checks.ts';

const operations = createEnumForms<Operation, pb.Operation>({
  put: pb.Operation.PUT,
  patch: pb.Operation.PATCH,
  delete: pb.Operation.DELETE,
});

/** The row goes as its bytes alone, which is the canonical form. */
export function changeToWire(change: Change): pb.Change {
  const hasRow = change.operation !== 'delete';
  return {
    operation: operations.numberOf(change.operation),
    table: change.table,
    key: change.key,
    content: hasRow ? { $case: 'rowBytes', value: change.row } : undefined,
    fields: [...change.fields],
    baseVersion: change.base === undefined ? undefined : BigInt(change.base),
    baseAbsent: change.baseAbsent,
    baseCounter: BigInt(change.baseCounter),
    ifMatch: change.ifMatch,
    ifNoneMatch: change.ifNoneMatch,
  };
}

/**
 * A change as it was sent, its row copied. INVALID_ARGUMENT names the field under `path`: UNKNOWN_ENUM_VALUE for an
 * operation that is not known; MISSING_FIELD where a table, or the row of a put or patch, is missing; UNEXPECTED_ROW
 * where a delete has one; WRONG_ROW_TYPE where the row is of another table; NUMBER_TOO_LARGE.
 */
export function changeFromWire(message: pb.Change, path: string): Change {
  const operation = operations.nameOf(message.operation, `${path}.operation`);
  const { table, row } = contentFromWire(message, operation, path);
  return {
    operation,
    table,
    key: message.key,
    row,
    fields: message.fields,
    base:
      message.baseVersion === undefined
        ? undefined
        : safeNumber(message.baseVersion, `${path}.base_version`),
    baseAbsent: message.baseAbsent,
    baseCounter: safeNumber(message.baseCounter, `${path}.base_counter`),
    ifMatch: message.ifMatch,
    ifNoneMatch: message.ifNoneMatch,
  };
}

/** The changes of a list; `path` is that of the list. */
export function changesFromWire(messages: readonly pb.Change[], path: string): Change[] {
  return messages.map((message, index) => changeFromWire(message, `${path}[${index}]`));
}

const noRow = new Uint8Array(0);

function contentFromWire(
  message: pb.Change,
  operation: Operation,
  path: string,
): { table: string; row: Uint8Array } {
  const { content } = message;
  let { table } = message;
  if (operation === 'delete') {
    if (content !== undefined) {
      throw invalidField(`${path}.${fieldOf(content)}`, 'UNEXPECTED_ROW', 'a delete takes no row');
    }
  } else if (content === undefined) {
    const description = `is missing: a ${operation} takes row or row_bytes, which may be empty`;
    throw invalidField(`${path}.row`, 'MISSING_FIELD', description);
  } else if (content.$case === 'row') {
    table = tableOfAny(content.value, table, `${path}.row`);
  }
  if (table === '') throw invalidField(`${path}.table`, 'MISSING_FIELD', 'is missing');
  if (content === undefined) return { table, row: noRow };
  return { table, row: copyOf(content.$case === 'row' ? content.value.value : content.value) };
}

function fieldOf(content: NonNullable<pb.Change['content']>): string {
  return content.$case === 'row' ? 'row' : 'row_bytes';
}
