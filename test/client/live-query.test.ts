import { afterEach, describe, expect, it } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { LiveQuery, QueryChange } from '../../src/client/live-query.ts';
import {
  eventually,
  fieldSchema,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

type Change = QueryChange<typeof StationSchema>;

let client: Client;
let server: TestServer | undefined;
const alone = async () => {
  client = await open({ database: 'field', schema: fieldSchema, replicaId: 'alone' });
  return client.table(StationSchema);
};
afterEach(async () => {
  await client.close();
  await server?.close();
  server = undefined;
});

const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).join('');
const told = ({ rows, added, changed, removed }: Change) =>
  `${idsOf(rows)} +${idsOf(added)} ~${idsOf(changed)} -${idsOf(removed)}`;
const endOfTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('a live query that is listened to', () => {
  it('tells all rows first, and then what a turn has changed, at its end', async () => {
    const stations = await alone();
    stations.put({ id: 'a', name: 'x' });
    const changes: string[] = [];
    const stop = stations
      .watch({ where: { name: 'x' }, orderBy: [{ field: 'id', descending: true }] })
      .subscribe((change) => changes.push(told(change)));
    expect(changes).toEqual([]);
    await endOfTurn();
    expect(changes).toEqual(['a +a ~ -']);
    stations.put({ id: 'b', name: 'x' });
    stations.put({ id: 'c', name: 'y' });
    stations.put({ id: 'd', name: 'x' });
    stations.patch('a', { name: 'y' });
    stations.delete('d');
    await endOfTurn();
    stations.patch('c', { name: 'z' });
    await endOfTurn();
    expect(changes).toEqual(['a +a ~ -', 'b +b ~ -a']);
    stop();
    stations.delete('b');
    await endOfTurn();
    expect(changes).toHaveLength(2);
  });

  it('keeps the objects of rows that do not change', async () => {
    const stations = await alone();
    stations.put({ id: 'a' });
    stations.put({ id: 'b' });
    const seen: Change[] = [];
    stations.watch().subscribe((change) => seen.push(change));
    await endOfTurn();
    stations.patch('a', { name: 'new' });
    await endOfTurn();
    const [before, after] = seen;
    expect(after!.changed).toEqual([after!.rows[0]]);
    expect(after!.rows[1]).toBe(before!.rows[1]);
    expect(before!.rows[0]!.name).toBe('');
  });

  it('tells the others also where one listener throws', async () => {
    const stations = await alone();
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const handlers = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').once('uncaughtException', onError);
    const query = stations.watch();
    query.subscribe(() => {
      throw new Error('mine');
    });
    let calls = 0;
    query.subscribe(() => calls++);
    await endOfTurn();
    for (const handler of handlers) process.on('uncaughtException', handler);
    expect([calls, errors]).toEqual([1, [new Error('mine')]]);
  });

  it('may write, subscribe and stop in a listener', async () => {
    const stations = await alone();
    const changes: string[] = [];
    const query = stations.watch();
    const stop = query.subscribe((change) => {
      changes.push(told(change));
      if (change.rows.length < 3) stations.put({ id: `${change.rows.length}` });
      else {
        stop();
        query.subscribe((again) => changes.push(told(again)));
      }
    });
    await endOfTurn();
    expect(changes).toEqual([' + ~ -', '0 +0 ~ -', '01 +1 ~ -', '012 +2 ~ -', '012 +012 ~ -']);
  });

  it('tells nobody of a turn that ends behind `stop`', async () => {
    const stations = await alone();
    let calls = 0;
    stations.watch().subscribe(() => calls++)();
    await endOfTurn();
    expect(calls).toBe(0);
  });
});

it('tells its reader of the last turn before the client is closed', async () => {
  const stations = await alone();
  const query = stations.watch();
  const changes: string[] = [];
  query.subscribe((change) => changes.push(told(change)));
  const iterator = query[Symbol.asyncIterator]();
  await iterator.next();
  stations.put({ id: 'last' });
  await client.close();
  expect(changes.at(-1)).toBe('last +last ~ -');
  expect(told((await iterator.next()).value!)).toBe('last +last ~ -');
  expect((await iterator.next()).done).toBe(true);
});

describe('a live query as an iterable', () => {
  it('gives a slow reader what has come together, and ends with the client', async () => {
    const stations = await alone();
    const changes = stations.watch()[Symbol.asyncIterator]();
    expect(told((await changes.next()).value!)).toBe(' + ~ -');
    const next = changes.next();
    const behind = changes.next();
    stations.put({ id: 'a' });
    expect(told((await next).value!)).toBe('a +a ~ -');
    stations.patch('a', { name: 'x' });
    await endOfTurn();
    expect(told((await behind).value!)).toBe('a + ~a -');
    for (const id of ['b', 'c']) {
      stations.put({ id });
      await endOfTurn();
    }
    stations.delete('b');
    stations.delete('a');
    expect(told((await changes.next()).value!)).toBe('c +c ~ -a');
    const last = changes.next();
    await client.close();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(await changes.next()).toEqual({ done: true, value: undefined });
    for await (const _ of stations.watch()) expect.unreachable();
  });

  it('ends with its loop, also while it waits', async () => {
    const stations = await alone();
    const query = stations.watch();
    for await (const { rows } of query) {
      expect(rows).toEqual([]);
      break;
    }
    expect(watcherOf(client)).toBeUndefined();
    const changes = query[Symbol.asyncIterator]();
    await changes.next();
    expect(watcherOf(client)).toBeDefined();
    const waiting = changes.next();
    expect(await changes.return!()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    const never = query[Symbol.asyncIterator]();
    expect(await never.return!()).toEqual({ done: true, value: undefined });
    expect((await never.next()).done).toBe(true);
    expect(watcherOf(client)).toBeUndefined();
  });
});

describe('the rows of a live query', () => {
  it('are those of now, whoever reads it, and in the middle of a turn', async () => {
    const stations = await alone();
    const query = stations.watch({ limit: 2 });
    stations.put({ id: 'a' });
    expect(idsOf(query.rows)).toBe('a');
    const changes: string[] = [];
    const stop = query.subscribe((change) => changes.push(told(change)));
    for (const id of ['c', 'b']) stations.put({ id });
    expect(idsOf(query.rows)).toBe('ab');
    await endOfTurn();
    expect(changes).toEqual(['ab +ab ~ -']);
    stations.delete('a');
    expect(idsOf(query.rows)).toBe('bc');
    expect(query.rows).toBe(query.rows);
    await endOfTurn();
    expect(changes.at(-1)).toBe('bc +c ~ -a');
    stop();
    stations.delete('b');
    expect(idsOf(query.rows)).toBe('c');
    await client.close();
    expect(idsOf(query.rows)).toBe('c');
  });

  it('are asked for anew where more rows change at once than are worth a look each', async () => {
    const stations = await alone();
    const changes: Change[] = [];
    stations.watch({ limit: 3 }).subscribe((change) => changes.push(change));
    await endOfTurn();
    client.transaction((scope) => {
      for (let count = 0; count < 5_000; count++) {
        scope.table(StationSchema).put({ id: `s${String(count).padStart(4, '0')}` });
      }
    });
    await endOfTurn();
    expect(changes.map(told)).toEqual([
      ' + ~ -',
      `${idsOf(changes[1]!.rows)} +${idsOf(changes[1]!.rows)} ~ -`,
    ]);
    expect(idsOf(changes[1]!.rows)).toBe('s0000s0001s0002');
  });

  it('a query that cannot be is refused at once, by its field', async () => {
    const stations = await alone();
    expect(() => stations.watch({ limit: 0 })).toThrow(
      expect.objectContaining({ code: 3, reason: 'WRONG_LIMIT' }),
    );
  });
});

describe('[P8] with a server', () => {
  it('tells what others write, and that its own edits wait and are synced', async () => {
    server = await startTestServer();
    client = await server.client();
    const other = await server.client();
    const changes: string[] = [];
    const query: LiveQuery<typeof StationSchema> = client.table(StationSchema).watch();
    query.subscribe((change) => changes.push(told(change)));
    await client.synced();
    other.table(StationSchema).put({ id: 'o' });
    other.table(InspectionSchema).put({ id: 'i', stationId: 'o' });
    await eventually(() => changes.at(-1) === 'o +o ~ -');
    client.disconnect();
    client.table(StationSchema).put({ id: 'm' });
    await endOfTurn();
    expect(changes.at(-1)).toBe('mo +m ~ -');
    other.table(StationSchema).delete('o');
    await other.synced();
    client.connect();
    await client.synced();
    await endOfTurn();
    // In one message or in two.
    const since = changes.slice(changes.indexOf('mo +m ~ -') + 1).join();
    expect(since).toMatch(/-o/);
    expect(since).toMatch(/~m/);
    expect(idsOf(query.rows)).toBe('m');
    expect(client.table(StationSchema).info('m')?.syncStatus).toBe('synced');
    await other.close();
  });
});

/** What the view of the client's replica tells of changes. */
function watcherOf(of: Client): unknown {
  return (of as unknown as { replica: { view: { watcher: unknown } } }).replica.view.watcher;
}
