export * from './client/index.ts';
export {
  type Authoriser,
  createMemoryLog,
  type Database,
  type DatabaseOptions,
  type Identity,
  type Log,
  openDatabase,
  openSqliteLog,
  type RunningServer,
  startServer,
} from './server/index.ts';
