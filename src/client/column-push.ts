import type { SyncRequest } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Limits } from '../base/limits.ts';
import { bytesAbout } from '../change/transaction.ts';
import type { Schema } from '../schema/table-def.ts';
import type { Compression, Push } from '../session/messages.ts';
import { clientMessageToWire, columnPushToWire } from '../wire/sync-messages.ts';
import { columnsToWire } from '../wire/transaction-columns.ts';

/** What may go by columns, with these compressed. */
export interface ColumnPush extends Push {
  readonly columns: Compression;
}

export function mayGoByColumns(message: { readonly type: string }): message is ColumnPush {
  return message.type === 'push' && (message as Push).columns !== undefined;
}

/**
 * A push as a message, and how many bytes that has, about. In rows where columns are no smaller or cannot be made: what was written
 * here must get out, whatever it is.
 */
export async function columnRequest(
  push: ColumnPush,
  schema: Schema,
  limits: Limits,
): Promise<{ readonly request: SyncRequest; readonly bytes: number }> {
  const { transactions, columns: compression, numberOf } = push;
  const columns = await columnsToWire(transactions, schema, limits, compression, numberOf).catch(
    () => {},
  );
  if (columns !== undefined) {
    return { request: columnPushToWire(columns), bytes: columns.block.length };
  }
  const bytes = transactions.reduce((sum, { changes }) => sum + bytesAbout(changes), 0);
  return { request: clientMessageToWire(push), bytes };
}
