import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotInfo, SnapshotStore } from '../../src/log/snapshot-store.ts';
import { record, records, rejection } from './support/records.ts';

/** One store that is empty at first, and the way to open it. */
export interface SnapshotFixture {
  /** Where the adapter persists, it finds what was completed before the last close. */
  open(): Promise<SnapshotStore>;
  /** Removes what the store kept; all handles are closed. */
  dispose(): void;
}

export interface SnapshotAdapter {
  readonly name: string;
  /** Whether snapshots outlive their handle. */
  readonly persists: boolean;
  readonly makeFixture: () => SnapshotFixture;
  /** Random runs against the model; 100 by default. */
  readonly modelRuns?: number;
}

/** Completes a snapshot of these blocks. */
export async function take(
  store: SnapshotStore,
  position: number,
  blocks: readonly Uint8Array[],
): Promise<SnapshotInfo> {
  const writer = await store.begin(position);
  for (const block of blocks) await writer.add(block);
  return writer.complete();
}

export async function blocksOf(store: SnapshotStore, snapshot: SnapshotInfo) {
  const blocks: Uint8Array[] = [];
  for await (const block of store.read(snapshot)) blocks.push(block);
  return blocks;
}

/** What every adapter of `SnapshotStore` promises. */
export function describeSnapshotContract(adapter: SnapshotAdapter): void {
  describe(`${adapter.name} keep the contract of SnapshotStore`, () => {
    let fixture: SnapshotFixture;
    let store: SnapshotStore;
    beforeEach(async () => {
      fixture = adapter.makeFixture();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      fixture.dispose();
    });
    const current = () => store;
    const reopen = async () => {
      await store.close();
      store = await fixture.open();
      return store;
    };
    describeWriting(current);
    describeReading(current);
    describeEnding(current);
    if (adapter.persists) describeReopening(current, reopen);
    it(
      '[I9] do what a plain array does, in any order of calls',
      () => fc.assert(modelProperty(adapter), { numRuns: adapter.modelRuns ?? 100 }),
      60_000,
    );
  });
}

function describeWriting(current: () => SnapshotStore): void {
  it('are none at first', async () => {
    expect(await current().list()).toEqual([]);
  });

  it('say what they are when they are complete, and give their blocks in order', async () => {
    const blocks = [record(1), new Uint8Array(0), record(3, 3 << 20), record(4)];
    const info = await take(current(), 42, blocks);
    const bytes = blocks.reduce((sum, block) => sum + block.length, 0);
    expect(info).toMatchObject({ position: 42, blockCount: 4, bytes });
    expect(await current().list()).toEqual([info]);
    const found = await blocksOf(current(), info);
    expect(found.map((block, index) => Buffer.compare(block, blocks[index]!))).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('are listed newest first, by numbers that rise', async () => {
    const first = await take(current(), 7, records(1, 1));
    const second = await take(current(), 7, records(2, 2));
    const third = await take(current(), 9, []);
    expect(await current().list()).toEqual([third, second, first]);
    expect(second.id).toBeGreaterThan(first.id);
    expect(third.id).toBeGreaterThan(second.id);
    expect(await blocksOf(current(), first)).toEqual(records(1, 1));
    expect(await blocksOf(current(), second)).toEqual(records(2, 2));
    expect(await blocksOf(current(), third)).toEqual([]);
  });

  it('[I9] do not count before they are complete, nor when they are abandoned', async () => {
    const good = await take(current(), 1, records(1, 2));
    const writer = await current().begin(2);
    await writer.add(record(3));
    expect(await current().list()).toEqual([good]);
    await writer.abandon();
    await writer.abandon();
    expect(await current().list()).toEqual([good]);
    const next = await take(current(), 3, records(4, 1));
    expect(await current().list()).toEqual([next, good]);
    expect(await blocksOf(current(), next)).toEqual(records(4, 1));
  });

  it('have one under way at a time', async () => {
    const writer = await current().begin(1);
    expect((await rejection(current().begin(2))).reason).toBe('ASSERTION_FAILED');
    await writer.add(record(1));
    const info = await writer.complete();
    expect((await rejection(writer.add(record(2)))).reason).toBe('ASSERTION_FAILED');
    expect((await rejection(writer.complete())).reason).toBe('ASSERTION_FAILED');
    await writer.abandon();
    expect(await current().list()).toEqual([info]);
  });

  it('have copied a block when the call returns, and take several that nobody waited for', async () => {
    const writer = await current().begin(1);
    const block = Uint8Array.from(record(1, 500));
    const added = [writer.add(block)];
    block.fill(0xff);
    added.push(writer.add(record(2)), writer.add(record(3)));
    const info = await writer.complete();
    await Promise.all(added);
    expect(await blocksOf(current(), info)).toEqual([record(1, 500), record(2), record(3)]);
  });
}

function describeReading(current: () => SnapshotStore): void {
  it('may be left early, and read twice at once and while another is written', async () => {
    const info = await take(current(), 1, records(1, 2_500));
    for await (const block of current().read(info)) {
      expect(block).toEqual(record(1));
      block.fill(0);
      break;
    }
    const writer = await current().begin(2);
    const both = Promise.all([blocksOf(current(), info), blocksOf(current(), info)]);
    await writer.add(record(1));
    expect(await both).toEqual([records(1, 2_500), records(1, 2_500)]);
    await writer.abandon();
  });

  it('[I9] fail where one was removed meanwhile, and never end early', async () => {
    const info = await take(current(), 1, records(1, 3_000));
    const reading = current().read(info)[Symbol.asyncIterator]();
    await reading.next();
    await current().keep([]);
    const rest = async () => {
      while ((await reading.next()).done !== true);
    };
    const error = await rejection(rest());
    expect(error).toMatchObject({ code: 15, reason: 'SNAPSHOT_CORRUPT' });
    expect(error.metadata).toMatchObject({ snapshot: String(info.id) });
  });

  it('are kept where they are asked for, and no others', async () => {
    const infos: SnapshotInfo[] = [];
    for (let at = 1; at <= 4; at++) infos.unshift(await take(current(), at, records(at, 3)));
    await current().keep([...infos.map(({ id }) => id), 1_000]);
    expect(await current().list()).toEqual(infos);
    await current().keep([infos[1]!.id, infos[3]!.id]);
    expect(await current().list()).toEqual([infos[1], infos[3]]);
    expect(await blocksOf(current(), infos[1]!)).toEqual(records(3, 3));
    await current().keep([]);
    expect(await current().list()).toEqual([]);
  });

  it('leave one under way alone when others are removed', async () => {
    await take(current(), 1, records(1, 3));
    const writer = await current().begin(2);
    await writer.add(record(8));
    await current().keep([]);
    await writer.add(record(9));
    const info = await writer.complete();
    expect(await current().list()).toEqual([info]);
    expect(await blocksOf(current(), info)).toEqual([record(8), record(9)]);
  });
}

function describeEnding(current: () => SnapshotStore): void {
  it('take nothing more once they are closed, which may be said again', async () => {
    const info = await take(current(), 1, records(1, 3));
    const writer = await current().begin(2);
    await Promise.all([current().close(), current().close()]);
    const closed = { code: 9, reason: 'SNAPSHOTS_CLOSED' };
    for (const call of [
      () => current().list(),
      () => current().begin(1),
      () => current().keep([]),
      () => blocksOf(current(), info),
      () => writer.add(record(1)),
      () => writer.complete(),
      () => writer.abandon(),
    ]) {
      expect(await rejection(call())).toMatchObject(closed);
    }
  });
}

function describeReopening(
  current: () => SnapshotStore,
  reopen: () => Promise<SnapshotStore>,
): void {
  it('[I9] are found again, but for one that was not complete', async () => {
    const first = await take(current(), 1, records(1, 3));
    const second = await take(current(), 2, records(4, 3));
    await (await current().begin(3)).add(record(7));
    const store = await reopen();
    expect(await store.list()).toEqual([second, first]);
    expect(await blocksOf(store, first)).toEqual(records(1, 3));
    const third = await take(store, 4, records(8, 2));
    expect(await blocksOf(await reopen(), third)).toEqual(records(8, 2));
  });
}

type Step =
  | { readonly kind: 'take'; readonly sizes: readonly number[]; readonly end: boolean }
  | { readonly kind: 'keep'; readonly which: number }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      sizes: fc.array(fc.oneof(fc.nat(300), fc.nat(50_000)), { maxLength: 6 }),
      end: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('keep' as const), which: fc.nat(15) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** Snapshots that are completed and abandoned, removed and reopened, give what an array of them gives. */
function modelProperty({ makeFixture, persists }: SnapshotAdapter) {
  return fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const fixture = makeFixture();
    let store = await fixture.open();
    let model: { readonly info: SnapshotInfo; readonly blocks: Uint8Array[] }[] = [];
    for (const [index, next] of steps.entries()) {
      if (next.kind === 'take') {
        const blocks = next.sizes.map((size, block) => record(index * 10 + block, size));
        const writer = await store.begin(index);
        for (const block of blocks) await writer.add(block);
        if (next.end) model.unshift({ info: await writer.complete(), blocks });
        else await writer.abandon();
      } else if (next.kind === 'keep') {
        // Bits say which of the newest are kept.
        model = model.filter((_, at) => ((next.which >> at) & 1) === 1);
        await store.keep(model.map(({ info }) => info.id));
      } else if (persists) {
        await store.close();
        store = await fixture.open();
      }
      expect(await store.list()).toEqual(model.map(({ info }) => info));
    }
    for (const { info, blocks } of model) expect(await blocksOf(store, info)).toEqual(blocks);
    await store.close();
    fixture.dispose();
  });
}
