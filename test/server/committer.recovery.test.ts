/** The committer and a log that fails, in every way and at every point. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Commit, Outcome } from '../../src/change/commit.ts';
import { cannotOpen, logCorrupt, logLocked } from '../../src/log/log-errors.ts';
import { Home } from '../../src/replica/home.ts';
import { Committer, type WriteState } from '../../src/server/committer.ts';
import { roomyHeap } from '../support/roomy-heap.ts';
import { type AppendFate, FaultyMedium, ManualTimer, settled } from './support/faulty-medium.ts';
import { schema, submission } from './support/station-submission.ts';

const { recoveryWaitMsMax } = defaultLimits;
const cannot = cannotOpen('/the/log', undefined);

async function setUp(
  onCommits: (commits: readonly Commit[]) => void = () => {},
  limits = defaultLimits,
) {
  const medium = new FaultyMedium();
  const time = new ManualTimer();
  const home = new Home({ schema, limits, validate: () => undefined });
  const visible: string[] = [];
  const states: WriteState[] = [];
  const causes: unknown[] = [];
  const committer = new Committer({
    home,
    log: await medium.open(),
    reopen: () => medium.open(),
    clock: { nowMs: () => 1_000 },
    timer: time.timer,
    limits,
    heap: roomyHeap(),
    onCommits: (commits) => {
      visible.push(...commits.map(({ replica, counter }) => `${replica}/${counter}`));
      onCommits(commits);
    },
    onState: (state, cause) => {
      states.push(state);
      causes.push(cause);
    },
  });
  /** Submits the next transactions of `replica`; what became of each, in words. */
  const submit = (counters: readonly number[], replica = 'r') =>
    counters.map((counter) => committer.submit(submission(counter, replica)).then(word, word));
  /** That what a fresh home makes of the log is what this one shows. */
  const proveFolded = () => {
    const fresh = new Home({ schema, limits: defaultLimits, validate: () => undefined });
    for (const record of medium.records) fresh.replay(record);
    expect(home.state.head).toBe(fresh.state.head);
    expect(home.chainHash).toEqual(fresh.chainHash);
  };
  return { medium, time, home, visible, states, causes, committer, submit, proveFolded };
}

function word(end: Outcome | SyncError): string {
  return end instanceof SyncError ? end.reason : end.status;
}

const three = ['committed', 'committed', 'committed'];

describe('a log that fails once', () => {
  it.each<[AppendFate, string, number]>([
    ['lost', 'nothing of the group is there: all of it is ordered anew', 2],
    ['kept', 'all of the group is there: it is shown and answered as it is', 1],
    ['cut', 'the group is there in part: the rest is ordered anew', 2],
  ])('[I2][I3] is opened again, %s: %s', async (fate, _what, appends) => {
    const { medium, time, visible, states, committer, submit, proveFolded } = await setUp();
    medium.appendFates.push(fate);
    const outcomes = submit([1, 2, 3]);
    await settled();
    expect([committer.state, visible, medium.openHandles]).toEqual(['recovering', [], 0]);
    await time.pass(99);
    expect(medium.openCount).toBe(1);
    await time.pass(1);
    expect(await Promise.all(outcomes)).toEqual(three);
    expect(visible).toEqual(['r/1', 'r/2', 'r/3']);
    expect([medium.appendCount, medium.openCount, medium.openHandles]).toEqual([appends, 2, 1]);
    expect(states).toEqual(['recovering', 'open']);
    expect(time.plannedCount).toBe(0);
    expect(medium.records).toHaveLength(3);
    proveFolded();
  });

  it('[I3] answers a retry in the group like the transaction itself, whatever is there of it', async () => {
    for (const fate of ['lost', 'kept', 'cut', 'full'] as const) {
      const { medium, time, committer, submit } = await setUp();
      await Promise.all(submit([1]));
      medium.appendFates.push(fate);
      const outcomes = submit([1, 2, 2, 1, 3, 3]);
      await time.pass(100);
      const last = fate === 'full' ? 'LOG_DISK_FULL' : 'committed';
      expect(await Promise.all(outcomes)).toEqual(['committed', ...Array(5).fill(last)]);
      await committer.close();
    }
  });

  it('keeps the order of what waits: what was in flight comes before what gathered', async () => {
    const { medium, time, visible, submit } = await setUp();
    medium.appendFates.push('lost');
    let later: Promise<string>[] = [];
    medium.before = (what) => {
      if (what === 'append' && later.length === 0) later = submit([3]);
    };
    const first = submit([1, 2]);
    await time.pass(100);
    expect(await Promise.all([...first, ...later])).toEqual(three);
    expect(visible).toEqual(['r/1', 'r/2', 'r/3']);
    expect(medium.openCount).toBe(2);
  });

  it('refuses what comes meanwhile, and takes it once an append has succeeded', async () => {
    const { medium, time, committer, submit } = await setUp();
    medium.appendFates.push('lost');
    const [first] = submit([1]);
    await settled();
    await expect(committer.submit(submission(1, 'other'))).rejects.toMatchObject({
      code: Code.unavailable,
      reason: 'DATABASE_RECOVERING',
      retryDelayMs: 1_000,
    });
    let between: Promise<string>[] = [];
    medium.before = (what) => {
      // It is open again, and not known yet to take anything.
      if (what === 'append') between = submit([1], 'other');
    };
    await time.pass(100);
    expect(await Promise.all([first, ...between])).toEqual(['committed', 'DATABASE_RECOVERING']);
    expect(await Promise.all(submit([1], 'other'))).toEqual(['committed']);
  });

  it('is open again too where nothing is left to append', async () => {
    const { medium, time, states, submit } = await setUp();
    medium.appendFates.push('kept');
    const outcomes = submit([1]);
    await time.pass(100);
    expect(await Promise.all(outcomes)).toEqual(['committed']);
    expect(states).toEqual(['recovering', 'open']);
    expect(await Promise.all(submit([2]))).toEqual(['committed']);
  });

  it('is open again where all that was to be ordered anew was ordered before', async () => {
    const { medium, time, states, submit } = await setUp();
    medium.appendFates.push('cut');
    // The first record is there, so what remains of the group is a retry of it and what cannot be ordered.
    const outcomes = submit([1, 2]);
    const again: Promise<string>[] = [];
    medium.before = (what) => {
      if (what === 'append' && again.length === 0) again.push(...submit([1]));
    };
    await time.pass(100);
    expect(await Promise.all([...outcomes, ...again])).toEqual(three);
    expect(states.at(-1)).toBe('open');
  });
});

describe('a log that fails more than once', () => {
  it('is opened with a delay that doubles up to 5 s, and begins anew after an append', async () => {
    const { medium, time, submit } = await setUp();
    medium.appendFates.push('lost', 'lost');
    medium.openFates.push(...Array<SyncError>(8).fill(cannot));
    const outcomes = submit([1]);
    await time.pass(60_000);
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN']);
    const delaysMs = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000];
    expect(time.delaysMs).toEqual([recoveryWaitMsMax, ...delaysMs]);
    // Nothing was appended since, so the next failure waits as long.
    time.delaysMs.length = 0;
    const next = submit([1]);
    await time.pass(5_000);
    expect(await Promise.all(next)).toEqual(['committed']);
    expect(time.delaysMs).toEqual([recoveryWaitMsMax, 5_000]);
    time.delaysMs.length = 0;
    medium.appendFates.push('lost');
    const last = submit([2]);
    await time.pass(100);
    expect(await Promise.all(last)).toEqual(['committed']);
    expect(time.delaysMs).toEqual([recoveryWaitMsMax, 100]);
  });

  it('is opened again where reading it fails, and leaves no handle open', async () => {
    const { medium, time, submit } = await setUp();
    medium.appendFates.push('kept');
    medium.openFates.push('unreadable', 'unreadable');
    const outcomes = submit([1]);
    await time.pass(299);
    expect(medium.openHandles).toBe(0);
    await time.pass(401);
    expect(await Promise.all(outcomes)).toEqual(['committed']);
    expect([medium.openCount, medium.openHandles]).toEqual([4, 1]);
  });

  it('[I2] tells who waits after 10 s and not before, and folds what turns out to be there', async () => {
    const { medium, time, home, visible, states, submit, proveFolded } = await setUp();
    medium.appendFates.push('cut');
    medium.openFates.push(...Array<SyncError>(7).fill(cannot));
    let behind: Promise<string>[] = [];
    medium.before = (what) => {
      if (what === 'append' && behind.length === 0) behind = submit([3]);
    };
    const told: string[] = [];
    const outcomes = submit([1, 2]);
    for (const outcome of outcomes) void outcome.then((text) => told.push(text));
    await time.pass(recoveryWaitMsMax - 1);
    expect(told).toEqual([]);
    await time.pass(1);
    expect(told).toEqual(['LOG_OUTCOME_UNKNOWN', 'LOG_OUTCOME_UNKNOWN']);
    expect(await Promise.all(behind)).toEqual(['DATABASE_RECOVERING']);
    await time.pass(60_000);
    expect([visible, home.state.head, states]).toEqual([['r/1'], 1, ['recovering', 'open']]);
    proveFolded();
    // Who sends the same again learns what became of it, and nothing happens twice.
    expect(await Promise.all(submit([1, 2, 3]))).toEqual(three);
    expect(visible).toEqual(['r/1', 'r/2', 'r/3']);
    proveFolded();
  });

  it('[I2] tells who waits also while the log takes its time to take the group', async () => {
    const { medium, time, visible, submit } = await setUp();
    medium.appendFates.push('lost');
    const slow = Promise.withResolvers<void>();
    medium.before = (what) =>
      what === 'append' && medium.appendCount === 2 ? slow.promise : undefined;
    const outcomes = submit([1]);
    await time.pass(recoveryWaitMsMax);
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN']);
    slow.resolve();
    await settled();
    expect(visible).toEqual(['r/1']);
    expect(await Promise.all(submit([1, 2]))).toEqual(['committed', 'committed']);
  });

  it('[I2][I3] loses and doubles nothing, whatever fails when', async () => {
    const appendFate = fc.constantFrom<AppendFate>('written', 'lost', 'kept', 'cut', 'full');
    const openFate = fc.constantFrom('opened' as const, 'unreadable' as const, cannot);
    const scenario = fc.record({
      appends: fc.array(appendFate, { maxLength: 12 }),
      opens: fc.array(openFate, { maxLength: 12 }),
      groups: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
      pauseMs: fc.integer({ min: 0, max: 4_000 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ appends, opens, groups, pauseMs }) => {
        const { medium, time, home, visible, committer, submit, proveFolded } = await setUp();
        medium.appendFates.push(...appends);
        medium.openFates.push(...opens);
        const count = groups.reduce((sum, size) => sum + size, 0);
        const committed = new Set<number>();
        // Whoever is not told that it is committed sends the same again, with all that is behind it.
        for (let round = 0; committed.size < count; round++) {
          expect(round).toBeLessThan(60);
          const first = committed.size + 1;
          const size = Math.min(groups[round % groups.length]!, count - committed.size);
          const counters = Array.from({ length: size }, (_, index) => first + index);
          const outcomes = submit(counters);
          await time.pass(pauseMs);
          // The log is open again, or known to be full, before the next is sent.
          while (committer.state === 'recovering') await time.pass(5_000);
          for (const [index, text] of (await Promise.all(outcomes)).entries()) {
            if (text !== 'committed') break;
            committed.add(counters[index]!);
            expect(home.settled('r').counter).toBeGreaterThanOrEqual(counters[index]!);
          }
          proveFolded();
        }
        expect(medium.records).toHaveLength(count);
        expect(visible).toEqual(Array.from({ length: count }, (_, index) => `r/${index + 1}`));
      }),
      { numRuns: 200 },
    );
  });
});

/** A committer whose log does not answer its next append until `answer` is called. */
async function setUpStalled(fate: AppendFate = 'written') {
  const fixture = await setUp();
  const { medium, submit } = fixture;
  const stalled = Promise.withResolvers<void>();
  let behind: Promise<string>[] = [];
  medium.appendFates.push(fate);
  medium.before = async (what) => {
    if (what !== 'append' || medium.appendCount > 1) return;
    behind = submit([3]);
    await stalled.promise;
  };
  const outcomes = submit([1, 2]);
  await settled();
  const answer = async () => {
    stalled.resolve();
    await settled();
  };
  return { ...fixture, outcomes, behind, answer };
}

describe('a log that does not answer', () => {
  it.each<[AppendFate, string[]]>([
    ['written', ['r/1', 'r/2']],
    ['kept', ['r/1', 'r/2']],
    ['cut', ['r/1']],
    ['lost', []],
    ['full', []],
  ])(
    '[I2][I3] is not waited for longer than 10 s; what becomes of the group counts: %s',
    async (fate, kept) => {
      const {
        time,
        medium,
        visible,
        states,
        causes,
        outcomes,
        behind,
        answer,
        committer,
        submit,
        proveFolded,
      } = await setUpStalled(fate);
      const told: string[] = [];
      for (const outcome of outcomes) void outcome.then((text) => told.push(text));
      await time.pass(recoveryWaitMsMax - 1);
      expect([told, states]).toEqual([[], []]);
      await time.pass(1);
      expect(told).toEqual(['LOG_OUTCOME_UNKNOWN', 'LOG_OUTCOME_UNKNOWN']);
      expect(await Promise.all(behind)).toEqual(['DATABASE_RECOVERING']);
      expect([states, causes]).toMatchObject([['recovering'], [{ reason: 'LOG_STALLED' }]]);
      expect(await Promise.all(submit([1]))).toEqual(['DATABASE_RECOVERING']);
      await time.pass(60_000);
      // One handle, and it is not opened twice.
      expect([visible, medium.openCount]).toEqual([[], 1]);
      await answer();
      await time.pass(100);
      expect(committer.state).toBe(fate === 'full' ? 'full' : 'open');
      expect(visible).toEqual(kept);
      expect(await Promise.all(submit([1, 2, 3]))).toEqual(three);
      expect(visible).toEqual(['r/1', 'r/2', 'r/3']);
      expect(time.plannedCount).toBe(0);
      proveFolded();
    },
  );

  it('[I2] is closed without it after 10 s, and who waits learns that the outcome is unknown', async () => {
    const { time, outcomes, committer, answer, medium } = await setUpStalled();
    await time.pass(4_000);
    let isClosed = false;
    const closed = committer.close().then(() => {
      isClosed = true;
    });
    await time.pass(recoveryWaitMsMax - 4_000);
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN', 'LOG_OUTCOME_UNKNOWN']);
    expect(isClosed).toBe(false);
    await time.pass(4_000);
    await closed;
    expect(medium.openHandles).toBe(1);
    // It is closed when it answers after all.
    await answer();
    expect([medium.openHandles, time.plannedCount]).toEqual([0, 0]);
  });

  it('is closed at once where it was waited for long enough before', async () => {
    const { time, outcomes, committer } = await setUpStalled();
    await time.pass(recoveryWaitMsMax);
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN', 'LOG_OUTCOME_UNKNOWN']);
    const closed = committer.close();
    await time.pass(0);
    await closed;
  });

  it('is closed likewise where it cannot be opened again, nor fails', async () => {
    const { medium, time, committer, submit } = await setUp();
    medium.appendFates.push('lost');
    medium.before = (what) => (what === 'open' ? new Promise<void>(() => {}) : undefined);
    const outcomes = submit([1]);
    await time.pass(200);
    const closed = committer.close();
    await time.pass(recoveryWaitMsMax);
    await closed;
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN']);
  });
});

describe('a log that cannot go on', () => {
  it.each<[string, (medium: FaultyMedium) => void]>([
    ['LOG_CORRUPT', ({ openFates }) => openFates.push(logCorrupt('/the/log', 2, 'its page'))],
    ['LOG_REPLACED', (medium) => medium.id.fill(4)],
    ['LOG_END_LOST', (medium) => medium.records.pop()],
    ['LOG_FOREIGN_RECORDS', ({ records }) => records.push(Uint8Array.of(1))],
  ])('%s fails the database for good', async (reason, spoil) => {
    const { medium, time, states, causes, committer, submit } = await setUp();
    await Promise.all(submit([1]));
    medium.id = medium.id.slice();
    medium.appendFates.push('lost');
    const outcomes = submit([2]);
    let behind: Promise<string>[] = [];
    medium.before = (what) => {
      if (what === 'append' && behind.length === 0) behind = submit([3]);
    };
    await settled();
    spoil(medium);
    await time.pass(100);
    expect(await Promise.all([...outcomes, ...behind])).toEqual([
      'LOG_OUTCOME_UNKNOWN',
      'DATABASE_FAILED',
    ]);
    expect(await Promise.all(submit([2]))).toEqual(['DATABASE_FAILED']);
    expect(states).toEqual(['recovering', 'failed']);
    expect(causes[1]).toMatchObject({ reason });
    expect([medium.openHandles, time.plannedCount]).toEqual([0, 0]);
    await committer.close();
  });

  it('LOG_LOCKED fails it for good once that has lasted for half a minute, and not while somebody looks into it', async () => {
    const locked = logLocked('/the/log', undefined);
    for (const [times, state] of [
      [10, 'open'],
      [11, 'failed'],
    ] as const) {
      const { medium, time, committer, submit } = await setUp();
      medium.appendFates.push('kept');
      medium.openFates.push(...Array<SyncError>(times).fill(locked));
      const outcomes = submit([1]);
      await time.pass(60_000);
      expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN']);
      expect(committer.state).toBe(state);
    }
    // Others may be in the way in between, and it begins anew.
    const { medium, time, committer, submit } = await setUp();
    medium.appendFates.push('kept');
    medium.openFates.push(...Array(8).fill(locked), cannot, ...Array(5).fill(locked));
    submit([1]);
    await time.pass(60_000);
    expect(committer.state).toBe('open');
  });

  it('LOG_LOCKED is counted anew each time, however long it lasted in an earlier recovery', async () => {
    const { medium, time, committer, submit } = await setUp();
    for (const counter of [1, 2]) {
      medium.appendFates.push('lost');
      medium.openFates.push(...Array(9).fill(logLocked('/the/log', undefined)));
      submit([counter]);
      await time.pass(60_000);
      // Whoever was told that nobody knows sends it again.
      expect(await Promise.all(submit([counter]))).toEqual(['committed']);
      expect(committer.state).toBe('open');
    }
  });

  it('[I3] nobody is told that nothing was ordered of what is being ordered over many turns', async () => {
    const limits = { ...defaultLimits, stepChangesMax: 1 };
    const { medium, time, visible, committer, submit } = await setUp(() => {}, limits);
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn++) await settled();
    };
    medium.appendFates.push('lost');
    const small = submit([1]);
    const large = committer.submit(submission(1, 'large', 200)).then(word, word);
    await turns(2_000);
    expect([committer.state, medium.appendCount]).toEqual(['recovering', 1]);
    await time.pass(100);
    await turns(20);
    const behind = submit([2]);
    await time.pass(recoveryWaitMsMax - 100);
    expect(await Promise.all([...small, large])).toEqual([
      'LOG_OUTCOME_UNKNOWN',
      'LOG_OUTCOME_UNKNOWN',
    ]);
    expect(await Promise.all(behind)).toEqual(['DATABASE_RECOVERING']);
    await turns(2_000);
    expect(visible).toEqual(['r/1', 'large/1']);
    expect(committer.state).toBe('open');
    expect(await Promise.all(submit([2]))).toEqual(['committed']);
  });

  it('fails for good where what is found cannot be shown', async () => {
    const { medium, time, states, submit } = await setUp(() => {
      throw new Error('a listener');
    });
    medium.appendFates.push('kept');
    const outcomes = submit([1]);
    await time.pass(100);
    // It is durable, so it is committed.
    expect(await Promise.all(outcomes)).toEqual(['committed']);
    expect(states).toEqual(['recovering', 'failed']);
  });
});

describe('a full disk', () => {
  it('refuses who waits, and takes the next by itself once there is room', async () => {
    const { medium, time, home, visible, states, committer, submit, proveFolded } = await setUp();
    medium.appendFates.push('full', 'full');
    let behind: Promise<string>[] = [];
    medium.before = (what) => {
      if (what === 'append' && behind.length === 0) behind = submit([2]);
    };
    await expect(committer.submit(submission(1))).rejects.toMatchObject({
      code: Code.resourceExhausted,
      reason: 'LOG_DISK_FULL',
      retryDelayMs: 1_000,
      // Where the log stands is not for everyone to read.
      metadata: {},
    });
    expect(await Promise.all(behind)).toEqual(['LOG_DISK_FULL']);
    expect([committer.state, home.settled('r').counter]).toEqual(['full', 0]);
    expect(await Promise.all(submit([1]))).toEqual(['LOG_DISK_FULL']);
    expect(await Promise.all(submit([1, 2]))).toEqual(['committed', 'committed']);
    expect([states, visible]).toEqual([
      ['full', 'open'],
      ['r/1', 'r/2'],
    ]);
    expect([medium.openCount, time.plannedCount]).toEqual([1, 0]);
    proveFolded();
  });

  it('goes on to answer what was ordered before', async () => {
    const { medium, committer, submit } = await setUp();
    await Promise.all(submit([1]));
    medium.appendFates.push('full');
    expect(await Promise.all(submit([2]))).toEqual(['LOG_DISK_FULL']);
    expect(await Promise.all(submit([1]))).toEqual(['committed']);
    // Which says nothing about the room there is.
    expect(committer.state).toBe('full');
  });

  it('may follow a recovery, and a recovery it', async () => {
    const { medium, time, states, submit } = await setUp();
    medium.appendFates.push('lost', 'full', 'lost');
    const first = submit([1]);
    await time.pass(100);
    expect(await Promise.all(first)).toEqual(['LOG_DISK_FULL']);
    expect(time.plannedCount).toBe(0);
    const second = submit([1]);
    await time.pass(200);
    expect(await Promise.all(second)).toEqual(['committed']);
    expect(states).toEqual(['recovering', 'full', 'recovering', 'open']);
  });
});

describe('a committer that is closed while its log is not open', () => {
  it('does not wait for it: who is in flight learns that the outcome is unknown', async () => {
    const { medium, time, committer, submit } = await setUp();
    medium.appendFates.push('lost');
    medium.openFates.push(cannot);
    const outcomes = submit([1]);
    await time.pass(150);
    await committer.close();
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN']);
    expect([medium.openCount, medium.openHandles]).toEqual([2, 0]);
  });

  it('does not wait either where the log fails after the close', async () => {
    const { medium, time, committer, submit } = await setUp();
    medium.appendFates.push('lost');
    const outcomes = submit([1]);
    await Promise.all([committer.close(), ...outcomes]);
    expect(await Promise.all(outcomes)).toEqual(['LOG_OUTCOME_UNKNOWN']);
    expect([medium.openCount, medium.openHandles, time.plannedCount]).toEqual([1, 0, 0]);
    // Of the append, and of the close.
    expect(time.delaysMs).toEqual([recoveryWaitMsMax, recoveryWaitMsMax]);
  });

  it('[I2] makes durable what it can where the log is being opened', async () => {
    const { medium, time, visible, committer, submit } = await setUp();
    medium.appendFates.push('lost');
    let closed: Promise<void> | undefined;
    medium.before = (what) => {
      if (what === 'open') closed = committer.close();
    };
    const outcomes = submit([1]);
    await time.pass(100);
    await closed;
    expect(await Promise.all(outcomes)).toEqual(['committed']);
    expect([visible, medium.openHandles]).toEqual([['r/1'], 0]);
  });
});
