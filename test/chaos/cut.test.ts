/** A conversation of the SDK and a server, over real gRPC, that is cut after each of its bytes, both ways. */
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Inspection, InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Identity } from '../../src/session/source.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { type Cut, type Direction, startCuttingProxy } from './cutting-proxy.ts';

/** Conversations at a time: each waits more than it works. */
const lanes = 24;
const directions: readonly Direction[] = ['to server', 'to client'];

let server: TestServer;
const commits = new Map<string, number[]>();
/** What each client had at the end, with the versions. */
const held = new Map<string, unknown>();

beforeAll(async () => {
  server = await startTestServer();
  server.database.onCommits((group) => {
    for (const { replica, counter } of group) {
      commits.set(replica, [...(commits.get(replica) ?? []), counter]);
    }
  });
});
afterAll(() => server.close());

describe('a conversation that is cut', () => {
  it.each(directions)(
    '[I1][I2][I3][I5] after any byte %s loses and doubles nothing',
    async (direction) => {
      // Numbers of one length make conversations of one length.
      const named = (number: number) =>
        `${direction.slice(3, 4)}-${String(number).padStart(5, '0')}`;
      const whole = await Promise.all([0, 1, 2].map((run) => converse(named(90_000 + run))));
      const lengths = whole.map(({ passed }) => passed[direction]);
      const bytes = Math.max(...lengths);
      expect(bytes).toBeGreaterThan(500);
      const cuts: { RST: number; FIN: number } = { RST: 0, FIN: 0 };
      const uncut: number[] = [];
      let next = 0;
      const lane = async () => {
        for (let afterBytes = next++; afterBytes < bytes; afterBytes = next++) {
          const by = afterBytes % 2 === 0 ? 'RST' : 'FIN';
          const { hasCut } = await converse(named(afterBytes), { direction, afterBytes, by });
          if (hasCut) cuts[by]++;
          // Messages that travel together one time travel apart another.
          else if (afterBytes < Math.min(...lengths)) uncut.push(afterBytes);
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      process.stdout.write(
        `cut after each of ${bytes} bytes ${direction}: ${cuts.RST} by RST, ${cuts.FIN} by FIN\n`,
      );
      expect(uncut).toEqual([]);
    },
    600_000,
  );

  it('[I1] and all that was held is what the server has, at the same versions', async () => {
    const reader = await server.client({ tables: [InspectionSchema] });
    await reader.synced();
    const table = reader.table(InspectionSchema);
    expect(held.size).toBeGreaterThan(1_000);
    for (const [name, rows] of held) {
      expect(rowsOf(table.query({ where: { stationId: name } }).rows, table)).toEqual(rows);
      expect(commits.get(name)).toEqual([1, 2, 3]);
    }
  });
});

/** One client says what it has to say through a proxy of its own, again where it is cut. */
async function converse(name: string, cut?: Cut) {
  const id = (row: string) => `${name}-${row}`;
  await writeBefore(name);
  const proxy = await startCuttingProxy(server.running.port, ...(cut ? [cut] : []));
  const client = await server.client({
    url: proxy.address,
    replicaId: name,
    tables: [InspectionSchema],
    scopes: [`station/${name}`],
    retry: { delayMsMin: 1, delayMsMax: 20 },
  });
  try {
    const table = client.table(InspectionSchema);
    const written = [
      client.transaction((scope) => {
        for (const row of ['a', 'b']) {
          scope.table(InspectionSchema).put({ id: id(row), stationId: name, notes: row });
        }
      }),
      table.patch(id('a'), { visits: 2 }),
      table.delete(id('b')),
    ];
    const outcomes = await Promise.all(written.map(({ outcome }) => outcome));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(3).fill('committed'));
    await client.synced();
    const rows = rowsOf(table.query().rows, table);
    expect(rows.map(([row]) => row)).toEqual([id('a'), id('before')]);
    expect(table.get(id('a'))).toMatchObject({ notes: 'a', visits: 2 });
    expect([client.pendingCount, client.parked.length, client.replicaId]).toEqual([0, 0, name]);
    held.set(name, rows);
    return { passed: { ...proxy.passed }, hasCut: proxy.cutCount > 0 };
  } finally {
    await client.close();
    await proxy.close();
  }
}

/** A row that the client is sent. */
async function writeBefore(name: string): Promise<void> {
  const identity: Identity = {
    name: 'before',
    readScopes: ['*'],
    writeScopes: ['*'],
    relay: false,
    admin: true,
    expiresAtMs: undefined,
  };
  await server.database.transact([putOf(`${name}-before`, name)], '', identity);
}

function putOf(id: string, stationId: string) {
  return {
    operation: 'put' as const,
    table: InspectionSchema.typeName,
    key: '',
    row: toBinary(InspectionSchema, create(InspectionSchema, { id, stationId, notes: 'before' })),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}

type Versions = { info(key: string): { readonly version: number } | undefined };

/** Rows with their versions, by key. */
function rowsOf(rows: readonly Inspection[], table: Versions) {
  const entries = rows.map((row) => [row.id, row, table.info(row.id)!.version] as const);
  return entries.sort(([left], [right]) => (left < right ? -1 : 1));
}
