import { MessageChannel } from 'node:worker_threads';
import type { Log } from '../../../src/log/log.ts';
import { openLogService } from '../../../src/log/log-service.ts';
import type { LogAnswer, LogRequest } from '../../../src/log/store-messages.ts';
import { type ServicePort, serveStore } from '../../../src/log/store-service.ts';
import type { ThreadHandle } from '../../../src/log/store-thread.ts';
import { attachThreadLog } from '../../../src/log/thread-log.ts';

/** The SQLite log with both of its ends in this thread: no thread to start, and nothing else is different. */
export function openInThisThread(path: string): Promise<Log> {
  const { port1, port2 } = new MessageChannel();
  const handle = {
    postMessage: port1.postMessage.bind(port1),
    on: (event: string, listener: (value: unknown) => void) =>
      port1.on(event === 'exit' ? 'close' : event, listener),
  };
  const log = attachThreadLog(handle as ThreadHandle<LogAnswer>, path);
  serveStore(port2 as ServicePort<LogRequest, LogAnswer>, openLogService, path);
  return log;
}
