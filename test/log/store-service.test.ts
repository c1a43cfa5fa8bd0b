import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLogService } from '../../src/log/log-service.ts';
import type {
  LogAnswer,
  LogRequest,
  StoreAnswer,
  StoreRequest,
} from '../../src/log/store-messages.ts';
import { serveStore } from '../../src/log/store-service.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

/** A service on a file, what it has answered so far, and the way to ask it. */
function serve(path: string) {
  const answers: StoreAnswer<LogAnswer>[] = [];
  const listeners: ((request: StoreRequest<LogRequest>) => void)[] = [];
  let closed = false;
  serveStore<LogRequest, LogAnswer>(
    {
      postMessage: (answer) => answers.push(answer),
      on: (_, listener) => listeners.push(listener),
      close: () => {
        closed = true;
      },
    },
    openLogService,
    path,
  );
  const ask = (request: StoreRequest<LogRequest>) => {
    for (const listener of listeners) listener(request);
  };
  return { answers, ask, isClosed: () => closed };
}

describe('the service of the log thread', () => {
  it('answers why the log cannot be opened, and ends', () => {
    const path = join(makeFolder(), 'test.log');
    const first = serve(path);
    const second = serve(path);
    expect(second.answers).toMatchObject([
      { kind: 'failed', error: { code: 9, reason: 'LOG_LOCKED', metadata: { path } } },
    ]);
    expect([first.isClosed(), second.isClosed()]).toEqual([false, true]);
    first.ask({ kind: 'close' });
    expect(first.isClosed()).toBe(true);
  });

  it('dies of an error that is not a SyncError, and does not answer it', () => {
    const { answers, ask } = serve(join(makeFolder(), 'test.log'));
    const notPacked = new ArrayBuffer(1);
    expect(() => ask({ kind: 'append', expectedHead: 0, records: notPacked })).toThrow(RangeError);
    expect(answers.map((answer) => answer.kind)).toEqual(['opened']);
    ask({ kind: 'close' });
  });
});
