/** `syncdb serve` with a large memory budget and a small heap: what lies on that is bounded too. */
import { create, toBinary } from '@bufbuild/protobuf';
import { credentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type Change, Operation } from '../../gen/ts/syncdb/v1/data.ts';
import { DataServiceClient, type TransactResponse } from '../../gen/ts/syncdb/v1/data_service.ts';
import { Code } from '../../src/base/errors.ts';
import { call } from '../support/raw-calls.ts';
import { serveFolder } from './served-folder.ts';
import { putOf, untilRefused } from './writers.ts';

const heapMib = 96;
const rowsPerWrite = 500;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const idOf = (index: number) => `i${index}`;

/** Each in a scope of its own: of a scope most lies on the heap. */
function putOfInspection(index: number): Change {
  const row = create(InspectionSchema, { id: idOf(index), stationId: `station ${index}` });
  return putOf(InspectionSchema.typeName, toBinary(InspectionSchema, row));
}

function removalOf(index: number): Change {
  const rest = { operation: Operation.DELETE, key: idOf(index), content: undefined };
  return { ...putOfInspection(index), ...rest };
}

it('[I13] a server whose heap is full refuses what takes more, and lives', async () => {
  const served = await serveFolder();
  undo.push(() => served.remove());
  const heap = `NODE_OPTIONS=--max-old-space-size=${heapMib}`;
  const program = served.start(['env', 'SYNCDB_MEMORY=16GiB', 'SYNCDB_LOG_LEVEL=error', heap]);
  undo.push(() => program.kill('SIGKILL'));
  await program.prints('listening');
  const data = new DataServiceClient(served.address, credentials.createInsecure());
  undo.push(() => data.close());
  const transact = (changes: Change[]) =>
    call<TransactResponse>((done) =>
      data.transact({ database: 'main', requestId: '', changes }, done),
    );
  let count = 0;
  const write = async () => {
    const rows = Array.from({ length: rowsPerWrite }, (_, at) => putOfInspection(count + at));
    await transact(rows);
    count += rowsPerWrite;
  };

  const error = await untilRefused(write);
  expect(error).toMatchObject({ code: Code.resourceExhausted, reason: 'MEMORY_FULL' });
  expect(error.message).toContain('heap');
  expect(Number(error.metadata.bytes_max)).toBeLessThan(heapMib << 20);
  for (let attempt = 0; attempt < 30; attempt++) {
    await write().catch((reason: unknown) =>
      expect(reason).toMatchObject({ reason: 'MEMORY_FULL' }),
    );
  }
  // Deleting passes.
  await transact(Array.from({ length: rowsPerWrite }, (_, at) => removalOf(at)));
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  process.stdout.write(
    `rows in scopes of their own until a heap of ${heapMib} MiB was full: ${count}\n`,
  );
}, 180_000);
