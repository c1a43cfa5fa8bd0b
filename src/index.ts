export * from './client/index.ts';
export {
  type Authoriser,
  type Identity,
  openDatabase,
  openSqliteLog,
  startServer,
} from './server/index.ts';
