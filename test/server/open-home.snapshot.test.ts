/** How a home is made of snapshots and a log, whichever of them are damaged. */
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { seqOf } from '../../src/base/seq.ts';
import type { Log } from '../../src/log/log.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import type { SnapshotInfo } from '../../src/log/snapshot-store.ts';
import { epochsIn } from '../../src/replica/epochs.ts';
import { Home } from '../../src/replica/home.ts';
import { openHome } from '../../src/server/open-home.ts';
import { MemorySnapshots } from '../support/memory-snapshots.ts';
import { describeWhole, ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, put } from '../support/model-schema.ts';

const id = new Uint8Array(16).fill(7);
const clock = { nowMs: () => 1_000 };
const freshHome = () =>
  new Home({ schema: modelSchema, limits: defaultLimits, validate: () => undefined });

/** A home that has published its schema and written some rows, with a snapshot after the third and the sixth. */
async function setUp() {
  const model = new ModelHome();
  model.records.push(model.home.publish(1_000)!);
  model.home.durable();
  const snapshots = new MemorySnapshots();
  for (let at = 1; at <= 8; at++) {
    model.write('ann', [put(itemTable, `i${at}`, { site: 'a' })]);
    if (at % 3 !== 0) continue;
    const writer = await snapshots.begin(model.state.head);
    for (const block of model.home.gather(id)) if (block !== undefined) await writer.add(block);
    await writer.complete();
  }
  return { model, snapshots };
}

/** The log without its beginning. */
function trimmedLog(records: readonly Uint8Array[], trimmed: number): Log {
  return createMemoryLog({ id, records: records.slice(trimmed), trimmed });
}

async function open(log: Log, snapshots?: MemorySnapshots) {
  const damage: [number, string][] = [];
  const progress: number[][] = [];
  const opened = await openHome({
    freshHome,
    log,
    snapshots,
    clock,
    onRecovery: (done, total) => progress.push([done, total]),
    onDamage: (snapshot: SnapshotInfo, error) => damage.push([snapshot.id, error.reason]),
  });
  return { ...opened, damage, progress };
}

describe('[I9] a home is opened', () => {
  it('from the newest snapshot and the log behind it', async () => {
    const { model, snapshots } = await setUp();
    const opened = await open(trimmedLog(model.records, 7), snapshots);
    expect(describeWhole(opened.home.state)).toEqual(describeWhole(model.state));
    expect(opened.snapshot?.id).toBe(2);
    const tail = model.records.slice(7);
    expect(opened.tailBytes).toBe(tail[0]!.length + tail[1]!.length);
    const rows = opened.snapshot!.blockCount * 1_000;
    expect(opened.progress).toEqual([[rows + 2, rows + 2]]);
    expect([opened.damage, opened.damaged]).toEqual([[], []]);
  });

  it('from the one before it where that is damaged, and says so', async () => {
    const { model, snapshots } = await setUp();
    const [, newest] = snapshots.kept;
    newest!.blocks[1]![9]! ^= 1;
    const opened = await open(trimmedLog(model.records, 4), snapshots);
    expect(describeWhole(opened.home.state)).toEqual(describeWhole(model.state));
    expect([opened.snapshot?.id, opened.damage]).toEqual([1, [[2, 'MALFORMED_BYTES']]]);
    expect(opened.damaged.map((snapshot) => snapshot.id)).toEqual([2]);
  });

  it('from the log alone where all are damaged and it has its beginning', async () => {
    const { model, snapshots } = await setUp();
    for (const { blocks } of snapshots.kept) blocks[2] = new Uint8Array(0);
    const opened = await open(createMemoryLog({ id, records: model.records }), snapshots);
    expect(describeWhole(opened.home.state)).toEqual(describeWhole(model.state));
    expect(opened.snapshot).toBeUndefined();
    expect(opened.damage).toEqual([
      [2, 'SNAPSHOT_CORRUPT'],
      [1, 'SNAPSHOT_CORRUPT'],
    ]);
    expect(opened.progress).toEqual([[9, 9]]);
  });

  it('from none of another log', async () => {
    const { model, snapshots } = await setUp();
    const log = createMemoryLog({ id: new Uint8Array(16), records: model.records });
    const opened = await open(log, snapshots);
    expect([opened.snapshot, opened.damage.length]).toEqual([undefined, 2]);
    expect(opened.foreign.map((snapshot) => snapshot.id)).toEqual([2, 1]);
  });

  it('not of an empty log beside snapshots: that is none that is new', async () => {
    const { snapshots } = await setUp();
    for (const other of [id, new Uint8Array(16)]) {
      const log = createMemoryLog({ id: other });
      await expect(open(log, snapshots)).rejects.toMatchObject({ code: 15, reason: 'LOG_MISSING' });
      expect([log.head, snapshots.kept.length]).toEqual([0, 2]);
    }
    // One of which a repair could keep nothing says so by its epoch.
    const { home } = await open(createMemoryLog({ id, epoch: 1 }), snapshots);
    expect(home.state.head).toBe(seqOf(1, 2));
  });

  it('not at all where nothing tells what the log began with', async () => {
    const { model, snapshots } = await setUp();
    snapshots.kept[1]!.blocks[0] = new Uint8Array(0);
    // The older one began before what the log still has.
    await expect(open(trimmedLog(model.records, 5), snapshots)).rejects.toMatchObject({
      code: 15,
      reason: 'NO_SNAPSHOT',
      metadata: { trimmed: '5' },
    });
    await expect(open(trimmedLog(model.records, 5))).rejects.toMatchObject({
      reason: 'NO_SNAPSHOT',
    });
  });

  it('in a new epoch where a snapshot shows that the log has lost its end', async () => {
    const { model, snapshots } = await setUp();
    const records = model.records.slice(0, 6);
    const log = createMemoryLog({ id, records });
    const opened = await open(log, snapshots);
    expect([opened.snapshot?.id, opened.damage]).toEqual([1, [[2, 'LOG_END_LOST']]]);
    expect(opened.damaged.map((snapshot) => snapshot.id)).toEqual([2]);
    expect(opened.home.state.head).toBe(seqOf(1, 7));
    expect(epochsIn(opened.home.state)).toEqual([{ number: 1, forkedAt: 6, first: seqOf(1, 7) }]);
    // The snapshot is of a history that is known to be lost now.
    const again = await open(log, snapshots);
    expect([log.head, again.home.state.head]).toEqual([7, seqOf(1, 7)]);
    expect(describeWhole(again.home.state)).toEqual(describeWhole(opened.home.state));
    expect(again.damage).toEqual([[2, 'LOG_END_LOST']]);
    // It may be all that is left of what was lost.
    for (const { foreign } of [opened, again]) expect(foreign.map((each) => each.id)).toEqual([2]);
  });

  it('in an epoch above all that a snapshot of the lost history shows', async () => {
    const { model, snapshots } = await setUp();
    const records = [...model.records];
    const { home } = model;
    const gathered: (Uint8Array | undefined)[] = [];
    // It begins in the epoch that the log has kept, and ends in one that the log has lost.
    for (const block of home.gather(id)) {
      gathered.push(block);
      if (gathered.length > 1) continue;
      model.records.push(home.beginEpoch('lostEnd', model.state.head, 1_000));
      home.durable();
    }
    const straddling = await snapshots.begin(9);
    for (const block of gathered) if (block !== undefined) await straddling.add(block);
    await straddling.complete();
    const first = await open(createMemoryLog({ id, records }), snapshots);
    expect(first.home.state.head).toBe(seqOf(2, 10));
    expect(epochsIn(first.home.state)).toEqual([{ number: 2, forkedAt: 9, first: seqOf(2, 10) }]);
    // One that lies in it as a whole shows the same, also to a log that was restored.
    const within = await snapshots.begin(10);
    for (const block of home.gather(id)) if (block !== undefined) await within.add(block);
    await within.complete();
    for (const epoch of [0, 1]) {
      const { home: other } = await open(createMemoryLog({ id, records, epoch }), snapshots);
      expect(other.state.head).toBe(seqOf(2, 10));
    }
  });

  it('likewise from a log that ends before the snapshot ended', async () => {
    const { model, snapshots } = await setUp();
    const writer = await snapshots.begin(model.state.head);
    for (const block of model.home.gather(id)) {
      if (block !== undefined) await writer.add(block);
      model.write('ann', [put(itemTable, 'late', {})]);
    }
    await writer.complete();
    const { length } = model.records;
    for (const kept of [length - 2, 9]) {
      const log = createMemoryLog({ id, records: model.records.slice(0, kept) });
      const { home, snapshot, damage } = await open(log, snapshots);
      expect([snapshot?.id, damage]).toEqual([2, [[3, 'LOG_END_LOST']]]);
      expect(home.state.head).toBe(seqOf(1, kept + 1));
    }
    const opened = await open(createMemoryLog({ id, records: model.records }), snapshots);
    expect(describeWhole(opened.home.state)).toEqual(describeWhole(model.state));
    expect([...Array(length + 1).keys()].map((at) => opened.home.checkAt(at))).toEqual(
      [...Array(length + 1).keys()].map((at) => model.home.checkAt(at)),
    );
  });

  // Found by seed 237 of 1,000 steps: rows of the lost commits were in the home, and checks of their chain.
  it('not from a snapshot whose last rows are of commits that the log has lost, where it has gone on since', async () => {
    const { model, snapshots } = await setUp();
    const writer = await snapshots.begin(model.state.head);
    for (const block of model.home.gather(id)) {
      if (block !== undefined) await writer.add(block);
      model.write('ann', [put(itemTable, 'late', {})]);
    }
    await writer.complete();
    const lost = model.records.splice(9);
    const other = new ModelHome();
    for (const record of model.records) other.home.replay(record);
    other.records.push(...model.records);
    for (const _ of lost) other.write('bob', [put(itemTable, 'other', {})]);
    const opened = await open(createMemoryLog({ id, records: other.records }), snapshots);
    expect([opened.snapshot?.id, opened.damage]).toEqual([2, [[3, 'LOG_END_LOST']]]);
    expect(opened.home.state.head).toBe(seqOf(1, other.records.length + 1));
  });

  // Found by seed 6 of 1,000 steps: the publication had the place of the lost history's, and was taken for that.
  it('in an epoch that parts before its own publication, made durable together with it', async () => {
    const log = createMemoryLog({ id, epoch: 1 });
    const appended: number[] = [];
    const append = (head: number, records: readonly Uint8Array[]) => {
      appended.push(records.length);
      return log.append(head, records);
    };
    const opened = await open({
      ...log,
      id,
      head: 0,
      epoch: 1,
      trimmed: 0,
      append,
      read: (after) => log.read(after),
    });
    expect(epochsIn(opened.home.state)).toEqual([{ number: 1, forkedAt: 0, first: seqOf(1, 2) }]);
    expect([appended, opened.openedAt]).toEqual([[2], seqOf(1, 2)]);
  });

  it('and says where its log ended, whatever it published', async () => {
    const { model } = await setUp();
    const opened = await open(createMemoryLog({ id, records: model.records }));
    const fresh = await open(createMemoryLog({ id }));
    expect([opened.openedAt, fresh.openedAt, fresh.home.state.head]).toEqual([9, 0, 1]);
  });

  it('in the epoch that a restored log names, once', async () => {
    const { model } = await setUp();
    const log = createMemoryLog({ id, records: model.records, epoch: 5 });
    const { home } = await open(log);
    expect(home.state.head).toBe(seqOf(5, 10));
    expect(epochsIn(home.state)).toEqual([{ number: 5, forkedAt: 9, first: seqOf(5, 10) }]);
    const again = await open(log);
    expect([log.head, again.home.state.head]).toEqual([10, seqOf(5, 10)]);
  });

  it('not where the store cannot be read', async () => {
    const { model, snapshots } = await setUp();
    const failing = Object.assign(snapshots, {
      list: () => Promise.reject(new Error('the disk is gone')),
    });
    const log = createMemoryLog({ id, records: model.records });
    await expect(open(log, failing)).rejects.toThrow('the disk is gone');
    const broken = await setUp();
    Object.assign(broken.snapshots, {
      read: () => {
        throw new Error('the disk is gone');
      },
    });
    await expect(open(log, broken.snapshots)).rejects.toThrow('the disk is gone');
  });

  it('and says how far it is while it reads many blocks', async () => {
    const model = new ModelHome();
    model.records.push(model.home.publish(1_000)!);
    model.home.durable();
    for (let at = 0; at < 40; at++) model.write('ann', [put(itemTable, `i${at}`, {})]);
    const snapshots = new MemorySnapshots();
    const writer = await snapshots.begin(model.state.head);
    for (const block of model.home.gather(id, 1)) if (block !== undefined) await writer.add(block);
    const { blockCount } = await writer.complete();
    const { progress } = await open(createMemoryLog({ id, records: model.records }), snapshots);
    expect(progress.slice(0, 2)).toEqual([
      [16_000, blockCount * 1_000],
      [32_000, blockCount * 1_000],
    ]);
  });
});
