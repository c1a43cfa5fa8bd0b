import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoreAnswer, StoreRequest } from '../../src/log/sqlite-messages.ts';
import { serveStore } from '../../src/log/sqlite-service.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

/** A service on a file, what it has answered so far, and the way to ask it. */
function serve(path: string) {
  const answers: StoreAnswer[] = [];
  const listeners: ((request: StoreRequest) => void)[] = [];
  let closed = false;
  serveStore(
    {
      postMessage: (answer) => answers.push(answer),
      on: (_, listener) => listeners.push(listener),
      close: () => {
        closed = true;
      },
    },
    path,
  );
  const ask = (request: StoreRequest) => {
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
