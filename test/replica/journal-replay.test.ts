/** That a journal makes a replica what it was, wherever the journal ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { decodeJournalRecord, encodeJournalRecord } from '../../src/replica/journal-record.ts';
import { JournalReplay } from '../../src/replica/journal-replay.ts';
import { takeRelayed } from '../../src/session/take-relayed.ts';
import { editsFor } from '../session/support/camp.ts';
import { steps } from '../session/support/conversation.ts';
import { TestHome } from '../session/support/hosts.ts';
import { committedRows } from '../session/support/rows.ts';
import {
  compacted,
  describeReplica,
  JournaledPhone,
  openedBy,
  replayed,
  wholeState,
} from '../support/journaled-phone.ts';
import { simSchema } from '../support/sim-schema.ts';

const kinds = {
  steps: 10,
  run: 1,
  write: 4,
  desk: 3,
  connect: 3,
  store: 4,
  gossip: 2,
  compact: 1,
  crash: 1,
  resubscribe: 1,
};
type Kind = keyof typeof kinds;

const actions = fc.array(
  fc.record({
    kind: fc.oneof(
      ...Object.entries(kinds).map(([kind, weight]) => ({
        weight,
        arbitrary: fc.constant(kind as Kind),
      })),
    ),
    b: fc.nat(100_000),
  }),
  { maxLength: 50, size: 'max' },
);
const wishes = [[], ['site/a'], ['site/*'], ['site/b', 'user/u1']];
/** Small, so that catch-ups take many records. */
const limits = { deltaRowsMax: 2, pushTransactionsMax: 2 };

class Scene {
  readonly home = new TestHome(limits);
  readonly phone: JournaledPhone;
  readonly neighbour = new JournaledPhone('neighbour', limits);
  nowMs = 1_700_000_000_000;

  constructor(relay: boolean) {
    this.phone = new JournaledPhone('phone', limits, relay);
    for (let index = 1; index <= 10; index++) this.home.write('desk', ...editsFor(index * 29));
  }

  act({ kind, b }: { kind: Kind; b: number }): void {
    const { phone, home, neighbour } = this;
    if (kind === 'run') phone.line?.run();
    else if (kind === 'write') phone.edit(editsFor(b), this.nowMs++);
    else if (kind === 'desk') home.write('desk', ...editsFor(b));
    else if (kind === 'connect') phone.connect(home);
    else if (kind === 'store') phone.store(phone.storedCount + (b % 20));
    else if (kind === 'compact') phone.compact();
    else if (kind === 'crash') phone.crash();
    else if (kind === 'resubscribe') phone.resubscribe(wishes[b % wishes.length]!);
    else if (kind === 'gossip') {
      neighbour.replica.write(editsFor(b), this.nowMs++);
      for (const transaction of neighbour.replica.outgoing(new Map())) {
        takeRelayed(phone.replica, transaction);
      }
    } else {
      for (let rest = b; rest > 0; rest = Math.floor(rest / 3)) phone.line?.step(steps[rest % 4]!);
    }
  }

  /** Brings all to the home, and holds the phone's copy against it. */
  heal(): void {
    const { phone, home } = this;
    // A fork is found, settled and left behind, each on a line of its own.
    for (let round = 0; round < 6; round++) {
      phone.store();
      phone.connect(home);
      for (let turn = 0; turn < 50; turn++) {
        phone.line!.run();
        phone.store();
      }
    }
    expect(phone.line!.error).toBeUndefined();
    expect(phone.replica.queue.of(phone.replica.id)).toEqual([]);
  }
}

function checkEveryCut(phone: JournaledPhone): void {
  const replay = new JournalReplay(simSchema, phone.limits);
  for (const [index, record] of phone.records.entries()) {
    replay.apply(record);
    const state = phone.states[index];
    if (state !== undefined) expect(describeReplica(replay.finish()!)).toEqual(state);
  }
}

describe.each([
  ['a client', false],
  ['a relay', true],
])('the journal of %s', (_, relay) => {
  test('[I2][I5][I8][P6] makes of every beginning what the replica was then, and syncs on from there', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const scene = new Scene(relay);
        const { phone, home } = scene;
        for (const action of list) scene.act(action);
        checkEveryCut(phone);
        const stored = phone.storedCount;
        phone.crash();
        checkEveryCut(phone);
        expect(stored).toBe(phone.storedCount);
        const { replica } = phone;
        const { id, lastCounter } = replica;
        scene.heal();
        // Nothing that was stored is lost, nothing is ordered twice, and nothing that was not stored was sent.
        expect(replica.id).toBe(id);
        const own = home.ordered.filter((name) => name.startsWith(`${id}/`));
        expect(own).toEqual(Array.from({ length: lastCounter }, (_, at) => `${id}/${at + 1}`));
        if (phone.scopes.length === 0) {
          expect(committedRows(replica.committed)).toEqual(committedRows(home.home.state));
        }
        checkEveryCut(phone);
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  test('may begin with the state of the replica at any time', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const scene = new Scene(relay);
        const { phone } = scene;
        for (const action of list) scene.act(action);
        phone.replica.seal();
        const records = compacted(phone.replica, openedBy('phone', relay));
        const again = replayed(records, phone.limits);
        expect(describeReplica(again)).toEqual(describeReplica(phone.replica));
        // And so may that one's.
        expect(compacted(again, openedBy('phone', relay)).map(sizeOf)).toEqual(records.map(sizeOf));
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});

test('[I2][I3][P6] a journal that is a restored backup leads to a new id, with all edits, and is replayed to the same', () => {
  fc.assert(
    fc.property(actions, fc.nat(), (list, cut) => {
      const scene = new Scene(false);
      const { phone, home } = scene;
      for (const action of list) {
        scene.act(action);
        phone.store();
      }
      phone.crash(phone.begun + (cut % (phone.records.length - phone.begun + 1)));
      const before = phone.replica.id;
      phone.replica.write(editsFor(7), scene.nowMs++);
      scene.heal();
      const { replica } = phone;
      checkEveryCut(phone);
      expect(describeReplica(replayed(phone.records, phone.limits))).toEqual(
        describeReplica(replica),
      );
      if (replica.id !== before) expect(replica.former).toContain(before);
      expect(new Set(home.ordered).size).toBe(home.ordered.length);
      const compact = replayed(compacted(replica, openedBy('phone')), phone.limits);
      expect(describeReplica(compact)).toEqual(describeReplica(replica));
      expect(wholeState(compact.committed)).toEqual(wholeState(replica.committed));
    }),
    { numRuns: 100 },
  );
}, 120_000);

test('counts the bytes of all records, and of those that are the state', () => {
  const phone = new JournaledPhone('phone');
  phone.replica.write(editsFor(7), 1);
  phone.compact();
  const kept = phone.records.slice(1).filter((one) => decodeJournalRecord(one).kind !== 'seal');
  const state = kept.reduce((sum, { length }) => sum + length, 0);
  phone.replica.write(editsFor(15), 2);
  const replay = new JournalReplay(simSchema, defaultLimits);
  for (const record of phone.records) replay.apply(record);
  expect(replay.stateBytes).toBe(state);
  expect(replay.bytes).toBe(phone.records.reduce((sum, { length }) => sum + length, 0));
  expect(replay.opened).toEqual(openedBy('phone'));
});

test('the last opening tells what is wanted, the first whose it is', () => {
  const replay = new JournalReplay(simSchema, defaultLimits);
  expect(replay.finish()).toBeUndefined();
  const wish = { scopes: ['site/a'], tables: ['t.Task'] };
  for (const opened of [openedBy('phone'), { ...openedBy('phone'), wish }]) {
    replay.apply(encodeJournalRecord({ kind: 'opened', opened }));
  }
  expect([replay.finish()!.id, replay.opened!.wish]).toEqual(['phone', wish]);
});

test('a journal that does not begin with whose it is is refused', () => {
  const replay = new JournalReplay(simSchema, defaultLimits);
  expect(() => replay.apply(encodeJournalRecord({ kind: 'seal' }))).toThrow(
    expect.objectContaining({ code: Code.dataLoss, reason: 'JOURNAL_MISFIT' }),
  );
});

const sizeOf = ({ length }: Uint8Array) => length;
