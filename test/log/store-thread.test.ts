import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cannotOpen, logStopped, outcomeUnknown } from '../../src/log/log-errors.ts';
import type { LogAnswer, LogRequest } from '../../src/log/store-messages.ts';
import { StoreThread, type ThreadHandle } from '../../src/log/store-thread.ts';
import { rejection } from './support/records.ts';

/** A thread whose answers, errors and end come when the test says so. */
class FakeThread extends EventEmitter implements ThreadHandle<LogAnswer> {
  readonly requests: LogRequest[] = [];

  postMessage(request: LogRequest): void {
    this.requests.push(request);
  }
}

const read: LogRequest = { kind: 'read', after: 0, upto: 1 };

function start() {
  const handle = new FakeThread();
  return {
    handle,
    thread: new StoreThread<LogRequest, LogAnswer>(handle, '/some.log', {
      cannotOpen,
      stopped: logStopped,
    }),
  };
}

describe('the conversation with the log thread', () => {
  it('gives answers to requests in their order', async () => {
    const { handle, thread } = start();
    const first = thread.call(read, 'appended');
    const second = thread.call(read, 'appended');
    handle.emit('message', { kind: 'appended', head: 1 });
    handle.emit('message', { kind: 'appended', head: 2 });
    expect(await first).toEqual({ kind: 'appended', head: 1 });
    expect(await second).toEqual({ kind: 'appended', head: 2 });
  });

  it('[I2] fails each call that waits at the end of the thread in its own way, and later ones at once', async () => {
    const { handle, thread } = start();
    const append = thread.call(read, 'appended', outcomeUnknown);
    const reading = thread.call(read, 'appended');
    const bug = new TypeError('a bug');
    handle.emit('error', bug);
    handle.emit('exit');
    await thread.ended;
    expect(await rejection(append)).toMatchObject({ reason: 'LOG_OUTCOME_UNKNOWN', cause: bug });
    expect(await rejection(reading)).toMatchObject({ reason: 'LOG_STOPPED', cause: bug });
    const late = await rejection(thread.call(read, 'appended', outcomeUnknown));
    expect(late).toMatchObject({ reason: 'LOG_STOPPED', cause: bug });
    expect(handle.requests).toHaveLength(2);
  });

  it('[I2] ends only when the thread has, after what was asked before', async () => {
    const { handle, thread } = start();
    const append = thread.call(read, 'appended', outcomeUnknown);
    let ended = false;
    const ending = thread.end().then(() => {
      ended = true;
    });
    expect(handle.requests.map(({ kind }) => kind)).toEqual(['read', 'close']);
    handle.emit('message', { kind: 'appended', head: 1 });
    await append;
    expect(ended).toBe(false);
    handle.emit('exit');
    await ending;
  });
});
