import type { SyncError } from '../base/errors.ts';
import { cannotOpen, logStopped } from './log-errors.ts';
import { fromStoreError, type StoreAnswer, type StoreRequest } from './sqlite-messages.ts';

/** A thread that runs `serveStore`: as much of `Worker` as its owner needs. */
export interface ThreadHandle {
  postMessage(request: StoreRequest, transfer: ArrayBuffer[]): void;
  on(event: 'message', listener: (answer: StoreAnswer) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
}

/** The answers that are not errors. */
export type GoodAnswer = Exclude<StoreAnswer, { kind: 'failed' }>;

interface Waiting {
  readonly resolve: (answer: GoodAnswer) => void;
  readonly reject: (error: SyncError) => void;
  /** What to say where the thread ends without an answer. */
  readonly onEnd: (path: string, cause?: unknown) => SyncError;
}

/** The owner's end of the conversation: requests out, answers back in the same order, or the thread's end. */
export class StoreThread {
  /** Resolves when the thread has ended, however that came. */
  readonly ended: Promise<void>;
  private readonly handle: ThreadHandle;
  private readonly path: string;
  private readonly waiting: Waiting[] = [];
  private cause: unknown;
  private alive = true;

  constructor(handle: ThreadHandle, path: string) {
    this.handle = handle;
    this.path = path;
    handle.on('message', (answer) => this.onAnswer(answer));
    handle.on('error', (error) => {
      this.cause = error;
    });
    this.ended = new Promise((resolve) => {
      handle.on('exit', () => {
        this.onExit();
        resolve();
      });
    });
  }

  /** Waits for the thread's first answer: how opening went. */
  opened(): Promise<GoodAnswer> {
    return this.nextAnswer(cannotOpen);
  }

  /** Sends one request and gives `buffer`, if any, away with it. */
  call(request: StoreRequest, onEnd: Waiting['onEnd'], buffer?: ArrayBuffer): Promise<GoodAnswer> {
    if (!this.alive) return Promise.reject(logStopped(this.path, this.cause));
    this.handle.postMessage(request, buffer === undefined ? [] : [buffer]);
    return this.nextAnswer(onEnd);
  }

  /** Asks the thread to end once it has answered everything before; then waits for that. */
  end(): Promise<void> {
    this.handle.postMessage({ kind: 'close' }, []);
    return this.ended;
  }

  private nextAnswer(onEnd: Waiting['onEnd']): Promise<GoodAnswer> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject, onEnd }));
  }

  private onAnswer(answer: StoreAnswer): void {
    const { resolve, reject } = this.waiting.shift()!;
    if (answer.kind === 'failed') reject(fromStoreError(answer.error));
    else resolve(answer);
  }

  private onExit(): void {
    this.alive = false;
    for (const { reject, onEnd } of this.waiting.splice(0)) reject(onEnd(this.path, this.cause));
  }
}
