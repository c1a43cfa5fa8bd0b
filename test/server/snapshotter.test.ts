import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Log } from '../../src/log/log.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { openDatabase } from '../../src/server/database.ts';
import { Snapshotter } from '../../src/server/snapshotter.ts';
import { MemorySnapshots } from '../support/memory-snapshots.ts';
import { describeWhole, ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';
import { fieldSchema } from '../support/test-server.ts';

const limits = { ...defaultLimits, snapshotLogBytesMin: 1_000 };

interface SetUp {
  readonly tailBytes?: number;
  readonly lastBytes?: number;
  readonly damaged?: readonly number[];
  readonly foreign?: readonly number[];
  /** Called between two steps. */
  readonly between?: (model: ModelHome) => void;
}

function setUp({
  tailBytes = 0,
  lastBytes,
  damaged = [],
  foreign = [],
  between = () => {},
}: SetUp = {}) {
  const model = new ModelHome({ limits });
  model.write('ann', [put(itemTable, 'i1', { site: 'a' })]);
  const snapshots = new MemorySnapshots();
  const trims: number[] = [];
  const log = Object.assign(createMemoryLog({ id: new Uint8Array(16) }), {
    trim: async (upto: number) => trims.push(upto),
  });
  const failures: unknown[] = [];
  let pauses = 0;
  const info = (id: number, bytes = 0) => ({ id, position: 0, blockCount: 1, bytes, createdMs: 0 });
  const snapshotter = new Snapshotter({
    opened: {
      home: model.home,
      snapshot: lastBytes === undefined ? undefined : info(0, lastBytes),
      damaged: damaged.map((id) => info(id)),
      foreign: foreign.map((id) => info(id)),
      tailBytes,
      openedAt: 0,
    },
    log: () => log as Log,
    snapshots,
    limits,
    pause: async () => {
      pauses++;
      between(model);
    },
    onFailure: (error) => failures.push(error),
  });
  return { model, snapshots, trims, failures, snapshotter, pauses: () => pauses };
}

describe('a snapshot', () => {
  it('begins when the log has grown by so much, and not one byte before', async () => {
    const { snapshotter, snapshots, model } = setUp();
    snapshotter.noteAppended(999);
    await snapshotter.idle();
    expect(snapshots.kept).toHaveLength(0);
    snapshotter.noteAppended(1);
    await snapshotter.idle();
    expect(snapshots.kept.map(({ info }) => info.position)).toEqual([model.state.head]);
  });

  it('begins at once where a start has read so much of the log', async () => {
    const [much, little] = [setUp({ tailBytes: 1_000 }), setUp({ tailBytes: 999 })];
    await much.snapshotter.idle();
    await little.snapshotter.idle();
    expect([much.snapshots.kept.length, little.snapshots.kept.length]).toEqual([1, 0]);
  });

  it('begins no sooner than the log has grown by what the last one took', async () => {
    const { snapshotter, snapshots } = setUp({ lastBytes: 5_000 });
    snapshotter.noteAppended(4_999);
    await snapshotter.idle();
    expect(snapshots.kept).toHaveLength(0);
    snapshotter.noteAppended(1);
    await snapshotter.idle();
    const { bytes } = snapshots.kept[0]!.info;
    // From now on this one counts, and what was appended before it does not.
    expect(bytes).toBeGreaterThan(1_000);
    snapshotter.noteAppended(bytes - 1);
    await snapshotter.idle();
    expect(snapshots.kept).toHaveLength(1);
    snapshotter.noteAppended(1);
    await snapshotter.idle();
    expect(snapshots.kept).toHaveLength(2);
  });

  it('is one at a time, and pauses at each step, so that commits go on', async () => {
    let writes = 0;
    const { snapshotter, snapshots, pauses, model } = setUp({
      between: (home) => {
        writes++;
        home.write('bob', [put(itemTable, `w${writes}`, {})]);
        snapshotter.noteAppended(500);
      },
    });
    snapshotter.noteAppended(1_000);
    await snapshotter.idle();
    const [made] = snapshots.kept;
    expect(snapshots.kept).toHaveLength(1);
    expect(pauses()).toBeGreaterThanOrEqual(made!.info.blockCount);
    // One write came before it began.
    expect(made!.info.position).toBe(2);
    const home = model.replayed();
    expect(describeWhole(home.state)).toEqual(describeWhole(model.state));
  });

  it('lets the log go of what is older than the older of the two that are kept', async () => {
    const { snapshotter, snapshots, trims, model } = setUp();
    for (let round = 0; round < 3; round++) {
      model.write('ann', [put(itemTable, `r${round}`, {})]);
      snapshotter.noteAppended(1_000_000);
      await snapshotter.idle();
    }
    expect(snapshots.kept.map(({ info }) => info.position)).toEqual([3, 4]);
    expect(trims).toEqual([2, 3]);
  });

  it('[I2] lets the log go of nothing while somebody reads it, and of all of that afterwards', async () => {
    const { snapshotter, snapshots, trims, model } = setUp();
    const [first, second] = [snapshotter.holdLog(), snapshotter.holdLog()];
    const written = async (name: string) => {
      model.write('ann', [put(itemTable, name, {})]);
      snapshotter.noteAppended(1_000_000);
      await snapshotter.idle();
    };
    for (const name of ['a', 'b', 'c']) await written(name);
    first();
    await written('d');
    expect(trims).toEqual([]);
    second();
    await written('e');
    expect(snapshots.kept.map(({ info }) => info.position)).toEqual([5, 6]);
    expect(trims).toEqual([5]);
  });

  it.each([
    ['is damaged', { damaged: [2] }, [[1], [1, 2], [1, 3], [3, 4]]],
    ['is of another log', { foreign: [2] }, [[1], [1, 2], [1, 2, 3], [2, 3, 4]]],
  ])(
    '[I9] lets go of nothing on the word of one that %s, and never of a sound one for it',
    async (_, some, kept) => {
      const { snapshotter, snapshots, trims, model } = setUp(some);
      const seen: number[][] = [];
      for (let round = 0; round < 4; round++) {
        model.write('ann', [put(itemTable, `r${round}`, {})]);
        snapshotter.noteAppended(1_000_000);
        await snapshotter.idle();
        seen.push(snapshots.kept.map(({ info }) => info.id));
      }
      expect(seen).toEqual(kept);
      // Those of the older of two that are sound.
      expect(trims).toEqual([2, 4]);
    },
  );

  it('[I9] removes none, damaged or not, before there are two that are sound', async () => {
    const { snapshotter, snapshots } = setUp({ damaged: [1, 2] });
    for (let round = 0; round < 3; round++) {
      snapshotter.noteAppended(1_000_000);
      await snapshotter.idle();
    }
    expect(snapshots.kept.map(({ info }) => info.id)).toEqual([1, 2, 3]);
  });

  it.each([
    ['cannot be begun', 0, 0],
    ['cannot be written', 2, 1],
  ])(
    'that %s is given up without harm, and tried again later',
    async (_, afterPauses, abandoned) => {
      let pauses = 0;
      const error = new Error('the disk is full');
      const { snapshotter, snapshots, failures, trims } = setUp({
        between: () => {
          if (pauses++ === afterPauses) snapshots.failure = error;
        },
      });
      snapshotter.noteAppended(1_000);
      await snapshotter.idle();
      expect(failures).toEqual([error]);
      expect([snapshots.kept.length, snapshots.abandoned, trims]).toEqual([0, abandoned, []]);
      snapshotter.noteAppended(1_000);
      await snapshotter.idle();
      expect(snapshots.kept).toHaveLength(1);
      expect(failures).toHaveLength(1);
    },
  );

  it.each([0, 1, 3])(
    'under way after %i steps is given up when the database closes',
    async (steps) => {
      let pauses = 0;
      let closed: Promise<void> | undefined;
      const { snapshotter, snapshots } = setUp({
        between: () => {
          if (pauses++ === steps) closed = snapshotter.close();
        },
      });
      snapshotter.noteAppended(1_000);
      await snapshotter.idle();
      await closed;
      expect([snapshots.kept.length, snapshots.abandoned]).toEqual([0, Math.min(1, steps)]);
      snapshotter.noteAppended(1_000_000);
      await snapshotter.idle();
      expect(snapshots.kept).toHaveLength(0);
    },
  );
});

describe('a database with a store of snapshots', () => {
  it('[I9] writes one as its log grows, closes the store, and starts from it', async () => {
    const snapshots = new MemorySnapshots();
    const id = new Uint8Array(16).fill(3);
    const log = createMemoryLog({ id });
    const few = { ...limits, snapshotLogBytesMin: 1 };
    const first = await openDatabase({
      name: 'd',
      schema: fieldSchema,
      log,
      snapshots,
      limits: few,
    });
    const everyone = {
      name: 'test',
      readScopes: ['*'],
      writeScopes: ['*'],
      relay: false,
      admin: true,
      expiresAtMs: undefined,
    };
    const change = {
      operation: 'put',
      table: 'test.v1.Station',
      key: 's1',
      row: Uint8Array.of(10, 2, 115, 49),
      fields: [],
      base: undefined,
      baseCounter: 0,
      ifMatch: '',
      ifNoneMatch: false,
      baseAbsent: false,
    } as const;
    const { outcome } = await first.transact([change], '', everyone);
    expect(outcome.status).toBe('committed');
    while (snapshots.kept.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const records: Uint8Array[] = [];
    for await (const slice of log.read(0)) records.push(...slice.records);
    await first.close();
    expect(snapshots.closed).toBe(true);
    const again = createMemoryLog({ id, records });
    const second = await openDatabase({
      name: 'd',
      schema: fieldSchema,
      log: again,
      snapshots,
    });
    expect(describeWhole(second.home.state)).toEqual(describeWhole(first.home.state));
    expect(second.home.chainHash).toEqual(first.home.chainHash);
    await second.close();
  });
});
