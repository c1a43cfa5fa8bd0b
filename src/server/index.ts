export { Code, SyncError } from '../base/errors.ts';
export { defaultLimits, type Limits } from '../base/limits.ts';
export type { Log } from '../log/log.ts';
export { createMemoryLog } from '../log/memory-log.ts';
export { openSqliteLog } from '../log/sqlite-log.ts';
export type { Identity } from '../session/source.ts';
export { type Authoriser, type CallContext, trustEveryone } from './authoriser.ts';
export { type Database, type DatabaseOptions, openDatabase } from './database.ts';
export { type RunningServer, type ServerOptions, startServer } from './server.ts';
