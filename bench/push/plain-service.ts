import { Change } from '../../gen/ts/syncdb/v1/data.ts';
import { PushRequest, PushResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import type { Change as PlainChange } from '../../src/change/transaction.ts';
import { changeToWire } from '../../src/wire/changes.ts';

/** One unary call, of which the request is a batch of changes as protobuf; the answer is empty. */
export const pushMethod = {
  path: '/bench.Plain/Push',
  requestStream: false,
  responseStream: false,
  requestSerialize: (request: PushRequest) => Buffer.from(PushRequest.encode(request).finish()),
  requestDeserialize: (bytes: Buffer) => PushRequest.decode(bytes),
  responseSerialize: (response: PushResponse) =>
    Buffer.from(PushResponse.encode(response).finish()),
  responseDeserialize: (bytes: Buffer) => PushResponse.decode(bytes),
} as const;

/** Edits of one call, and of one SQLite transaction. */
export const batchEdits = 100;

/** The changes of one batch, without what only SyncDB needs. */
export function batchOf(changes: readonly PlainChange[]): PushRequest {
  return PushRequest.create({
    transactions: [{ changes: changes.map((change) => Change.create(changeToWire(change))) }],
  });
}
