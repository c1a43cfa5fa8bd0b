import { describe, expect, it } from 'vitest';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import type { Commit, Outcome } from '../../src/change/commit.ts';
import type { Log } from '../../src/log/log.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { Home } from '../../src/replica/home.ts';
import { PushLines } from '../../src/replica/push-lines.ts';
import { Committer, type WriteState } from '../../src/server/committer.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { roomyHeap } from '../support/roomy-heap.ts';
import { settled } from './support/faulty-medium.ts';
import { schema, submission } from './support/station-submission.ts';

/** A log whose appends wait for `release`, or fail. */
function heldLog() {
  const inner = createMemoryLog({ id: new Uint8Array(16) });
  const sizes: number[] = [];
  let settle: { release: () => void; fail: (error: Error) => void } | undefined;
  const log: Log = {
    id: inner.id,
    trimmed: 0,
    epoch: 0,
    trim: (upto) => inner.trim(upto),
    get head() {
      return inner.head;
    },
    append: async (expected, records) => {
      sizes.push(records.length);
      await new Promise<void>((resolve, reject) => {
        settle = { release: resolve, fail: reject };
      });
      return inner.append(expected, records);
    },
    read: (after) => inner.read(after),
    close: () => inner.close(),
  };
  return {
    log,
    sizes,
    release: () => settle!.release(),
    fail: (error: Error) => settle!.fail(error),
  };
}

function setUp(
  overrides: Partial<Limits> = {},
  listener: () => void = () => {},
  nowMs = () => 1_000,
  heap = roomyHeap(),
) {
  const limits = { ...defaultLimits, ...overrides };
  const home = new Home({ schema, limits, validate: () => undefined });
  const held = heldLog();
  const visible: Commit[] = [];
  const appendsMs: number[] = [];
  const states: [WriteState, unknown][] = [];
  const committer = new Committer({
    home,
    log: held.log,
    clock: { nowMs },
    // No time passes.
    timer: () => () => {},
    limits,
    heap,
    onCommits: (commits, _, appendMs) => {
      visible.push(...commits);
      appendsMs.push(appendMs);
      listener();
    },
    onState: (state, cause) => states.push([state, cause]),
  });
  return { home, held, visible, appendsMs, states, committer };
}

describe('the committer', () => {
  it('[I2] shows and answers nothing before the log has it', async () => {
    const { home, held, visible, committer } = setUp();
    let answered = false;
    const outcome = committer.submit(submission(1)).then((value) => {
      answered = true;
      return value;
    });
    await settled();
    expect(held.sizes).toEqual([1]);
    expect([answered, visible.length, home.state.head]).toEqual([false, 0, 0]);
    held.release();
    expect(await outcome).toMatchObject({ status: 'committed', counter: 1 });
    expect(visible.map(({ seq }) => seq)).toEqual([1]);
    expect(home.state.head).toBe(1);
  });

  it('takes an append for one of no time where the clock is set back meanwhile', async () => {
    let nowMs = 5_000;
    const { held, appendsMs, committer } = setUp({}, undefined, () => nowMs);
    const outcome = committer.submit(submission(1));
    await settled();
    nowMs = 2_000;
    held.release();
    await outcome;
    expect(appendsMs).toEqual([0]);
  });

  it('[I13] orders a large one over many turns, in its place, and lets others have theirs', async () => {
    const { home, held, visible, committer } = setUp({ stepChangesMax: 10 });
    const outcomes = [
      committer.submit(submission(1)),
      committer.submit(submission(2, 'r', 100)),
      committer.submit(submission(3)),
    ];
    let turns = 0;
    while (held.sizes.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    expect(turns).toBeGreaterThan(30);
    expect([held.sizes, home.state.head]).toEqual([[3], 0]);
    held.release();
    expect((await Promise.all(outcomes)).map(({ counter, status }) => [counter, status])).toEqual([
      [1, 'committed'],
      [2, 'committed'],
      [3, 'committed'],
    ]);
    expect(visible.map(({ effects }) => effects.length)).toEqual([2, 101, 2]);
  });

  // A commit has the position of its writer beside the rows.
  it.each([
    ['at once', 9, [1]],
    ['over turns', 10, []],
  ])('orders %s what has %i changes, where a step has 10', async (_, rows, sizes) => {
    const { held, committer } = setUp({ stepChangesMax: 10 });
    const outcome = committer.submit(submission(1, 'r', rows));
    for (let step = 0; step < 50; step++) await Promise.resolve();
    expect(held.sizes).toEqual(sizes);
    while (held.sizes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    held.release();
    expect(await outcome).toMatchObject({ status: 'committed' });
  });

  it('tells of a large one that cannot be ordered, and goes on with the others', async () => {
    const { held, committer } = setUp({ stepChangesMax: 10 });
    const gap = committer.submit(submission(5, 'r', 11));
    const next = committer.submit(submission(1));
    await expect(gap).rejects.toMatchObject({ reason: 'COUNTER_GAP' });
    await settled();
    held.release();
    expect(await next).toMatchObject({ status: 'committed' });
  });

  it('gathers the next group while one is in flight', async () => {
    const { held, committer } = setUp();
    const first = committer.submit(submission(1));
    await settled();
    const rest = [2, 3, 4].map((counter) => committer.submit(submission(counter)));
    await settled();
    expect(held.sizes).toEqual([1]);
    held.release();
    await first;
    await settled();
    expect(held.sizes).toEqual([1, 3]);
    held.release();
    await Promise.all(rest);
    await committer.idle();
  });

  it('makes no group larger than the limits', async () => {
    const { held, committer } = setUp({ commitGroupMax: 2 });
    const all = [1, 2, 3].map((counter) => committer.submit(submission(counter)));
    await settled();
    held.release();
    await settled();
    held.release();
    await Promise.all(all);
    expect(held.sizes).toEqual([2, 1]);
  });

  it('holds the event loop no longer than the limit for one group, and orders something in each', async () => {
    const groups = async (commitGroupMsMax: number) => {
      let ms = 0;
      const { held, committer } = setUp({ commitGroupMsMax }, undefined, () => (ms += 8));
      const all = Array.from({ length: 40 }, (_, index) => committer.submit(submission(index + 1)));
      for (let left = 40; left > 0; left -= held.sizes.at(-1)!) {
        await settled();
        held.release();
      }
      await Promise.all(all);
      return held.sizes;
    };
    // The time is asked for at every sixteenth.
    expect(await groups(17)).toEqual([40]);
    expect(await groups(16)).toEqual([32, 8]);
    expect(await groups(8)).toEqual([16, 16, 8]);
    expect(await groups(0)).toEqual([16, 16, 8]);
  });

  it('[I13] orders what meets much where the heap has room, group by group, and tells where it has none', async () => {
    const use = { bytes: 0 };
    const heap = new HeapRoom({
      limitBytes: 64 << 10,
      usedBytes: () => use.bytes,
      collect: () => new Promise((resolve) => setImmediate(resolve)),
    });
    const { held, committer } = setUp({}, undefined, undefined, heap);
    const go = async (outcome: Promise<Outcome>) => {
      await settled();
      held.release();
      return outcome;
    };
    await go(committer.submit(submission(1, 'r', 3)));
    await go(committer.submit(submission(2)));
    // Three rows are more than may be taken without asking.
    const same = (replica: string) => submission(1, replica, 3);
    const lines = new PushLines();
    use.bytes = 60 << 10;
    const refused = committer.submit({ ...same('a'), lines });
    const behind = committer.submit({ ...submission(2, 'a'), lines });
    const other = committer.submit(submission(3));
    await Promise.all([
      expect(refused).rejects.toMatchObject({ code: 8, reason: 'HEAP_FULL' }),
      expect(behind).rejects.toMatchObject({ reason: 'COUNTER_GAP' }),
    ]);
    expect(await go(other)).toMatchObject({ status: 'committed' });
    use.bytes = 0;
    const two = [committer.submit(same('a')), committer.submit(same('c'))];
    expect(await go(two[0]!)).toMatchObject({ replica: 'a', status: 'committed' });
    expect(await go(two[1]!)).toMatchObject({ replica: 'c', status: 'committed' });
    expect(held.sizes).toEqual([1, 1, 1, 1, 1]);
    // A retry meets no rows.
    use.bytes = 60 << 10;
    expect(await committer.submit(same('a'))).toMatchObject({ status: 'committed' });
  });

  it('[I3] answers a retry alike, also one in the same group, without another record', async () => {
    const { held, committer } = setUp();
    const twice = [committer.submit(submission(1)), committer.submit(submission(1))];
    await settled();
    held.release();
    const [first, second] = await Promise.all(twice);
    expect(second).toEqual(first);
    expect(await committer.submit(submission(1))).toEqual(first);
    expect(held.sizes).toEqual([1]);
  });

  it('rejects what cannot be ordered, and orders the rest', async () => {
    const { held, committer } = setUp();
    const gap = committer.submit(submission(7, 'other'));
    const good = committer.submit(submission(1));
    await expect(gap).rejects.toMatchObject({ reason: 'COUNTER_GAP' });
    held.release();
    expect(await good).toMatchObject({ status: 'committed' });
  });

  it('[I2] without a way to open its log again says that the outcome is unknown, and orders nothing more', async () => {
    const { home, held, visible, states, committer } = setUp();
    const inFlight = committer.submit(submission(1));
    await settled();
    const waiting = committer.submit(submission(2));
    const error = new Error('the disk is gone');
    held.fail(error);
    expect(committer.state).toBe('open');
    await expect(inFlight).rejects.toMatchObject({ code: 14, reason: 'LOG_OUTCOME_UNKNOWN' });
    for (const outcome of [waiting, committer.submit(submission(3))]) {
      await expect(outcome).rejects.toMatchObject({
        code: 14,
        reason: 'DATABASE_FAILED',
        retryDelayMs: 1_000,
      });
    }
    expect([states, visible, home.state.head]).toEqual([[['failed', error]], [], 0]);
    await committer.idle();
  });

  it('answers everyone where a listener fails, and orders nothing more', async () => {
    const { held, states, committer } = setUp({}, () => {
      throw new Error('a listener');
    });
    const outcome = committer.submit(submission(1));
    await settled();
    held.release();
    // It is durable, so it is committed.
    expect(await outcome).toMatchObject({ status: 'committed' });
    await committer.idle();
    expect(states).toMatchObject([['failed', { message: 'a listener' }]]);
    await expect(committer.submit(submission(2))).rejects.toMatchObject({ code: 14 });
  });
});
