import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from '../../../gen/ts/syncdb/v1/data.ts';
import { TransactRequest, type TransactResponse } from '../../../gen/ts/syncdb/v1/data_service.ts';
import { Code, SyncError } from '../../base/errors.ts';
import { answered } from '../../client/answered.ts';
import { backoffMs } from '../../client/backoff.ts';
import type { Remote } from './remote.ts';

/** How often the same is sent again, where a server does not answer or says that it may pass. */
const retriesMax = 8;

/** What a server may do for itself. Its verdict on a transaction, ABORTED also, is the same the next time. */
const passingCodes: ReadonlySet<Code> = new Set([
  Code.unavailable,
  Code.deadlineExceeded,
  Code.resourceExhausted,
]);

function isPassing(error: unknown): error is SyncError {
  return error instanceof SyncError && error.isRetryable && passingCodes.has(error.code);
}

/** Sends transactions; a retry of one is never applied a second time. */
export interface Sender {
  /** `name` tells it from others of this sender. Raises what the server refuses it with. */
  send(name: string, changes: readonly Change[]): Promise<TransactResponse>;
}

/**
 * Of a sender with the same id, that sends the same changes under the same name, a server remembers the answer (the last
 * 100,000 of them): so what was written once is not written again. The id has at most 30 characters of `A-Z a-z 0-9 . _ -`.
 */
export function createSender(
  remote: Remote,
  id: string,
  wait: (ms: number) => Promise<unknown> = delay,
): Sender {
  const { data, database, metadata, deadline } = remote;
  return {
    send: async (name, changes) => {
      const plain: TransactRequest = { database, requestId: '', changes: [...changes] };
      // Other changes are another request, so what was put right after a refusal is judged anew.
      const digest = createHash('sha256').update(TransactRequest.encode(plain).finish());
      const requestId = `${id}-${name}-${digest.digest('base64url').slice(0, 12)}`;
      const request = { ...plain, requestId };
      for (let attempt = 0; ; attempt++) {
        try {
          return await answered<TransactResponse>((done) =>
            data.transact(request, metadata, deadline(), done),
          );
        } catch (error) {
          if (!isPassing(error) || attempt >= retriesMax) throw error;
          await wait(error.retryDelayMs ?? backoffMs(attempt, Math.random()));
        }
      }
    },
  };
}
