import type { Clock } from '../base/clock.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import type { Level } from '../codec/plan.ts';
import type { TeamCodec } from '../table/batch/team-codec.ts';
import { type Authoriser, trustEveryone } from './authoriser.ts';
import type { WriteState } from './committer.ts';
import type { Database } from './database.ts';
import { checkExposure } from './listen-address.ts';
import { type Listener, listen } from './listener.ts';
import { createLogger } from './logger.ts';
import { RpcServer } from './rpc-server.ts';
import { type DatabaseToOpen, ServedDatabases } from './served-databases.ts';
import { ServerLines } from './server-lines.ts';
import { sayCodecsLacking, sayWriteState, startFacts } from './server-log.ts';

export interface ServerOptions {
  /**
   * The databases that it serves, or how to open them: while one is opened the server listens already, refuses its calls with
   * UNAVAILABLE DATABASE_LOADING, and health checks say that it does not serve. The server closes them with itself; where its
   * start fails it closes those that it opened.
   */
  readonly databases: readonly (Database | DatabaseToOpen)[];
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Who may do what. Without one everyone may do everything, which only a loopback address allows. */
  readonly authorise?: Authoriser;
  /** Lets everyone in from anywhere, unencrypted. */
  readonly insecure?: boolean;
  readonly limits?: Limits;
  /**
   * The most work that it does for few bytes, whatever clients wish: `fast`, `balanced` or `small`; `balanced` when left out. What
   * is made for one first sync is sent to others, too, so `small` is dear for the first one alone.
   */
  readonly levelMax?: Level;
  readonly clock?: Clock;
  /**
   * In which it sends the columns of fields that name them in their option `codec`, to clients that have codecs of the same names;
   * see `TeamCodec`.
   */
  readonly teamCodecs?: readonly TeamCodec[];
  /**
   * Told of errors that are nobody's bad input, and at the start of AMBIGUOUS_FILES where databases have different files
   * of one name, which reflection leaves out. They are logged in any case.
   */
  readonly onInternalError?: (error: unknown) => void;
  /**
   * Told when a database stops taking writes and when it takes them again, and at the start of one that takes none. It is logged
   * in any case.
   */
  readonly onWriteState?: (database: string, state: WriteState, cause: unknown) => void;
  /** Told the address as soon as it listens, when databases may still be loading. */
  readonly onListening?: (address: string) => void;
  /** Ends the start, which then fails with its reason; of no effect once the server has started. */
  readonly signal?: AbortSignal;
  /**
   * Told what happens; `silent` says nothing. By default warnings and errors go to stderr, as JSON, a line each, or what
   * SYNCDB_LOG_LEVEL says.
   */
  readonly logger?: Logger;
}

export interface RunningServer {
  /** Host and port that it listens on. */
  readonly address: string;
  readonly port: number;
  /** Connections that there are. */
  readonly connectionCount: number;
  /** Resolves with the error when a database stopped ordering because its log failed: time to start again. */
  readonly failed: Promise<unknown>;
  /**
   * Stops gracefully: no new calls, open streams are told to connect again, what is in flight is made durable,
   * the databases are closed. Calls that do not end within `graceMs` are cut.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Starts a server; resolves once all databases are open. ADDRESS_IN_USE and NOT_LOOPBACK are one clear sentence. Where one of the
 * databases cannot be opened, or the log of one fails for good while others are opened, the start ends with that error.
 * INVALID_ARGUMENT BAD_DATABASES where two have one name, or one has another name once it is open; BAD_TEAM_CODEC.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { address, authorise, insecure = false, signal } = options;
  signal?.throwIfAborted();
  checkExposure(address, authorise !== undefined, insecure);
  const server = new HomeServer(options);
  await server.start();
  return server;
}

class HomeServer implements RunningServer {
  readonly failed: Promise<unknown>;
  private readonly fail: (error: unknown) => void;
  private readonly options: ServerOptions;
  private readonly logger: Logger;
  private readonly lines: ServerLines;
  private readonly databases: ServedDatabases;
  private readonly rpc: RpcServer;
  private readonly onInternalError: (error: unknown) => void;
  private listener: Listener | undefined;
  /** What listens to the databases. */
  private readonly unfollows: (() => void)[] = [];

  constructor(options: ServerOptions) {
    const { authorise = trustEveryone, limits = defaultLimits } = options;
    this.options = options;
    this.logger = options.logger ?? createLogger('warn');
    const lines = new ServerLines(this.logger);
    this.lines = lines;
    this.onInternalError = (error) => {
      lines.internalError(error);
      options.onInternalError?.(error);
    };
    this.databases = new ServedDatabases(options.databases);
    this.rpc = new RpcServer({
      ...{ authorise, limits, lines, databases: this.databases, levelMax: options.levelMax },
      clock: options.clock ?? { nowMs: () => Date.now() },
      onInternalError: this.onInternalError,
      teamCodecs: options.teamCodecs,
    });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.failed = promise;
    this.fail = resolve;
    void promise.then(() => this.rpc.health.down());
  }

  get address(): string {
    return this.listener!.address;
  }

  get port(): number {
    return this.listener!.port;
  }

  get connectionCount(): number {
    return this.rpc.connections.count;
  }

  /** Once; where it fails nothing is left of it. */
  async start(): Promise<void> {
    try {
      for (const database of this.databases.open) this.follow(database);
      await this.listen();
      if (this.databases.loading.size > 0) await this.load();
      this.logger.info(startFacts(this.address, this.databases.open), 'server started');
    } catch (error) {
      // What goes wrong on the way out says less than this.
      await Promise.allSettled([this.giveUp()]);
      throw error;
    }
  }

  async close(graceMs = 5_000): Promise<void> {
    try {
      this.logger.info({ sessions: this.rpc.sessionCount }, 'server stopping');
      await this.stop(graceMs);
    } finally {
      await this.databases.close().finally(() => this.settle());
    }
    this.logger.info({}, 'server stopped');
  }

  private async listen(): Promise<void> {
    this.listener = await listen({
      address: this.options.address,
      onSocket: (socket) => this.rpc.connections.take(socket),
      onError: this.onInternalError,
    });
    this.options.onListening?.(this.address);
  }

  /** Opens the databases that are not open; gives up where one fails, or where the start is not wanted any more. */
  private async load(): Promise<void> {
    const { address, databases } = this;
    this.logger.info({ address, loading: [...databases.loading] }, 'server listening');
    const opened = databases.openAll((database) => {
      this.follow(database);
      this.rpc.health.opened(database.name);
    });
    await Promise.race([opened, this.failed.then(raise), reasonOf(this.options.signal)]);
  }

  private follow(database: Database): void {
    const { name } = database;
    const tell = (state: WriteState, cause: unknown) => {
      this.rpc.health.takesWrites(name, isServing(state));
      sayWriteState(this.logger, name, state, cause);
      this.options.onWriteState?.(name, state, cause);
    };
    sayCodecsLacking(this.logger, database, this.options.teamCodecs);
    void database.failed.then(this.fail);
    this.unfollows.push(
      database.onInternalError(this.onInternalError),
      database.onWriteState(tell),
    );
    // It may have been open for long, and served by another before.
    if (database.writeState !== 'open') tell(database.writeState, undefined);
  }

  /** Takes nothing more, then ends what there is. */
  private async stop(graceMs: number): Promise<void> {
    this.listener?.stop();
    await this.rpc.stop(graceMs);
  }

  private async giveUp(): Promise<void> {
    try {
      await this.stop(0);
    } finally {
      await this.databases.abandon().finally(() => this.settle());
    }
    if (this.listener !== undefined) this.logger.info({}, 'server stopped');
  }

  private settle(): void {
    for (const unfollow of this.unfollows) unfollow();
    this.lines.close();
  }
}

/** Whoever writes to a full disk is told so, and finds out that there is room again: nobody else would. */
function isServing(state: WriteState): boolean {
  return state === 'open' || state === 'full';
}

function raise(error: unknown): never {
  throw error;
}

/** Rejects with the reason of the signal when it is aborted. */
function reasonOf(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal?.reason);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
