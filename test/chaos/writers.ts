/**
 * Writers that write without pause and try again until they are answered, each in its own way. The n-th transaction of
 * one puts the station `NAME-n`, which nobody else does, and `n` into its own inspection: so what is lost or doubled shows.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { credentials, Metadata } from '@grpc/grpc-js';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type Change, Operation, OutcomeStatus } from '../../gen/ts/syncdb/v1/data.ts';
import { DataServiceClient, type TransactResponse } from '../../gen/ts/syncdb/v1/data_service.ts';
import { type PushResponse, SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { digestOf } from '../../src/change/transaction.ts';
import { open } from '../../src/client/client.ts';
import { transactionFromWire } from '../../src/wire/transactions.ts';
import { call } from '../support/raw-calls.ts';
import { fieldSchema } from '../support/test-server.ts';
import { servedSchema } from './served-folder.ts';

export interface Writer {
  readonly name: string;
  /** The name that its commits have. */
  readonly replica: string;
  /** All transactions up to this one are acknowledged. */
  readonly acknowledged: number;
  /** The newest transaction that may be in the log. */
  readonly attempted: number;
  /** The server is there again. */
  wake(): void;
  /** Begins nothing more; resolves when all that was begun is acknowledged. */
  finish(): Promise<void>;
  close(): void | Promise<void>;
}

const deadlineMs = 10_000;
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 10,
  'grpc.max_reconnect_backoff_ms': 20,
};

/** A program with generated stubs that pushes one transaction after the other, counted and chained by digests. */
export function startPushWriter(address: string, name: string): Writer {
  const stub = new SyncServiceClient(address, credentials.createInsecure(), channelOptions);
  const handshake = {
    protocolMin: 1,
    protocolMax: 1,
    database: 'main',
    schema: { version: servedSchema.version, fingerprint: servedSchema.fingerprint },
    replicaId: name,
    formerReplicaIds: [],
  };
  let previousDigest = new Uint8Array(0);
  return startStubWriter(name, name, stub, async (number) => {
    const transaction = {
      replicaId: name,
      counter: BigInt(number),
      previousDigest,
      stamp: 0n,
      schemaVersion: 0,
      changes: changesOf(name, number),
    };
    const request = { handshake, transactions: [transaction], refuseUnfit: false };
    const { outcomes } = await call<PushResponse>((done) =>
      stub.push(request, new Metadata(), callOptions(), done),
    );
    previousDigest = digestOf(transactionFromWire(transaction, 't')) as typeof previousDigest;
    return outcomes[0]!.status;
  });
}

/** A backend service, whose requests have ids. */
export function startServiceWriter(address: string, name: string): Writer {
  const stub = new DataServiceClient(address, credentials.createInsecure(), channelOptions);
  return startStubWriter(name, '$service', stub, async (number) => {
    const changes = changesOf(name, number);
    const request = { database: 'main', requestId: `${name}-${number}`, changes };
    await call<TransactResponse>((done) =>
      stub.transact(request, new Metadata(), callOptions(), done),
    );
    return OutcomeStatus.COMMITTED;
  });
}

/** The SDK, with some transactions under way at a time. */
export async function startSdkWriter(address: string, name: string): Promise<Writer> {
  const client = await open({
    url: address,
    database: 'main',
    schema: fieldSchema,
    replicaId: name,
    // It holds its own rows and no others, or each of its syncs would be of all that everyone wrote.
    tables: [InspectionSchema],
    scopes: [`station/${name}`],
    retry: { delayMsMin: 5, delayMsMax: 50 },
  });
  let attempted = 0;
  let acknowledged = 0;
  let stopped = false;
  const line = async () => {
    while (!stopped) {
      attempted++;
      const written = client.transaction((scope) => {
        scope.table(StationSchema).put({ id: `${name}-${attempted}`, name: `${attempted}` });
        scope.table(InspectionSchema).put({ id: name, stationId: name, visits: attempted });
      });
      const { status } = await written.outcome;
      if (status !== 'committed') throw new Error(`${name}/${written.counter} is ${status}`);
      // They are settled in their order.
      acknowledged = Math.max(acknowledged, written.counter);
    }
  };
  const lines = Promise.all([line(), line(), line()]);
  lines.catch(() => {});
  return {
    name,
    replica: name,
    get acknowledged() {
      return acknowledged;
    },
    get attempted() {
      return attempted;
    },
    wake: () => {
      // As an app does that comes to the front: the transport's own waits are for servers that are gone for long.
      client.disconnect();
      client.connect();
    },
    finish: async () => {
      stopped = true;
      await lines;
    },
    close: () => client.close(),
  };
}

/** Sends each transaction until it is answered. */
function startStubWriter(
  name: string,
  replica: string,
  stub: { close(): void },
  send: (number: number) => Promise<OutcomeStatus>,
): Writer {
  let attempted = 0;
  let acknowledged = 0;
  let stopped = false;
  let wake = () => {};
  const line = async () => {
    while (!stopped) {
      attempted++;
      while (acknowledged < attempted) {
        try {
          const status = await send(attempted);
          if (status !== OutcomeStatus.COMMITTED)
            throw new Error(`${name}/${attempted}: ${status}`);
          acknowledged = attempted;
        } catch (error) {
          if (!isPassing(error)) throw error;
          await new Promise<void>((resolve) => {
            wake = resolve;
            setTimeout(resolve, 20);
          });
        }
      }
    }
  };
  const running = line();
  running.catch(() => {});
  return {
    name,
    replica,
    get acknowledged() {
      return acknowledged;
    },
    get attempted() {
      return attempted;
    },
    wake: () => wake(),
    finish: async () => {
      stopped = true;
      await running;
    },
    close: () => stub.close(),
  };
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  return error.code === Code.unavailable || error.code === Code.deadlineExceeded;
}

function callOptions() {
  return { deadline: Date.now() + deadlineMs };
}

function changesOf(name: string, number: number): Change[] {
  const station = create(StationSchema, { id: `${name}-${number}`, name: `${number}` });
  const inspection = create(InspectionSchema, { id: name, stationId: name, visits: number });
  return [
    putOf(StationSchema.typeName, toBinary(StationSchema, station)),
    putOf(InspectionSchema.typeName, toBinary(InspectionSchema, inspection)),
  ];
}

/** A change that puts a row. */
export function putOf(table: string, row: Uint8Array): Change {
  return {
    operation: Operation.PUT,
    table,
    key: '',
    content: { $case: 'rowBytes', value: row },
    fields: [],
    baseVersion: undefined,
    baseCounter: 0n,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}

/** Writes until that is refused, and returns how. */
export async function untilRefused(write: () => Promise<void>): Promise<SyncError> {
  try {
    for (;;) await write();
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}
