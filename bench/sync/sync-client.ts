/** SyncDB's client, in memory. */
import { RecordSchema, StatusSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import { serveParent } from '../support/child.ts';
import { messageInit } from '../support/record-table.ts';
import { type RecordStatus, recordAt, type SiteRecord } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { editsOf } from './edits.ts';
import { databaseName } from './record-database.ts';
import { type ClientSide, differenceOf, ownCpuMs } from './sides.ts';

/** Rows of one transaction of a push. */
const transactionRows = 100;

let client: Client | undefined;

async function opened(port: number): Promise<Client> {
  client ??= await open({
    url: `127.0.0.1:${port}`,
    database: databaseName,
    schema: [RecordSchema],
    scopes: ['site/*'],
  });
  return client;
}

const statusNames = new Map(
  StatusSchema.values.map(({ number, localName }) => [
    number as number,
    localName.toLowerCase() as RecordStatus,
  ]),
);

function held(id: string): SiteRecord | undefined {
  const message = client?.table(RecordSchema).get(id);
  if (message === undefined) return undefined;
  const { $typeName: _typeName, status, created, updated, ...rest } = message;
  return {
    ...rest,
    status: statusNames.get(status)!,
    created: Number(created),
    updated: Number(updated),
  };
}

async function synced(port: number): Promise<number> {
  const startedMs = performance.now();
  const to = await opened(port);
  // Asked for at once, the greeting's answer is the answer: a moment later it would be a probe more.
  to.connect();
  await to.synced();
  return performance.now() - startedMs;
}

const side: ClientSide = {
  pull: async ({ port }) => {
    const ms = await synced(port);
    client?.disconnect();
    return ms;
  },

  pullAgain: async ({ port }) => {
    const ms = await synced(port);
    client?.disconnect();
    return ms;
  },

  push: async ({ port, count }) => {
    const rows = Array.from({ length: count }, (_, index) => messageInit(recordAt(index)));
    const startedMs = performance.now();
    const to = await opened(port);
    for (let start = 0; start < count; start += transactionRows) {
      to.transaction((scope) => {
        const table = scope.table(RecordSchema);
        for (const row of rows.slice(start, start + transactionRows)) table.put(row);
      });
    }
    await to.synced();
    return performance.now() - startedMs;
  },

  verify: ({ count, edit }) => {
    const edits = edit === undefined ? undefined : editsOf(edit);
    const found = client?.table(RecordSchema).count();
    verify(found === count, `the client has ${found} records`);
    for (let index = 0; index < count; index++) {
      const wanted = { ...recordAt(index), ...edits?.get(index) };
      const difference = differenceOf(wanted, held(wanted.id));
      verify(difference === undefined, `${difference}`);
    }
  },

  cpuMs: ownCpuMs,
};

serveParent(side);
