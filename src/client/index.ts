export { Code, SyncError } from '../base/errors.ts';
export { defaultLimits, type Limits } from '../base/limits.ts';
export type { Outcome } from '../change/commit.ts';
export type { ParkedTransaction } from '../replica/parked-transaction.ts';
export type { Progress } from '../session/messages.ts';
export type { Keyset } from '../table/row-order.ts';
export type { BackoffOptions } from './backoff.ts';
export {
  type Client,
  type ClientTable,
  type OpenOptions,
  open,
  type Status,
  type TransactionScope,
  type TransactionTable,
  type Written,
} from './client.ts';
export type { Key, QueryOptions, QueryPage, RowInfo } from './client-table.ts';
export type { FieldTest, Where } from './where.ts';
