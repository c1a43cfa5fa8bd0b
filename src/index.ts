export * from './client/index.ts';
export {
  type Authoriser,
  type Database,
  type Identity,
  openDatabase,
  openSqliteLog,
  type RunningServer,
  startServer,
} from './server/index.ts';
