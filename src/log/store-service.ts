import { SyncError } from '../base/errors.ts';
import { type StoreAnswer, type StoreRequest, toStoreError } from './store-messages.ts';

/** The thread's end of its port: as much of `MessagePort` as the service needs. */
export interface ServicePort<Request, Answer> {
  postMessage(answer: StoreAnswer<Answer>, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (request: StoreRequest<Request>) => void): unknown;
  /** Ends the thread once nothing else keeps it. */
  close(): void;
}

/** An open store, as the thread serves it. */
export interface StoreService<Request, Answer> {
  /** What opening is answered with. */
  readonly opened: Answer;
  answer(request: Request): Answer;
  close(): void;
}

/**
 * Opens the store at `path` and answers the requests that come through `port`, until it is told to close. An error that is no
 * SyncError is a fault of the program: it ends the thread, which the other side sees.
 */
export function serveStore<Request extends object, Answer extends object>(
  port: ServicePort<Request, Answer>,
  open: (path: string) => StoreService<Request, Answer>,
  path: string,
): void {
  let store: StoreService<Request, Answer> | undefined;
  post(port, () => {
    store = open(path);
    return store.opened;
  });
  if (store === undefined) {
    port.close();
    return;
  }
  const { answer, close } = store;
  port.on('message', (request) => {
    if (!isClose(request)) return post(port, () => answer(request));
    close();
    port.close();
  });
}

function isClose<Request>(request: StoreRequest<Request>): request is { readonly kind: 'close' } {
  return (request as { readonly kind?: unknown }).kind === 'close';
}

function post<Answer extends object>(
  port: Pick<ServicePort<unknown, Answer>, 'postMessage'>,
  work: () => Answer,
): void {
  let said: StoreAnswer<Answer>;
  try {
    said = work();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    said = { kind: 'failed', error: toStoreError(error) };
  }
  port.postMessage(
    said,
    Object.values(said).filter((value) => value instanceof ArrayBuffer),
  );
}
