export { type Conflict, ConflictSchema } from '../../gen/es/syncdb/v1/system_pb.ts';
export { Code, SyncError } from '../base/errors.ts';
export { defaultLimits, type Limits } from '../base/limits.ts';
export type { Logger } from '../base/logger.ts';
export type { Outcome } from '../change/commit.ts';
export type { Change, Transaction } from '../change/transaction.ts';
export type { Level } from '../codec/plan.ts';
export type { StoredRow } from '../replica/journal-record.ts';
export type { ParkedTransaction } from '../replica/parked-transaction.ts';
export type { Conditions, DeviceDescription, PowerState } from '../session/device.ts';
export type { FieldValue, TeamCodec } from '../table/batch/team-codec.ts';
export type { Keyset } from '../table/row-order.ts';
export type { Exported, ExportOptions } from './carried-edits.ts';
export { open } from './client.ts';
export type {
  Client,
  ClientTable,
  Released,
  TransactionScope,
  TransactionTable,
} from './client-api.ts';
export type { ClientListeners, ClientState } from './client-events.ts';
export type { ClientCounter, ClientDuration, ClientMetrics } from './client-metrics.ts';
export type { Key, QueryOptions, QueryPage, RowInfo } from './client-table.ts';
export { decodeEditsFile, type EditsFile } from './edits-file.ts';
export type { FieldCodec } from './field-codec.ts';
export { type ImportOptions, importEdits } from './import-edits.ts';
export type { Imported } from './imported-edits.ts';
export type { ClientStorage, JournalFiles, JournalLog } from './journal-files.ts';
export type { LiveQuery, QueryChange } from './live-query.ts';
export { memoryStorage } from './memory-storage.ts';
export type { OpenOptions } from './open-options.ts';
export type { StorageStatus } from './replica-journal.ts';
export type { RetryOptions } from './retry.ts';
export { type Salvaged, salvageStorage } from './salvage.ts';
export { type SqliteStorageOptions, sqliteStorage } from './sqlite-storage.ts';
export type { Status, SyncProgress } from './status.ts';
export type { FieldTest, Where } from './where.ts';
export type { PendingTransaction, TransactionState, Written } from './written-transaction.ts';
export type { PendingStatistics } from './written-transactions.ts';
