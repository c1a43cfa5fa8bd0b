import { create, toBinary } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { Operation, Transaction, type TransactionOutcome } from '../../../gen/ts/syncdb/v1/data.ts';
import {
  type Delta,
  Subscription,
  type SyncRequest,
  type SyncResponse,
} from '../../../gen/ts/syncdb/v1/sync.ts';
import type { SyncError } from '../../../src/base/errors.ts';
import { errorOf, handshakeOf, type Stubs } from '../../support/raw-calls.ts';
import { eventually, type TestServer } from '../../support/test-server.ts';

/** A Sync stream as a plain stub has it. */
export class RawStream {
  readonly responses: NonNullable<SyncResponse['body']>[] = [];
  error: SyncError | undefined;
  ended = false;
  /** Messages that the transport has taken. */
  sent = 0;
  private readonly call: ClientDuplexStream<SyncRequest, SyncResponse>;
  private readonly server: TestServer;

  constructor(server: TestServer, stubs: Stubs) {
    this.server = server;
    this.call = stubs.sync.sync();
    this.call.on('data', ({ body }: SyncResponse) => this.responses.push(body!));
    this.call.on('error', (error) => {
      this.error = errorOf(error as Parameters<typeof errorOf>[0]);
    });
    this.call.on('end', () => {
      this.ended = true;
    });
  }

  send(body: SyncRequest['body']): void {
    this.call.write({ body }, () => this.sent++);
  }

  hello(
    replicaId: string,
    subscription: Partial<Subscription> = {},
    { refuseUnfit = false } = {},
  ): void {
    this.send({
      $case: 'hello',
      value: {
        handshake: handshakeOf(this.server, replicaId),
        subscription: Subscription.fromPartial(subscription),
        relay: false,
        chainKnown: false,
        outcomeRuns: false,
        ownRows: false,
        refuseUnfit,
      },
    });
  }

  push(...transactions: Transaction[]): void {
    this.send({ $case: 'push', value: { transactions } });
  }

  halfClose(): void {
    this.call.end();
  }

  cancel(): void {
    this.call.cancel();
  }

  deltas(): Delta[] {
    return this.responses.flatMap((body) => (body.$case === 'delta' ? [body.value] : []));
  }

  outcomes(): TransactionOutcome[] {
    return this.responses.flatMap((body) =>
      body.$case === 'pushResult' ? body.value.outcomes : [],
    );
  }

  async live(): Promise<Delta> {
    await eventually(() => this.deltas().some(({ checkpoint }) => checkpoint !== undefined));
    return this.deltas().at(-1)!;
  }
}

/** A transaction that puts a station. */
export function station(replicaId: string, counter: number, name: string, id = 's1'): Transaction {
  const row = toBinary(StationSchema, create(StationSchema, { id, name }));
  const rowBytes = { $case: 'rowBytes', value: row } as const;
  const change = { operation: Operation.PUT, table: 'test.v1.Station', content: rowBytes };
  return Transaction.fromPartial({ replicaId, counter: BigInt(counter), changes: [change] });
}
