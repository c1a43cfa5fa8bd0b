import { SyncError } from '../base/errors.ts';
import { packRecords, unpackRecords } from './record-pack.ts';
import { type StoreAnswer, type StoreRequest, toStoreError } from './sqlite-messages.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

/** The thread's end of its port: as much of `MessagePort` as the service needs. */
export interface ServicePort {
  postMessage(answer: StoreAnswer, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (request: StoreRequest) => void): unknown;
  /** Ends the thread once nothing else keeps it. */
  close(): void;
}

/**
 * Opens the log at `path` and answers the requests that come through `port`, until it is told to close. An
 * error that is no SyncError is a fault of the program: it ends the thread, which the other side sees.
 */
export function serveStore(port: ServicePort, path: string): void {
  const store = open(port, path);
  if (store === undefined) {
    port.close();
    return;
  }
  port.on('message', (request) => {
    if (request.kind === 'close') {
      store.close();
      port.close();
      return;
    }
    answer(port, () => (request.kind === 'append' ? append(store, request) : read(store, request)));
  });
}

function open(port: ServicePort, path: string): SqliteStore | undefined {
  let store: SqliteStore | undefined;
  answer(port, () => {
    store = openSqliteStore(path);
    return { kind: 'opened', id: store.id, head: store.head };
  });
  return store;
}

function append(
  store: SqliteStore,
  request: Extract<StoreRequest, { kind: 'append' }>,
): StoreAnswer {
  const head = store.append(request.expectedHead, unpackRecords(request.records));
  return { kind: 'appended', head };
}

function read(store: SqliteStore, request: Extract<StoreRequest, { kind: 'read' }>): StoreAnswer {
  return {
    kind: 'slice',
    records: packRecords(store.read(request.after, request.upto).records),
  };
}

function answer(port: ServicePort, work: () => StoreAnswer): void {
  let said: StoreAnswer;
  try {
    said = work();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    said = { kind: 'failed', error: toStoreError(error) };
  }
  port.postMessage(said, said.kind === 'slice' ? [said.records] : []);
}
