import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a child does when its parent asks, by name. Whatever crosses is cloned. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** A process of its own, so that neither its memory nor its compiled code are those of the measurement beside it. */
export interface Child<Served extends Handlers> {
  /** Asks the child and resolves with its answer; rejects with what it threw, or when it ended. */
  call<Name extends keyof Served & string>(
    name: Name,
    ...argument: Parameters<Served[Name]>
  ): Promise<Awaited<ReturnType<Served[Name]>>>;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

/**
 * Starts `file`, which calls `serveParent`. With SYNCDB_BENCH_PROFILE, each child leaves a CPU profile in the folder
 * that it names.
 */
export async function startChild<Served extends Handlers>(
  file: URL,
  nodeOptions: readonly string[] = [],
): Promise<Child<Served>> {
  const folder = process.env.SYNCDB_BENCH_PROFILE;
  const profile = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const execArgv = ['--expose-gc', ...nodeOptions, ...profile];
  const child = fork(file, { execArgv, serialization: 'advanced' });
  await next(child);
  return {
    call: async (name, ...argument) => {
      child.send({ name, argument: argument[0] });
      const { value, error } = await next(child);
      if (error !== undefined) throw new Error(`${file.pathname}: ${name}: ${error}`);
      return value as never;
    },
    stop: async () => {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** The next message of the child. One call is under way at a time. */
async function next(child: ChildProcess): Promise<Answer> {
  const aborted = new AbortController();
  const { signal } = aborted;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer as Answer),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`a child process ended with ${code}`);
      }),
    ]);
  } finally {
    aborted.abort();
  }
}

/** In the child: answers the parent until it lets go. */
export function serveParent(handlers: Handlers): void {
  process.on('message', (message: { name: string; argument: unknown }) => {
    void answerTo(handlers, message).then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => process.exit());
  process.send?.({});
}

async function answerTo(
  handlers: Handlers,
  message: { name: string; argument: unknown },
): Promise<Answer> {
  try {
    const handler = handlers[message.name] as ((argument: unknown) => unknown) | undefined;
    if (handler === undefined) throw new Error(`there is no ${message.name}`);
    return { value: await handler(message.argument) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
