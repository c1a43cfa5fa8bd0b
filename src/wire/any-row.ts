import type { Any } from '../../gen/ts/google/protobuf/any.ts';
import { invalidField } from '../base/errors.ts';

/** What every tool puts before the name of a type. */
const typeUrlPrefix = 'type.googleapis.com/';

/** A row of the table as the team's own message. */
export function anyOfRow(table: string, row: Uint8Array): Any {
  return { typeUrl: typeUrlPrefix + table, value: row };
}

/**
 * The table whose row this is: `table`, or where that is empty the one that the row names. INVALID_ARGUMENT
 * WRONG_ROW_TYPE names the field where the row is of another table, or of none.
 */
export function tableOfAny(any: Any, table: string, field: string): string {
  const { typeUrl } = any;
  const name = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  if (name !== '' && name !== typeUrl && (table === '' || table === name)) return name;
  const wanted = table === '' ? 'the name of a table' : table;
  const description = `is a ${JSON.stringify(typeUrl)}; its type must end in /${wanted}`;
  throw invalidField(field, 'WRONG_ROW_TYPE', description);
}
