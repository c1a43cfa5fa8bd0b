/** Edits that are carried by hand: over real gRPC, with clients that store on a real disk. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Client } from '../../src/client/client-api.ts';
import { decodeEditsFile } from '../../src/client/edits-file.ts';
import { importEdits } from '../../src/client/import-edits.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const makeFolder = tempFolders();
let server: TestServer;
let commits: string[];

const begin = async (...options: Parameters<typeof startTestServer>) => {
  server = await startTestServer(...options);
  commits = [];
  server.database.onCommits((group) => {
    for (const { replica, counter } of group) commits.push(`${replica}/${counter}`);
  });
};
beforeEach(() => begin());
afterEach(() => server.close());

/** A device that has no link until it is told to. */
async function device(replicaId: string, options: Partial<OpenOptions> = {}): Promise<Client> {
  const storage = sqliteStorage({ path: join(makeFolder(), 'client.db') });
  const client = await server.client({ replicaId, storage, coalesce: false, ...options });
  client.disconnect();
  return client;
}

const stations = (client: Client) => client.table(StationSchema);
const statuses = (outcomes: readonly { status: string }[]) => outcomes.map(({ status }) => status);
const names = (name: string, ...counters: number[]) => counters.map((each) => `${name}/${each}`);

describe('a file that is brought to the home', () => {
  test('[P35][P36] has all that waits, and all of it is ordered', async () => {
    const phone = await device('phone');
    for (const id of ['a', 'b', 'c']) stations(phone).put({ id, name: id });
    const { bytes, transactions } = await phone.export();
    expect(transactions).toBe(3);
    const file = await decodeEditsFile(bytes);
    expect(file).toMatchObject({ database: 'field', replicaId: 'phone', schemaVersion: 1 });
    const outcomes = await importEdits(file, { url: server.address });
    expect(statuses(outcomes)).toEqual(['committed', 'committed', 'committed']);
    expect(phone.pendingCount).toBe(3);
    phone.connect();
    await phone.synced();
    expect([phone.pendingCount, commits]).toEqual([0, names('phone', 1, 2, 3)]);
  });

  test('[I3][P36] is ordered once, whatever of it comes by the network too, and in which order', async () => {
    const steps = fc.array(fc.constantFrom('write', 'export', 'import', 'import', 'sync'), {
      minLength: 3,
      maxLength: 12,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (all, choices) => {
        const id = `phone-${run++}`;
        const phone = await device(id, { storage: undefined as never });
        const files: Uint8Array[] = [];
        let count = 0;
        for (const step of all) {
          if (step === 'write')
            stations(phone).put({ id: `${id}-${count++ % 3}`, name: `${count}` });
          else if (step === 'export') files.push((await phone.export()).bytes);
          else if (step === 'sync') {
            phone.connect();
            await phone.synced();
            phone.disconnect();
          } else if (files.length > 0) {
            const bytes = files[choices.next().value! % files.length]!;
            await importEdits(await decodeEditsFile(bytes), { url: server.address });
          }
        }
        phone.connect();
        await phone.synced();
        const own = commits.filter((name) => name.startsWith(`${id}/`));
        expect(own).toEqual(names(id, ...Array.from({ length: count }, (_, index) => index + 1)));
      }),
      { numRuns: 25 },
    );
  });

  test('[P35] has those that were chosen, and what its writer wrote before them', async () => {
    const phone = await device('phone');
    for (const id of ['a', 'b', 'c']) stations(phone).put({ id });
    const choose = ({ changes }: { changes: readonly { key: string }[] }) =>
      changes[0]!.key === 'b';
    const { bytes } = await phone.export({ choose });
    const { transactions } = await decodeEditsFile(bytes);
    expect(transactions.map(({ counter }) => counter)).toEqual([1, 2]);
    expect((await phone.export({ choose: () => false })).transactions).toBe(0);
  });

  test('is written at once where nothing was written since the client was opened', async () => {
    const path = join(makeFolder(), 'client.db');
    const phone = await device('phone', { storage: sqliteStorage({ path }) });
    stations(phone).put({ id: 'a' });
    await phone.close();
    const again = await device('phone', { storage: sqliteStorage({ path }) });
    expect((await again.export()).transactions).toBe(1);
  });

  test('says of edits whose forerunners are missing which ones they wait for, and takes the others', async () => {
    const phone = await device('phone');
    for (const id of ['a', 'b']) stations(phone).put({ id });
    const first = await decodeEditsFile((await phone.export()).bytes);
    const second = { ...first, transactions: first.transactions.slice(1) };
    const tablet = await device('tablet');
    stations(tablet).put({ id: 'c' });
    const { transactions } = await decodeEditsFile((await tablet.export()).bytes);
    const both = { ...second, transactions: [...second.transactions, ...transactions] };
    const outcomes = await importEdits(both, { url: server.address });
    expect(outcomes).toMatchObject([
      {
        ...{ replica: 'phone', counter: 2, status: 'unordered' },
        refusal: { reason: 'COUNTER_GAP', expectedCounter: 1 },
      },
      { replica: 'tablet', status: 'committed' },
    ]);
    expect(statuses(await importEdits(first, { url: server.address }))).toEqual([
      ...['committed', 'committed'],
    ]);
  });

  test.each([
    ['whole', 2_000, {}],
    ['in parts', 50_000, { pushBytesMax: 8 << 10, partBytesMax: 1 << 10 }],
  ])(
    '[I2][P36] keeps nobody’s edits for one that is too large for this server: %s',
    async (_, length, more) => {
      await server.close();
      await begin({ limits: { rowBytesMax: 1_000, ...more } });
      const limits = { ...defaultLimits, ...more };
      const phone = await device('phone', { limits });
      stations(phone).put({ id: 'a' });
      stations(phone).put({ id: 'b', name: 'x'.repeat(length) });
      stations(phone).put({ id: 'c' });
      const tablet = await device('tablet', { limits });
      stations(tablet).put({ id: 'd' });
      const file = await decodeEditsFile((await phone.export()).bytes);
      const others = await decodeEditsFile((await tablet.export()).bytes);
      const both = { ...file, transactions: [...file.transactions, ...others.transactions] };
      for (let times = 0; times < 2; times++) {
        const outcomes = await importEdits(both, { url: server.address, limits });
        expect(outcomes).toMatchObject([
          { replica: 'phone', status: 'committed' },
          { status: 'refused', refusal: { reason: 'ROW_TOO_LARGE', changeIndex: 0 } },
          { status: 'committed' },
          { replica: 'tablet', status: 'committed' },
        ]);
      }
      expect(commits).toEqual([...names('phone', 1, 2, 3), ...names('tablet', 1)]);
      // Its writer is told, too.
      phone.connect();
      await phone.synced();
      expect(phone.parked).toMatchObject([{ outcome: { refusal: { reason: 'ROW_TOO_LARGE' } } }]);
    },
  );

  test('[P36] refuses just the one that has more bytes than a transaction may have', async () => {
    await server.close();
    await begin({ limits: { transactionBytesMax: 20_000 } });
    const limits = { ...defaultLimits, pushBytesMax: 8 << 10, partBytesMax: 1 << 10 };
    const phone = await device('phone', { limits });
    for (const name of ['', 'x'.repeat(30_000), '']) stations(phone).put({ id: 'a', name });
    const tablet = await device('tablet', { limits });
    stations(tablet).put({ id: 'd' });
    const file = await decodeEditsFile((await phone.export()).bytes);
    const others = await decodeEditsFile((await tablet.export()).bytes);
    const both = { ...file, transactions: [...file.transactions, ...others.transactions] };
    const refused = { status: 'refused', refusal: { reason: 'TRANSACTION_TOO_LARGE' } };
    const committed = { status: 'committed' };
    for (let times = 0; times < 2; times++) {
      expect(await importEdits(both, { url: server.address, limits })).toMatchObject([
        ...[committed, refused, committed, committed],
      ]);
    }
    // Its writer is told, and goes on.
    phone.connect();
    await phone.synced();
    expect(phone.parked).toMatchObject([
      { outcome: { refusal: { reason: 'TRANSACTION_TOO_LARGE' } } },
    ]);
    expect(stations(phone).get('a')).toMatchObject({ name: '' });
  });

  test('has transactions that are larger than a message, too', async () => {
    await server.close();
    const limits = { ...defaultLimits, pushBytesMax: 8 << 10, partBytesMax: 1 << 10 };
    await begin({ limits });
    const phone = await device('phone', { limits });
    stations(phone).put({ id: 'before' });
    phone.transaction((scope) => {
      for (let index = 0; index < 200; index++) scope.table(StationSchema).put({ id: `s${index}` });
    });
    stations(phone).put({ id: 'after' });
    const file = await decodeEditsFile((await phone.export()).bytes);
    for (let times = 0; times < 2; times++) {
      const outcomes = await importEdits(file, { url: server.address, limits });
      expect(statuses(outcomes)).toEqual(['committed', 'committed', 'committed']);
    }
    expect(commits).toEqual(names('phone', 1, 2, 3));
  });

  test('goes in smaller pushes where the server has little room', async () => {
    await server.close();
    const limitBytes = 4 << 20;
    const usedBytes = () => limitBytes / 2;
    await begin({ heap: new HeapRoom({ limitBytes, usedBytes, collect: async () => {} }) });
    const phone = await device('phone');
    for (let index = 0; index < 1_000; index++) {
      stations(phone).put({ id: `s${index}`, name: 'x'.repeat(200) });
    }
    const file = await decodeEditsFile((await phone.export()).bytes);
    const outcomes = await importEdits(file, { url: server.address });
    expect(new Set(statuses(outcomes))).toEqual(new Set(['committed']));
  });

  test('has what was refused, for people, where that is asked for', async () => {
    const phone = await device('phone');
    phone.table(InspectionSchema).put({ id: 'i', notes: 'x'.repeat(300) });
    phone.connect();
    await phone.synced();
    expect((await phone.export()).parked).toBe(0);
    const { bytes, transactions, parked } = await phone.export({ parked: true });
    expect([transactions, parked]).toEqual([0, 1]);
    const file = await decodeEditsFile(bytes);
    expect(file.parked).toMatchObject([{ outcome: { refusal: { reason: 'ROW_INVALID' } } }]);
    expect(await importEdits(file, { url: server.address })).toEqual([]);
  });

  test('is refused as a whole where the caller may not push for others, or the server is away', async () => {
    await server.close();
    await begin({ authorise: async (call) => ({ ...(await trustEveryone(call)), relay: false }) });
    const phone = await device('phone');
    stations(phone).put({ id: 'a' });
    const file = await decodeEditsFile((await phone.export()).bytes);
    const denied = { code: Code.permissionDenied, reason: 'FOREIGN_WRITER' };
    await expect(importEdits(file, { url: server.address })).rejects.toMatchObject(denied);
    const nowhere = { url: '127.0.0.1:1', deadlineMs: 5_000 };
    await expect(importEdits(file, nowhere)).rejects.toMatchObject({ isRetryable: true });
    expect(commits).toEqual([]);
  });
});

describe('a file of a relay that has lost its disk since', () => {
  const van = () => device('van', { relay: true });
  const ordered = () => commits.filter((name) => !name.includes('.f')).toSorted();

  test('[P36][I3] is carried on where the relay has its id again: it goes on under another', async () => {
    const lost = await van();
    for (const id of ['a', 'b']) stations(lost).put({ id });
    const { bytes } = await lost.export();
    const path = join(makeFolder(), 'van.db');
    const stored = () => device('van', { relay: true, storage: sqliteStorage({ path }) });
    const first = await stored();
    const { outcomes, own } = await first.import(bytes);
    expect([statuses(outcomes), own]).toEqual([['held', 'held'], 0]);
    expect(first.replicaId).toMatch(/^van\.f/);
    expect([first.pendingCount, first.carriedCount]).toEqual([0, 2]);
    stations(first).put({ id: 'c' });
    await first.close();
    const again = await stored();
    expect(again.carriedCount).toBe(2);
    expect(stations(again).count()).toBe(3);
    expect(statuses((await again.import(bytes)).outcomes)).toEqual(['held', 'held']);
    again.connect();
    await again.synced();
    // Its disk was found.
    stations(lost).put({ id: 'd' });
    lost.connect();
    await lost.synced();
    expect(lost.replicaId).toBe('van');
    expect(ordered()).toEqual(names('van', 1, 2, 3));
    expect(commits).toHaveLength(4);
    await again.synced();
    expect([again.pendingCount, again.carriedCount]).toEqual([0, 0]);
  });

  test.each(['before it has met the home', 'behind that', 'while it is connected'])(
    '[P36][I3] may begin in the middle of its line: %s',
    async (when) => {
      const lost = await van();
      stations(lost).put({ id: 'a' });
      lost.connect();
      await lost.synced();
      lost.disconnect();
      for (const id of ['b', 'c']) stations(lost).put({ id });
      const { bytes } = await lost.export();
      const fresh = await van();
      if (when !== 'before it has met the home') {
        fresh.connect();
        await fresh.synced();
        if (when === 'behind that') fresh.disconnect();
      }
      expect(statuses((await fresh.import(bytes)).outcomes)).toEqual(['held', 'held']);
      fresh.connect();
      await fresh.synced();
      await expect.poll(() => fresh.carriedCount).toBe(0);
      expect(ordered()).toEqual(names('van', 1, 2, 3));
      expect(stations(fresh).count()).toBe(3);
    },
  );

  test('[I3] waits in it where edits of the new disk wait under the same id, which the home might have', async () => {
    const lost = await van();
    stations(lost).put({ id: 'a' });
    stations(lost).put({ id: 'b' });
    const { bytes } = await lost.export();
    lost.connect();
    await lost.synced();
    const fresh = await van();
    stations(fresh).put({ id: 'c' });
    const { outcomes } = await fresh.import(bytes);
    expect(outcomes).toMatchObject([
      { counter: 1, status: 'unordered', refusal: { reason: 'HELD_DIFFERS' } },
      { counter: 2, status: 'unordered', refusal: { reason: 'FORK_UNRESOLVED' } },
    ]);
    expect([fresh.replicaId, fresh.carriedCount, fresh.pendingCount]).toEqual(['van', 0, 1]);
    fresh.connect();
    await fresh.synced();
    expect(fresh.replicaId).toMatch(/^van\.f/);
    const [, newest] = (await fresh.import(bytes)).outcomes;
    expect(newest).toMatchObject({ counter: 2, status: 'committed' });
    expect(ordered()).toEqual(names('van', 1, 2));
    expect(stations(fresh).count()).toBe(3);
  });

  test('is carried on by one that is connected, too, of which the home has heard nothing yet', async () => {
    const lost = await van();
    stations(lost).put({ id: 'a' });
    const { bytes } = await lost.export();
    const fresh = await van();
    fresh.connect();
    await fresh.synced();
    expect(fresh.replicaId).toBe('van');
    expect(statuses((await fresh.import(bytes)).outcomes)).toEqual(['held']);
    stations(fresh).put({ id: 'b' });
    await fresh.synced();
    await expect.poll(() => fresh.carriedCount).toBe(0);
    expect(ordered()).toEqual(names('van', 1));
    expect([commits.length, stations(fresh).count()]).toEqual([2, 2]);
  });

  test('[I3] is ordered once, however often disks are lost, and found again', async () => {
    const steps = fc.array(
      fc.constantFrom(
        ...['write', 'write and export', 'write and export', 'import', 'import', 'bring', 'sync'],
        ...['lose', 'find'],
      ),
      { minLength: 6, maxLength: 24 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (all, choices) => {
        const replicaId = `van-${run++}`;
        const make = () => device(replicaId, { relay: true, storage: undefined as never });
        const pick = <T>(from: readonly T[]) => from[choices.next().value! % from.length]!;
        const vans = [await make()];
        const files: Uint8Array[] = [];
        let current = vans[0]!;
        let count = 0;
        for (const step of all) {
          if (step.startsWith('write')) stations(current).put({ id: `${replicaId}-${count++}` });
          if (step === 'write and export') files.push((await current.export()).bytes);
          else if (step === 'import' && files.length > 0) await current.import(pick(files));
          else if (step === 'bring' && files.length > 0) {
            await importEdits(await decodeEditsFile(pick(files)), { url: server.address });
          } else if (step === 'lose') {
            current = await make();
            vans.push(current);
          } else if (step === 'find') current = pick(vans);
          else if (step === 'sync') {
            current.connect();
            await current.synced();
            current.disconnect();
          }
        }
        for (const each of vans) {
          each.connect();
          await each.synced();
          each.disconnect();
        }
        // All disks were found in the end: nothing is lost, and nothing twice.
        const own = commits.filter((name) => name.split(/[./]/, 1)[0] === replicaId);
        expect(own.length).toBe(count);
        expect(new Set(own).size).toBe(count);
      }),
      { numRuns: 40 },
    );
  });

  test('[I3] says so where others were ordered under its counters, which by then nobody had told', async () => {
    const lost = await van();
    for (const id of ['a', 'b']) stations(lost).put({ id });
    const { bytes } = await lost.export();
    const fresh = await van();
    stations(fresh).put({ id: 'c' });
    const file = await decodeEditsFile((await fresh.export()).bytes);
    await importEdits(file, { url: server.address });
    expect(statuses((await fresh.import(bytes)).outcomes)).toEqual(['unordered', 'unordered']);
    fresh.connect();
    await fresh.synced();
    expect(commits).toEqual(names('van', 1));
    expect((await fresh.import(bytes)).outcomes).toMatchObject([
      { counter: 1, status: 'unordered', refusal: { reason: 'REPLICA_FORKED' } },
      { counter: 2, status: 'unordered', refusal: { reason: 'REPLICA_FORKED' } },
    ]);
    expect(fresh.carriedCount).toBe(0);
  });
});

describe('a file that another machine takes up', () => {
  test('[P36][I3] is shown there, outlives it, and is carried to the home, once', async () => {
    const phone = await device('phone');
    stations(phone).put({ id: 'a', name: 'North' });
    const { bytes } = await phone.export();
    const path = join(makeFolder(), 'laptop.db');
    const laptop = () => device('laptop', { relay: true, storage: sqliteStorage({ path }) });
    const first = await laptop();
    const { outcomes, own } = await first.import(bytes);
    expect([statuses(outcomes), own]).toEqual([['held'], 0]);
    expect(stations(first).get('a')?.name).toBe('North');
    expect([first.pendingCount, first.carriedCount]).toEqual([0, 1]);
    stations(first).put({ id: 'b' });
    // From camp to camp: what it carries goes along.
    const onward = await decodeEditsFile((await first.export()).bytes);
    expect(onward.transactions.map(({ replica }) => replica).sort()).toEqual(['laptop', 'phone']);
    await first.close();
    const again = await laptop();
    expect(again.carriedCount).toBe(1);
    again.connect();
    await again.synced();
    expect(statuses(await importEdits(onward, { url: server.address }))).toEqual([
      ...['committed', 'committed'],
    ]);
    phone.connect();
    await phone.synced();
    expect(commits.toSorted()).toEqual(['laptop/1', 'phone/1']);
    await again.synced();
    expect([again.carriedCount, phone.pendingCount]).toEqual([0, 0]);
    expect(statuses((await again.import(bytes)).outcomes)).toEqual(['committed']);
    expect((await again.import((await again.export()).bytes)).outcomes).toEqual([]);
  });

  test('is refused by one that carries nothing, and where it is of something else', async () => {
    const phone = await device('phone');
    stations(phone).put({ id: 'a' });
    const { bytes } = await phone.export();
    const reason = (name: string) => ({ code: Code.failedPrecondition, reason: name });
    await expect(phone.import(bytes)).rejects.toMatchObject(reason('NOT_A_RELAY'));
    const laptop = await device('laptop', { relay: true, database: 'other' });
    await expect(laptop.import(bytes)).rejects.toMatchObject(reason('EDITS_OTHER_DATABASE'));
    const newer = await device('newer', { relay: true, schemaVersion: 2 });
    await expect(newer.import(bytes)).rejects.toMatchObject(reason('EDITS_OTHER_SCHEMA'));
    const older = await device('older', { relay: true, schema: [StationSchema] });
    await expect(older.import(bytes)).rejects.toMatchObject(reason('EDITS_OTHER_SCHEMA'));
    const cut = bytes.subarray(0, bytes.length - 1);
    await expect(older.import(cut)).rejects.toMatchObject({ reason: 'EDITS_FILE_CORRUPT' });
    expect(newer.carriedCount + older.carriedCount + laptop.carriedCount).toBe(0);
  });

  test('has an outcome for each of its transactions, in its order, also for the client’s own', async () => {
    const phone = await device('phone');
    stations(phone).put({ id: 'a' });
    const van = await device('van', { relay: true });
    stations(van).put({ id: 'b' });
    await van.import((await phone.export()).bytes);
    const { bytes } = await van.export();
    const { transactions } = await decodeEditsFile(bytes);
    const named = (outcomes: readonly { replica: string; counter: number }[]) =>
      outcomes.map(({ replica, counter }) => `${replica}/${counter}`);
    const whileHeld = await van.import(bytes);
    expect(named(whileHeld.outcomes)).toEqual(named(transactions));
    expect([statuses(whileHeld.outcomes), whileHeld.own]).toEqual([['held', 'held'], 1]);
    van.connect();
    await van.synced();
    await expect.poll(() => van.carriedCount).toBe(0);
    const later = await van.import(bytes);
    expect(named(later.outcomes)).toEqual(named(transactions));
    expect(statuses(later.outcomes)).toEqual(['committed', 'committed']);
    expect(commits.toSorted()).toEqual(['phone/1', 'van/1']);
  });

  test('is of no use once the client is closed', async () => {
    const phone = await device('phone');
    const { bytes } = await phone.export();
    await phone.close();
    await expect(phone.export()).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
    await expect(phone.import(bytes)).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
  });
});
