/** `syncdb serve` with a small memory budget, and a heap that has no room for what is beyond it. */
import { create, toBinary } from '@bufbuild/protobuf';
import { credentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  AdminServiceClient,
  type GetStatusResponse,
  type ListDatabasesResponse,
} from '../../gen/ts/syncdb/v1/admin_service.ts';
import { type Change, Operation } from '../../gen/ts/syncdb/v1/data.ts';
import {
  DataServiceClient,
  type GetResponse,
  type TransactResponse,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import { Code } from '../../src/base/errors.ts';
import { open } from '../../src/client/client.ts';
import type { Status } from '../../src/client/status.ts';
import { call } from '../support/raw-calls.ts';
import { eventually, fieldSchema } from '../support/test-server.ts';
import { serveFolder } from './served-folder.ts';
import { putOf, untilRefused } from './writers.ts';

const mib = 1 << 20;
const budgetMib = 32;
const heapMib = 96;
const rowsPerWrite = 20;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const idOf = (index: number) => `s${String(index).padStart(6, '0')}`;

function putOfStation(index: number): Change {
  const id = idOf(index);
  const row = toBinary(StationSchema, create(StationSchema, { id, name: id.repeat(1_200) }));
  return putOf(StationSchema.typeName, row);
}

function removalOf(index: number): Change {
  const content = undefined;
  return { ...putOfStation(index), operation: Operation.DELETE, key: idOf(index), content };
}

it('[I13][P6] a server whose memory is full refuses what takes more, and nothing else, until rows are deleted', async () => {
  const served = await serveFolder();
  undo.push(() => served.remove());
  const heap = `NODE_OPTIONS=--max-old-space-size=${heapMib}`;
  const program = served.start([
    ...['env', `SYNCDB_MEMORY=${budgetMib}MiB`],
    // Each refusal is a warning.
    ...['SYNCDB_LOG_LEVEL=error', heap],
  ]);
  undo.push(() => program.kill('SIGKILL'));
  await program.prints('listening');
  const stubs = {
    data: new DataServiceClient(served.address, credentials.createInsecure()),
    admin: new AdminServiceClient(served.address, credentials.createInsecure()),
  };
  for (const stub of Object.values(stubs)) undo.push(() => stub.close());
  const statuses: Status['state'][] = [];
  const client = await open({
    url: served.address,
    database: 'main',
    schema: fieldSchema,
    on: { status: ({ state }) => statuses.push(state) },
  });
  undo.push(() => client.close());
  await client.synced();

  const transact = (changes: Change[]) =>
    call<TransactResponse>((done) =>
      stubs.data.transact({ database: 'main', requestId: '', changes }, done),
    );
  const residentBytes = async () =>
    Number(
      (await call<GetStatusResponse>((done) => stubs.admin.getStatus({}, done))).residentBytes,
    );
  const memory = async () => {
    const { databases } = await call<ListDatabasesResponse>((done) =>
      stubs.admin.listDatabases({}, done),
    );
    const { memoryBytes, memoryBytesMax } = databases[0]!;
    expect(memoryBytesMax).toBe(BigInt(budgetMib * mib));
    return Number(memoryBytes);
  };
  let count = 0;
  const write = async () => {
    await transact(Array.from({ length: rowsPerWrite }, (_, at) => putOfStation(count + at)));
    count += rowsPerWrite;
  };

  const atStart = await residentBytes();
  expect(await untilRefused(write)).toMatchObject({
    code: Code.resourceExhausted,
    reason: 'MEMORY_FULL',
    retryDelayMs: 30_000,
    metadata: { bytes_max: String(budgetMib * mib) },
  });
  expect(count * 8 * 1_024).toBeGreaterThan((budgetMib * mib) / 2);
  expect(await memory()).toBeLessThan(budgetMib * mib * 1.5);
  for (let attempt = 0; attempt < 200; attempt++) {
    await expect(write()).rejects.toMatchObject({ reason: 'MEMORY_FULL' });
  }
  // The heap as far as it may go, the rows twice while they move, and what lies between Node and the system.
  expect((await residentBytes()) - atStart).toBeLessThan((heapMib + 2 * budgetMib + 64) * mib);

  // Reads and sync go on, and an edit waits in its client's queue.
  await client.synced();
  expect(client.table(StationSchema).count()).toBe(count);
  const written = client.table(StationSchema).put({ id: 'queued', name: 'x' });
  const got = await call<GetResponse>((done) =>
    stubs.data.get({ database: 'main', table: StationSchema.typeName, key: idOf(0) }, done),
  );
  expect(got.row?.key).toBe(idOf(0));
  expect(client.pendingCount).toBe(1);

  // Deleting passes, and makes room for all.
  const gone = Math.floor(count / 3);
  for (let index = 0; index < gone; index += rowsPerWrite) {
    await transact(Array.from({ length: rowsPerWrite }, (_, at) => removalOf(index + at)));
  }
  expect(await written.outcome).toMatchObject({ status: 'committed' });
  for (let times = 0; times < 3; times++) await write();
  await client.synced();
  const left = count - Math.ceil(gone / rowsPerWrite) * rowsPerWrite + 1;
  await eventually(() => client.table(StationSchema).count() === left);
  for (const state of ['offline', 'blocked']) expect(statuses).not.toContain(state);
  expect(await memory()).toBeLessThan(budgetMib * mib);
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
}, 120_000);
