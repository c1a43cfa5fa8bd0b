import { parentPort, workerData } from 'node:worker_threads';
import { openLogService } from '../../../src/log/log-service.ts';
import type { LogAnswer, LogRequest } from '../../../src/log/store-messages.ts';
import { type ServicePort, serveStore } from '../../../src/log/store-service.ts';

export interface CrashPlan {
  readonly path: string;
  /** Before the second append reaches the store, or after it is durable but not yet answered. */
  readonly when: 'before' | 'after';
  /** With an error that nobody catches, or by a silent end of the thread. */
  readonly how: 'throw' | 'exit';
}

// The log's thread, which ends in the middle of the second append.
const { path, when, how } = workerData as CrashPlan;
const port = parentPort!;
let appends = 0;

function crash(): void {
  if (how === 'exit') process.exit(3);
  throw new TypeError('the thread has a bug');
}

const service: ServicePort<LogRequest, LogAnswer> = {
  postMessage: (answer, transfer) => {
    if (answer.kind === 'appended' && appends === 2) crash();
    port.postMessage(answer, [...(transfer ?? [])]);
  },
  on: (event, listener) =>
    port.on(event, (request) => {
      if (request.kind === 'append') appends++;
      if (when === 'before' && appends === 2) crash();
      listener(request);
    }),
  close: () => port.close(),
};
serveStore(service, openLogService, path);
