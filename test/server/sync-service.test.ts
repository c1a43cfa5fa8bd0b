import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutcomeStatus, RowChangeType, type Transaction } from '../../gen/ts/syncdb/v1/data.ts';
import type { PullResponse, PushResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { plainColumnsToWire } from '../../src/wire/transaction-columns.ts';
import { transactionsFromWire } from '../../src/wire/transactions.ts';
import { call, collect, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { station as stationOf } from './support/raw-stream.ts';

let server: TestServer;
let stubs: Stubs;

beforeEach(async () => {
  server = await startTestServer({ limits: { deltaRowsMax: 4 } });
  stubs = stubsOf(server);
});
afterEach(async () => {
  stubs.close();
  await server.close();
});

const station = (counter: number, name: string, replicaId = 'raw') =>
  stationOf(replicaId, counter, name, name);

const push = (...transactions: Transaction[]) =>
  call<PushResponse>((done) =>
    stubs.sync.push(
      { handshake: handshakeOf(server, 'raw'), transactions, refuseUnfit: false },
      done,
    ),
  );

const pull = (cursor: Uint8Array = new Uint8Array(0)): Promise<PullResponse[]> =>
  collect(
    stubs.sync.pull({
      handshake: handshakeOf(server, 'raw'),
      subscription: {
        scopes: [],
        tables: ['test.v1.Station'],
        cursor,
        shownCursor: new Uint8Array(0),
        shownLost: false,
        encodings: [],
        compressions: [],
        level: 0 as const,
        shortCursors: false,
        teamCodecs: [],
      },
    }),
  );

const keysOf = (responses: PullResponse[]) =>
  responses.flatMap(({ delta }) => delta!.changes.map(({ key }) => key));

describe('Push', () => {
  it('[I3][P6] commits once and answers a retry alike', async () => {
    const first = await push(station(1, 'a'), station(2, 'b'));
    expect(first.outcomes.map(({ status }) => status)).toEqual([
      OutcomeStatus.COMMITTED,
      OutcomeStatus.COMMITTED,
    ]);
    expect(first.headSeq).toBe(3n);
    const again = await push(station(1, 'a'), station(2, 'b'), station(3, 'c'));
    expect(again.outcomes.slice(0, 2)).toEqual(first.outcomes);
    expect(again.headSeq).toBe(4n);
  });

  it('takes columns in the place of transactions, and says which field is wrong of those that are not', async () => {
    const list = transactionsFromWire([station(1, 'a'), station(2, 'b')], 'list');
    const more = [3, 4, 5].map((counter) => station(counter, `more ${counter}`));
    const transactions = [...list, ...transactionsFromWire(more, 'list')];
    const { schema, limits } = server.database;
    const columns = plainColumnsToWire(transactions, schema, limits)!;
    const pushed = (given: typeof columns) =>
      call<PushResponse>((done) => {
        const handshake = handshakeOf(server, 'raw');
        stubs.sync.push({ handshake, transactions: [], refuseUnfit: false, columns: given }, done);
      });
    await expect(pushed({ ...columns, changes: 4 })).rejects.toMatchObject({
      ...{ code: 3, reason: 'MALFORMED_COLUMNS' },
      fields: [{ field: 'columns' }],
    });
    const { outcomes } = await pushed(columns);
    expect(outcomes.map(({ counter }) => counter)).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(keysOf(await pull())).toEqual(['a', 'b', 'more 3', 'more 4', 'more 5']);
    // They are the same in rows.
    expect((await push(station(1, 'a'))).outcomes).toEqual(outcomes.slice(0, 1));
  });

  it('finds a replica id that two devices share', async () => {
    await push(station(1, 'a'));
    await expect(push(station(1, 'another'))).rejects.toMatchObject({
      code: 9,
      reason: 'REPLICA_FORKED',
      metadata: { replica_id: 'raw', counter: '1' },
    });
  });

  it('[I3][I6] orders nothing that is behind another device’s transaction in the push', async () => {
    await push(station(1, 'a'));
    await expect(push(station(1, 'b'), station(2, 'c'))).rejects.toMatchObject({
      reason: 'REPLICA_FORKED',
    });
    expect(keysOf(await pull())).toEqual(['a']);
    const moved = await push(station(1, 'b', 'raw-2'), station(2, 'c', 'raw-2'));
    expect(moved).toMatchObject({ headSeq: 4n });
  });

  it('takes transactions of others from relays alone', async () => {
    // On loopback everyone may be a relay.
    const { outcomes } = await push(station(1, 'a', 'phone'));
    expect(outcomes).toMatchObject([{ replicaId: 'phone', status: OutcomeStatus.COMMITTED }]);
  });
});

describe('Pull', () => {
  it('sends one catch-up in batches, up to the first checkpoint', async () => {
    for (let index = 1; index <= 10; index++) await push(station(index, `s${index}`));
    const responses = await pull();
    expect(responses.map(({ delta }) => delta!.changes.length)).toEqual([4, 4, 2]);
    expect(responses.map(({ delta }) => delta!.checkpoint?.seq)).toEqual([
      undefined,
      undefined,
      11n,
    ]);
    expect(responses.map(({ fromScratch }) => fromScratch)).toEqual([false, false, false]);
  });

  it('[I8][P24] goes on from any cursor, and sends nothing twice', async () => {
    for (let index = 1; index <= 6; index++) await push(station(index, `s${index}`));
    const all = await pull();
    const rest = await pull(all[0]!.delta!.cursor);
    expect([...keysOf(all.slice(0, 1)), ...keysOf(rest)]).toEqual(keysOf(all));
    const nothing = await pull(all.at(-1)!.delta!.cursor);
    expect(keysOf(nothing)).toEqual([]);
    await push(station(7, 's7'));
    const news = await pull(nothing.at(-1)!.delta!.cursor);
    expect(news.flatMap(({ delta }) => delta!.changes)).toMatchObject([
      { type: RowChangeType.FULL, key: 's7', rowVersion: 8n },
    ]);
  });
});
