/** A server whose database takes all the memory that it may, over real gRPC. */
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { ListDatabasesResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { type Change, Operation, OutcomeStatus } from '../../gen/ts/syncdb/v1/data.ts';
import type { PushResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { call, handshakeOf, stubsOf } from '../support/raw-calls.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let stubs: ReturnType<typeof stubsOf>;
async function start(memoryBytesMax?: number): Promise<void> {
  server = await startTestServer(
    memoryBytesMax === undefined ? {} : { limits: { memoryBytesMax } },
  );
  stubs = stubsOf(server);
}
afterEach(async () => {
  stubs.close();
  await server.close();
});

const budget = 2 << 20;
const refusal = { code: 8, reason: 'MEMORY_FULL', retryDelayMs: 30_000 };
const idOf = (counter: number) => `s${counter}`;

function changeOf(operation: Operation, id: string): Change {
  const row = toBinary(StationSchema, create(StationSchema, { id, name: id.repeat(8_192) }));
  const content = { $case: 'rowBytes', value: row } as const;
  return {
    operation,
    table: StationSchema.typeName,
    key: id,
    content: operation === Operation.DELETE ? undefined : content,
    fields: [],
    baseVersion: undefined,
    baseCounter: 0n,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}

const push = (counter: number, operation: Operation = Operation.PUT, id = idOf(counter)) =>
  call<PushResponse>((done) => {
    const changes = [changeOf(operation, id)];
    const rest = { previousDigest: new Uint8Array(0), stamp: 0n, schemaVersion: 0 };
    const transaction = { replicaId: 'ann', counter: BigInt(counter), changes, ...rest };
    stubs.sync.push(
      { handshake: handshakeOf(server, 'ann'), transactions: [transaction], refuseUnfit: false },
      done,
    );
  });

const memory = async () => {
  const { databases } = await call<ListDatabasesResponse>((done) =>
    stubs.admin.listDatabases({}, done),
  );
  return [databases[0]!.memoryBytes, databases[0]!.memoryBytesMax];
};

it('[I3] tells who pushes, answers retries, lets deletions pass, and goes on when there is room', async () => {
  await start(budget);
  let counter = 1;
  let error: unknown;
  while (error === undefined) {
    await push(counter).then(
      () => counter++,
      (caught: unknown) => {
        error = caught;
      },
    );
  }
  expect(error).toMatchObject(refusal);
  await expect(push(counter)).rejects.toMatchObject(refusal);
  expect((await push(counter - 1)).outcomes[0]?.status).toBe(OutcomeStatus.COMMITTED);
  const [used, max] = await memory();
  expect(max).toBe(BigInt(budget));
  expect(used).toBeGreaterThan(budget);
  // The counter is free: what could not be ordered gives way to what makes room.
  const removed = 40;
  for (let at = 0; at < removed; at++) await push(counter + at, Operation.DELETE, idOf(at + 1));
  expect((await push(counter + removed)).outcomes[0]?.status).toBe(OutcomeStatus.COMMITTED);
});

it('tells what it takes, and 0 where it may take all there is', async () => {
  await start();
  const [used, max] = await memory();
  expect(max).toBe(0n);
  await push(1);
  expect((await memory())[0]).toBeGreaterThan(Number(used));
});
