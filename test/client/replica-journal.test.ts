/** What the driver of a journal does on a disk that is slow, full, failing or lying about an append. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { openReplica } from '../../src/client/open-replica.ts';
import { ReplicaJournal, type StorageStatus } from '../../src/client/replica-journal.ts';
import { decodeJournalRecord } from '../../src/replica/journal-record.ts';
import type { JournaledReplica } from '../../src/replica/journaled-replica.ts';
import { describeReplica } from '../support/journaled-phone.ts';
import { putEdit, simSchema, taskTable } from '../support/sim-schema.ts';
import { type Fault, ioError, MemoryFiles } from './support/memory-files.ts';

interface Opened {
  readonly files: MemoryFiles;
  readonly replica: JournaledReplica;
  readonly journal: ReplicaJournal;
  readonly statuses: StorageStatus[];
  readonly holds: boolean[];
  /** Timers that were set and neither run nor taken back. */
  readonly timers: { callback: () => void; delayMs: number }[];
  stored: number;
}

async function opened(files = new MemoryFiles(), limits: Partial<Limits> = {}): Promise<Opened> {
  const all = { ...defaultLimits, ...limits };
  const stored = await openReplica(await files.open(), {
    database: 'd',
    schema: simSchema,
    limits: all,
    relay: false,
    wish: { scopes: [], tables: [] },
    id: 'phone',
    makeId: () => 'made-up',
  });
  const statuses: StorageStatus[] = [];
  const holds: boolean[] = [];
  const timers: Opened['timers'] = [];
  const result = { files, replica: stored.replica, statuses, holds, timers, stored: 0 };
  const journal = new ReplicaJournal({
    ...stored,
    files,
    limits: all,
    random: () => 0.5,
    setTimer: (callback, delayMs) => {
      const timer = { callback, delayMs };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), 1);
    },
    onStored: () => result.stored++,
    onHold: (held) => holds.push(held),
    onStatus: (status) => statuses.push(status),
  });
  return Object.assign(result, { journal });
}

let nowMs = 1_700_000_000_000;

function write({ replica }: Pick<Opened, 'replica'>, key = 'k', title = 't'): number {
  return replica.write([putEdit(taskTable, key, { title })], nowMs++).counter;
}

/** Lets everything happen that needs no timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The time of the next attempt has come. */
async function fire({ timers }: Opened): Promise<number> {
  const { callback, delayMs } = timers.shift()!;
  callback();
  await settle();
  return delayMs;
}

const kindsOf = ({ records }: MemoryFiles) =>
  records.map((record) => decodeJournalRecord(record).kind);

/** The replica that another process would find. */
async function again(files: MemoryFiles, limits: Partial<Limits> = {}): Promise<JournaledReplica> {
  files.fault = undefined;
  files.faults = [];
  return (await opened(files, limits)).replica;
}

describe('a journal', () => {
  test('[I2] lets nothing be sent before it is stored, and gathers what comes while an append is under way', async () => {
    const one = await opened();
    const { files, journal } = one;
    let open = () => {};
    files.gate = new Promise((resolve) => {
      open = resolve;
    });
    const appends = files.appends;
    write(one);
    await settle();
    for (let index = 0; index < 10; index++) write(one);
    let isStored = false;
    const stored = journal.stored().then(() => {
      isStored = true;
    });
    await settle();
    expect([journal.storedCounter, isStored]).toEqual([0, false]);
    open();
    await stored;
    expect(journal.storedCounter).toBe(11);
    expect(files.appends - appends).toBe(2);
    expect(one.stored).toBe(2);
  });

  test('[I8] tells a cursor only once it is stored', async () => {
    const { replica, journal, files } = await opened();
    let open = () => {};
    files.gate = new Promise((resolve) => {
      open = resolve;
    });
    replica.stage([], Uint8Array.of(7), undefined);
    expect(journal.storedCursor).toEqual(new Uint8Array(0));
    open();
    await journal.stored();
    expect(journal.storedCursor).toEqual(Uint8Array.of(7));
  });

  test('is stored at once where nothing waits, and after it was closed', async () => {
    const { journal, files } = await opened();
    await journal.stored();
    await journal.close();
    await journal.close();
    await journal.stored();
    expect(files.isOpen).toBe(false);
  });

  test('writes nothing only because something was sealed, but with the next record', async () => {
    const one = await opened();
    write(one);
    await one.journal.stored();
    const { appends } = one.files;
    one.replica.seal();
    await settle();
    expect(one.files.appends).toBe(appends);
    write(one);
    await one.journal.stored();
    expect(kindsOf(one.files)).toEqual(['opened', 'write', 'seal', 'write']);
    one.replica.seal();
    await one.journal.close();
    expect(kindsOf(one.files).at(-1)).toBe('seal');
  });

  test('notes what the replica is to hold, where that is another wish', async () => {
    const { journal, files } = await opened();
    journal.wish({ scopes: [], tables: [] });
    journal.wish({ scopes: ['site/a'], tables: [] });
    journal.wish({ scopes: ['site/a'], tables: [] });
    await journal.stored();
    expect(kindsOf(files)).toEqual(['opened', 'opened']);
  });

  test('[I3] lets nothing be sent under a new id before that id is stored', async () => {
    const one = await opened();
    const { replica, journal, files } = one;
    write(one);
    await journal.stored();
    let open = () => {};
    files.gate = new Promise((resolve) => {
      open = resolve;
    });
    replica.takeIdentity([], Uint8Array.of(1, 2, 3, 4));
    expect([journal.storedCounter, journal.isIdStored]).toEqual([0, false]);
    open();
    await journal.stored();
    expect([journal.storedCounter, journal.isIdStored]).toEqual([1, true]);
    expect((await again(files)).id).toBe(replica.id);
  });
});

describe('on a full disk a journal', () => {
  test('[I2][P6] keeps what waits, sends none of it, and stores all when there is room', async () => {
    const one = await opened();
    const { files, journal, statuses } = one;
    files.fault = 'full';
    write(one, 'k1');
    await settle();
    expect(journal.status).toMatchObject({ state: 'full', error: { reason: 'LOG_DISK_FULL' } });
    write(one, 'k2');
    for (let attempt = 0; attempt < 8; attempt++) await fire(one);
    expect(journal.storedCounter).toBe(0);
    expect(kindsOf(files)).toEqual(['opened']);
    // It grows up to half a minute.
    expect(await fire(one)).toBe(15_000);
    files.fault = undefined;
    await fire(one);
    await journal.stored();
    expect(journal.storedCounter).toBe(2);
    expect(statuses.map(({ state }) => state)).toEqual(['full', 'working']);
    expect(one.timers).toEqual([]);
    expect(describeReplica(await again(files)).queue).toHaveLength(2);
  });

  test('takes writes up to a number of bytes, then refuses them, and takes nothing from a server', async () => {
    const { length } = (await storedWrite()).at(-1)!;
    const one = await opened(new MemoryFiles(), { storageBacklogBytesMax: 3 * length });
    const { files, journal, replica, holds } = one;
    files.fault = 'full';
    write(one, 'k1');
    await settle();
    write(one, 'k2');
    journal.checkRoom();
    expect(holds).toEqual([]);
    write(one, 'k3');
    expect(holds).toEqual([true]);
    expect(() => journal.checkRoom()).toThrow(
      expect.objectContaining({ code: Code.resourceExhausted, reason: 'STORAGE_FULL' }),
    );
    files.fault = undefined;
    await fire(one);
    journal.checkRoom();
    expect(holds).toEqual([true, false]);
    expect(replica.lastCounter).toBe(3);
  });

  test('refuses nothing while the disk is only slow', async () => {
    const one = await opened(new MemoryFiles(), { storageBacklogBytesMax: 1 });
    for (let index = 0; index < 10; index++) {
      one.journal.checkRoom();
      write(one);
    }
    await one.journal.stored();
    expect(one.holds).toEqual([true, false]);
  });

  test('is closed after one more attempt, and says what is lost', async () => {
    const one = await opened();
    one.files.fault = 'full';
    write(one);
    const stored = one.journal.stored();
    await settle();
    await expect(one.journal.close()).rejects.toMatchObject({ reason: 'LOG_DISK_FULL' });
    await expect(stored).rejects.toMatchObject({ reason: 'LOG_DISK_FULL' });
    expect(one.files.isOpen).toBe(false);
    expect(one.timers).toEqual([]);
  });

  test('is closed with all that it has where there is room by then', async () => {
    const one = await opened();
    one.files.faults = ['full'];
    write(one);
    await settle();
    await one.journal.close();
    expect(kindsOf(one.files)).toEqual(['opened', 'write']);
  });
});

describe('where the outcome of an append is unknown a journal', () => {
  test.each<Fault>(['lost', 'there'])(
    '[I2][I3] looks whether it is %s, and goes on',
    async (fault) => {
      const one = await opened();
      one.files.faults = [fault];
      write(one, 'k1');
      await settle();
      expect(one.journal.status.state).toBe('failing');
      write(one, 'k2');
      await fire(one);
      await one.journal.stored();
      expect(kindsOf(one.files)).toEqual(['opened', 'write', 'write']);
      expect(one.journal.status.state).toBe('working');
      expect(describeReplica(await again(one.files))).toEqual(describeReplica(one.replica));
    },
  );

  test('tries to open it again until it can', async () => {
    const one = await opened();
    one.files.faults = ['lost'];
    one.files.openError = ioError();
    write(one);
    await settle();
    await fire(one);
    expect(one.journal.status).toMatchObject({ error: { reason: 'LOG_READ_FAILED' } });
    one.files.openError = undefined;
    await fire(one);
    expect(one.journal.storedCounter).toBe(1);
  });

  test.each([
    ['fewer', (records: Uint8Array[]) => records.splice(0)],
    ['more', (records: Uint8Array[]) => records.push(...records, ...records)],
  ])('stops where there are %s records than there can be', async (_, change) => {
    const one = await opened();
    one.files.faults = ['lost'];
    write(one);
    const stored = one.journal.stored();
    await settle();
    one.files.tamper(change);
    await fire(one);
    const error = { code: Code.dataLoss, reason: 'STORAGE_DAMAGED' };
    await expect(stored).rejects.toMatchObject(error);
    await expect(one.journal.stored()).rejects.toMatchObject(error);
    expect(one.journal.status.state).toBe('failed');
    expect(() => one.journal.checkRoom()).toThrow(expect.objectContaining(error));
    expect(one.holds).toEqual([true]);
    write(one);
    await settle();
    expect([one.journal.storedCounter, one.timers]).toEqual([0, []]);
    await expect(one.journal.close()).rejects.toMatchObject(error);
  });

  test('stops where something is thrown that nobody foresaw', async () => {
    const one = await opened();
    one.files.gate = Promise.reject(new Error('a bug'));
    write(one);
    await settle();
    // It may be there or not, so it is looked for first.
    expect(one.journal.status).toMatchObject({ state: 'failed', error: { reason: 'INTERNAL' } });
  });
});

describe('a journal that has grown long', () => {
  // What is kept until it is safe is part of the state.
  const small = { journalBytesMin: 2_000, keptTransactionsMax: 2 };

  async function grown(faults: (Fault | undefined)[] = []): Promise<Opened> {
    const one = await opened(new MemoryFiles(), small);
    const rows = Array.from({ length: 5 }, (_, index) => `k${index}`);
    one.replica.stage([], Uint8Array.of(1), undefined);
    one.replica.checkpoint({ seq: 1, rowCount: 0, digest: 0n, settled: new Map() });
    const { files } = one;
    files.faultsOfNext = faults;
    // Until another journal was begun, and whatever became of it.
    while (files.faultsOfNext !== undefined) {
      for (const key of rows) write(one, key);
      await settle();
      if (files.faultsOfNext !== undefined) settleAll(one);
      await settle();
    }
    return one;
  }

  /** What waits is settled, but for the last. */
  function settleAll({ replica }: Opened): void {
    replica.seal();
    const { transaction } = replica.queue.of(replica.id).at(-2)!;
    const next = replica.queue.of(replica.id).at(-1)!.transaction;
    const settled = { counter: transaction.counter, digest: next.previousDigest };
    const { head } = replica.committed;
    const positions = new Map([[replica.id, settled]]);
    replica.stage([], Uint8Array.of(1), undefined);
    replica.checkpoint({ seq: head + 1, rowCount: 0, digest: 0n, settled: positions });
  }

  test('[I2][P6] is written anew from the state, and the replica is the same; nothing is taken from a server meanwhile', async () => {
    const one = await grown();
    expect(one.files.replacements).toBe(1);
    expect(one.holds).toEqual([true, false]);
    await one.journal.close();
    const bytes = one.files.records.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(2_000);
    expect(kindsOf(one.files).slice(0, 3)).toEqual(['opened', 'copy', 'writer']);
    expect(describeReplica(await again(one.files))).toEqual(describeReplica(one.replica));
  });

  test.each<[string, (Fault | undefined)[], number]>([
    ['there is no room for its first record', ['full'], 0],
    ['there is no room for its rows', [undefined, 'full'], 0],
    ['there is no room for its queue', [undefined, undefined, 'full'], 0],
    ['its outcome is unknown', [undefined, undefined, 'lost'], 0],
    [
      'another cannot take its place for want of room',
      [undefined, undefined, undefined, 'full'],
      1,
    ],
    [
      'another did not take its place, and nobody knows',
      [undefined, undefined, undefined, 'lost'],
      1,
    ],
    ['another took its place, and nobody knows', [undefined, undefined, undefined, 'there'], 1],
  ])('[I2][P6] loses nothing where %s', async (_, faults, replacements) => {
    const one = await grown(faults);
    write(one, 'later');
    while (one.timers.length > 0) await fire(one);
    await one.journal.stored();
    expect(one.files.replacements).toBeGreaterThanOrEqual(replacements);
    expect(one.journal.status.state).toBe('working');
    expect(one.journal.storedCounter).toBe(one.replica.lastCounter);
    expect(one.files.isBegun).toBe(false);
    await one.journal.close();
    expect(describeReplica(await again(one.files, small))).toEqual(describeReplica(one.replica));
  });

  test('is written anew where it has more bytes than the limit, and not where it has as many', async () => {
    const written = await storedWrite();
    const bytes = written.reduce((sum, { length }) => sum + length, 0);
    for (const [journalBytesMin, replacements] of [
      [bytes, 0],
      [bytes - 1, 1],
    ] as const) {
      const one = await opened(new MemoryFiles(), { journalBytesMin });
      write(one, 'k0');
      await settle();
      expect(one.files.replacements).toBe(replacements);
    }
  });

  test('is written anew only when it has twice the bytes of the state that it began with', async () => {
    const one = await opened(new MemoryFiles(), { journalBytesMin: 1 });
    for (let index = 0; index < 20; index++) write(one, `k${index}`);
    await settle();
    expect(one.files.replacements).toBe(1);
    const size = () => one.files.records.reduce((sum, { length }) => sum + length, 0);
    const stateBytes = size();
    while (one.files.replacements === 1) {
      expect(size()).toBeLessThanOrEqual(2 * stateBytes);
      write(one, 'k');
      await settle();
    }
    expect(one.files.replacements).toBe(2);
  });

  test('goes on where nothing can be begun beside it', async () => {
    const one = await opened(new MemoryFiles(), { journalBytesMin: 1 });
    one.files.openError = ioError();
    write(one);
    await one.journal.stored();
    await settle();
    expect([one.journal.status.state, one.files.replacements]).toEqual(['working', 0]);
  });

  test('gives up what it has begun where the copy changes meanwhile', async () => {
    const one = await opened(new MemoryFiles(), { journalBytesMin: 1 });
    write(one);
    await one.journal.stored();
    while (!one.files.isBegun) await Promise.resolve();
    const { appends } = one.files;
    while (one.files.appends === appends) await Promise.resolve();
    one.replica.stage([], Uint8Array.of(1), undefined);
    await one.journal.stored();
    await settle();
    expect(one.files.discards).toBe(1);
    await one.journal.close();
    expect(describeReplica(await again(one.files))).toEqual(describeReplica(one.replica));
  });

  test('stores what is written meanwhile in the old one, and has it in the new one', async () => {
    const one = await opened(new MemoryFiles(), { journalBytesMin: 1 });
    write(one, 'k1');
    await one.journal.stored();
    while (!one.files.isBegun) await Promise.resolve();
    write(one, 'k2');
    await one.journal.stored();
    expect(one.journal.storedCounter).toBe(2);
    await settle();
    expect(one.files.replacements).toBeGreaterThan(0);
    await one.journal.close();
    expect(describeReplica(await again(one.files))).toEqual(describeReplica(one.replica));
  });

  test('fails where something is thrown that nobody foresaw', async () => {
    const one = await opened(new MemoryFiles(), { journalBytesMin: 1 });
    one.files.begin = () => Promise.reject(new Error('a bug'));
    write(one);
    await settle();
    expect(one.journal.status).toMatchObject({ state: 'failed', error: { reason: 'INTERNAL' } });
  });
});

test('[I2][I3][P6] whatever the disk does, what was said to be stored is there after a crash, in order and once', async () => {
  const faults = fc.array(
    fc.constantFrom<Fault | undefined>(undefined, undefined, undefined, 'full', 'lost', 'there'),
    { maxLength: 40 },
  );
  const writes = fc.array(fc.nat({ max: 3 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(faults, writes, fc.nat({ max: 30 }), async (all, counts, turns) => {
      const one = await opened(new MemoryFiles(), { journalBytesMin: 400 });
      one.files.faults = all;
      for (const count of counts) {
        for (let index = 0; index < count; index++) write(one, `k${index}`);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        one.timers.shift()?.callback();
      }
      const { storedCounter } = one.journal;
      const { records } = one.files;
      const crashed = new MemoryFiles();
      crashed.tamper((fresh) => fresh.push(...records));
      const found = await again(crashed);
      expect(found.lastCounter).toBeGreaterThanOrEqual(storedCounter);
      const counters = found.queue.of('phone').map(({ transaction }) => transaction.counter);
      expect(counters).toEqual(Array.from({ length: found.lastCounter }, (_, at) => at + 1));
      // And the one that lives on stores all when the disk is well again.
      one.files.faults = [];
      for (let round = 0; round < 60; round++) {
        one.timers.shift()?.callback();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await one.journal.close();
      expect(describeReplica(await again(one.files)).queue).toHaveLength(one.replica.lastCounter);
    }),
    { numRuns: 100 },
  );
});

async function storedWrite(): Promise<readonly Uint8Array[]> {
  const one = await opened();
  write(one, 'k0');
  await one.journal.stored();
  return one.files.records;
}

test('an error of the journal is a SyncError', async () => {
  const one = await opened();
  one.files.gate = Promise.reject('no error at all');
  write(one);
  await settle();
  expect((one.journal.status as { error: unknown }).error).toBeInstanceOf(SyncError);
});
