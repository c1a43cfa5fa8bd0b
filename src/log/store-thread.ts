import { assert, type SyncError } from '../base/errors.ts';
import { fromStoreError, type StoreAnswer, type StoreRequest } from './store-messages.ts';

/** A thread that runs `serveStore`: as much of `Worker` as its owner needs. */
export interface ThreadHandle<Answer> {
  postMessage(request: unknown, transfer: ArrayBuffer[]): void;
  on(event: 'message', listener: (answer: StoreAnswer<Answer>) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
}

/** What to say of a thread that has ended, in the words of its store. */
export type EndError = (path: string, cause?: unknown) => SyncError;

export interface ThreadErrors {
  /** Where it ended before it had opened anything. */
  readonly cannotOpen: EndError;
  /** Of calls that come after its end. */
  readonly stopped: EndError;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: SyncError) => void;
  /** What to say where the thread ends without an answer. */
  readonly onEnd: EndError;
}

interface Kinded {
  readonly kind: string;
}

/** The owner's end of the conversation: requests out, answers back in the same order, or the thread's end. */
export class StoreThread<Request extends Kinded, Answer extends Kinded> {
  /** Resolves when the thread has ended, however that came. */
  readonly ended: Promise<void>;
  private readonly handle: ThreadHandle<Answer>;
  private readonly path: string;
  private readonly errors: ThreadErrors;
  private readonly waiting: Waiting<Answer>[] = [];
  private cause: unknown;
  private alive = true;

  constructor(handle: ThreadHandle<Answer>, path: string, errors: ThreadErrors) {
    this.handle = handle;
    this.path = path;
    this.errors = errors;
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

  /** Waits for the thread's first answer, how opening went; fails as that failed, when the thread has ended. */
  async opened(): Promise<Extract<Answer, { kind: 'opened' }>> {
    try {
      return expectKind(await this.nextAnswer(this.errors.cannotOpen), 'opened');
    } catch (error) {
      await this.ended;
      throw error;
    }
  }

  /** Sends one request, gives `buffer`, if any, away with it, and waits for the answer of that kind. */
  async call<Kind extends Answer['kind']>(
    request: Request,
    kind: Kind,
    onEnd: EndError = this.errors.stopped,
    buffer?: ArrayBuffer,
  ): Promise<Extract<Answer, { kind: Kind }>> {
    if (!this.alive) throw this.errors.stopped(this.path, this.cause);
    this.post(request, buffer === undefined ? [] : [buffer]);
    return expectKind(await this.nextAnswer(onEnd), kind);
  }

  /** Asks the thread to end once it has answered everything before; then waits for that. */
  end(): Promise<void> {
    this.post({ kind: 'close' }, []);
    return this.ended;
  }

  private post(request: StoreRequest<Request>, transfer: ArrayBuffer[]): void {
    this.handle.postMessage(request, transfer);
  }

  private nextAnswer(onEnd: EndError): Promise<Answer> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject, onEnd }));
  }

  private onAnswer(answer: StoreAnswer<Answer>): void {
    const { resolve, reject } = this.waiting.shift()!;
    if (isFailed(answer)) reject(fromStoreError(answer.error));
    else resolve(answer);
  }

  private onExit(): void {
    this.alive = false;
    for (const { reject, onEnd } of this.waiting.splice(0)) reject(onEnd(this.path, this.cause));
  }
}

type Failed = Extract<StoreAnswer<never>, { kind: 'failed' }>;

function isFailed<Answer extends Kinded>(answer: StoreAnswer<Answer>): answer is Failed {
  return answer.kind === 'failed';
}

function expectKind<Answer extends Kinded, Kind extends Answer['kind']>(
  answer: Answer,
  kind: Kind,
): Extract<Answer, { kind: Kind }> {
  assert(answer.kind === kind, `the thread answered ${answer.kind}, not ${kind}`);
  return answer as Extract<Answer, { kind: Kind }>;
}
