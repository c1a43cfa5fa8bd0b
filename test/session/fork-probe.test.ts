import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Outcome, unorderedOutcome } from '../../src/change/commit.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { ForkProbe } from '../../src/session/fork-probe.ts';
import { PushBatch } from '../../src/session/push-batch.ts';
import { newsTable, patchEdit, putEdit } from '../support/sim-schema.ts';
import { Conversation, clientSession, converse, steps } from './support/conversation.ts';
import { type Host, TestHome, TestRelay, testReplica } from './support/hosts.ts';
import { committedRows, shown } from './support/rows.ts';

const nowMs = 1_700_000_000_000;
const chance = Uint8Array.of(0, 0, 0, 2);

describe('two devices with one id', () => {
  test('[I2][I3] keep all their edits: the second goes on under another id', () => {
    const home = new TestHome();
    const [first, second] = [testReplica('p'), testReplica('p')];
    write(first, 'a', 'b');
    write(second, 'c', 'd', 'e');
    sync(first, home);
    const line = sync(second, home);
    expect(line.events.at(-1)).toEqual({ type: 'forked', outcomes: [] });
    expect(keysShown(second, 'c', 'd', 'e')).toHaveLength(3);
    second.takeIdentity([], chance);
    expect(keysShown(second, 'c', 'd', 'e')).toHaveLength(3);
    sync(second, home);
    expect(home.ordered).toEqual(['p/1', 'p/2', ...named(second, 1, 2, 3)]);
    expect([...committedRows(second.committed).keys()]).toHaveLength(5);
    expect(second.queue.length).toBe(0);
    // The first has lost nothing, and goes on as it was.
    write(first, 'f');
    sync(first, home);
    expect(home.ordered.at(-1)).toBe('p/3');
  });

  test('[I2] learn of each other while both are connected', () => {
    const home = new TestHome();
    const [first, second] = [testReplica('p'), testReplica('p')];
    const lines = [first, second].map((replica) => converse(clientSession(replica), home));
    write(first, 'a');
    lines[0]!.run();
    write(second, 'b');
    lines[1]!.run();
    expect(lines[1]!.events.at(-1)).toEqual({ type: 'forked', outcomes: [] });
    expect(lines[0]!.client.state).toBe('live');
    second.takeIdentity([], chance);
    sync(second, home);
    expect(home.ordered).toEqual(['p/1', ...named(second, 1)]);
  });

  test('[I2] learn of each other by a checkpoint, where nothing of it was sent', () => {
    const home = new TestHome();
    const [first, second] = [testReplica('p'), testReplica('p')];
    const lines = [first, second].map((replica) => converse(clientSession(replica), home));
    write(first, 'a');
    for (const line of lines) line.run();
    expect(lines[1]!.events.at(-1)).toEqual({ type: 'forked', outcomes: [] });
  });

  test('[I2] learn of it where one of them has nothing to send', () => {
    const home = new TestHome();
    const [first, second] = [testReplica('p'), testReplica('p')];
    write(first, 'a');
    sync(first, home);
    const line = sync(second, home);
    expect(line.events).toEqual([{ type: 'forked', outcomes: [] }]);
    second.takeIdentity([], chance);
    sync(second, home);
    write(second, 'b');
    sync(second, home);
    expect(home.ordered).toEqual(['p/1', ...named(second, 1)]);
  });

  test('[I2][I3] part where their lines part: what both have is ordered once', () => {
    const home = new TestHome();
    const phone = testReplica('p');
    write(phone, 'a', 'b');
    patchAbsent(phone);
    phone.seal();
    const saved = savedOf(phone);
    // The copy goes on and is ordered first; the phone itself has written more meanwhile.
    const copy = testReplica('p', { saved });
    write(copy, 'c');
    sync(copy, home);
    write(phone, 'd');
    const line = sync(phone, home);
    const { outcomes } = forkOf(line);
    expect(outcomes.map(({ counter, status }) => `${counter} ${status}`)).toEqual([
      '1 committed',
      '2 committed',
      '3 refused',
    ]);
    phone.takeIdentity(outcomes, chance);
    expect(phone.parked.map(({ outcome }) => outcome.refusal?.reason)).toEqual(['ROW_NOT_FOUND']);
    expect(keysShown(phone, 'a', 'b', 'd')).toHaveLength(3);
    sync(phone, home);
    expect(home.ordered).toEqual(['p/1', 'p/2', 'p/3', 'p/4', ...named(phone, 1)]);
    expect(phone.queue.length).toBe(0);
  });

  test('what is written meanwhile goes along, and what was never stored was never sent', () => {
    const home = new TestHome();
    const [first, second] = [testReplica('p'), testReplica('p')];
    write(first, 'a');
    sync(first, home);
    write(second, 'b', 'c');
    second.seal();
    const session = clientSession(second, { storedCounter: () => 1 });
    const line = converse(session, home, {
      witness: {
        message: (from, { type }) => {
          if (from === 'client' && type === 'push') write(second, 'd');
        },
      },
    });
    expect(forkOf(line).outcomes).toEqual([]);
    second.takeIdentity([], chance);
    sync(second, home);
    expect(home.ordered).toEqual(['p/1', ...named(second, 1, 2, 3)]);
  });
});

test('[I2] what another copy passed on under the new id does not stand in for its own', () => {
  const home = new TestHome();
  const relay = new TestRelay('r');
  const phone = testReplica('p');
  write(phone, 'a');
  phone.seal();
  const copy = testReplica('p', { saved: savedOf(phone) });
  const first = testReplica('p');
  write(first, 'x');
  sync(first, home);
  write(copy, 'b');
  copy.takeIdentity(forkOf(sync(copy, home)).outcomes, chance);
  for (const one of ownOf(copy)) phone.receive(one);
  write(phone, 'c');
  phone.takeIdentity(forkOf(sync(phone, home)).outcomes, chance);
  expect(phone.id).toBe(copy.id);
  expect(keysShown(phone, 'a', 'b', 'c')).toEqual(['a', 'c']);
  sync(copy, relay);
  sync(relay.replica, home);
  phone.takeIdentity(forkOf(sync(phone, home)).outcomes, chance);
  sync(phone, home);
  expect(home.ordered).toEqual(['p/1', ...named(copy, 1, 2), ...named(phone, 1)]);
  expect(keysOf(home.home.state)).toEqual(['a', 'b', 'c', 'x']);
});

describe('a server that cannot tell', () => {
  test('[I2] is asked again later: nothing is given up, and nothing is sent twice', () => {
    const home = new TestHome();
    const relay = new TestRelay('r');
    const phone = testReplica('p');
    write(phone, 'a', 'b');
    phone.seal();
    const copy = testReplica('p', { saved: savedOf(phone) });
    write(copy, 'c');
    sync(copy, home);
    sync(relay.replica, home);
    write(phone, 'd');
    // Of counter 1 the relay does not know by which transaction it was settled.
    const session = clientSession(phone);
    expect(converse(session, relay).error).toMatchObject({ code: 14, reason: 'FORK_UNRESOLVED' });
    expect(phone.queue.of('p')).toHaveLength(3);
    // It goes on reading meanwhile; what is told of its id is not taken for its own.
    const line = converse(session, relay);
    expect(session.waitsForHome).toBe(true);
    expect(line.events.at(-1)).toMatchObject({ type: 'checkpoint', settled: [] });
    expect(keysOf(phone.committed)).toEqual(['a', 'b', 'c']);
    expect(phone.queue.of('p')).toHaveLength(3);
    write(copy, 'e');
    sync(copy, home);
    sync(relay.replica, home);
    line.run();
    expect(keysOf(phone.committed)).toEqual(['a', 'b', 'c', 'e']);
    line.cut();
    phone.takeIdentity(forkOf(sync(phone, home)).outcomes, chance);
    sync(phone, relay);
    expect(phone.queue.replicas()).toEqual([phone.id]);
    sync(relay.replica, home);
    expect(home.ordered).toEqual(['p/1', 'p/2', 'p/3', 'p/4', ...named(phone, 1)]);
  });

  test('[I3] a relay that holds another’s under the id decides nothing: either may be the one', () => {
    const home = new TestHome();
    const relay = new TestRelay('r');
    const [first, second] = [testReplica('p'), testReplica('p')];
    write(first, 'a');
    write(second, 'b', 'c');
    sync(second, relay);
    // Its answer gets lost, so the first does not know that it is ordered.
    unheard(first, home);
    expect(home.ordered).toEqual(['p/1']);
    const atRelay = sync(first, relay);
    expect(atRelay.events.map(({ type }) => type)).toContain('outcomes');
    expect(atRelay.events.map(({ type }) => type)).not.toContain('forked');
    expect(first.queue.of('p')).toHaveLength(1);
    // The relay lets go of what can never be ordered, when it knows.
    sync(relay.replica, home);
    expect(relay.replica.queue.replicas()).toEqual([]);
    expect(forkOf(sync(second, relay)).outcomes).toEqual([]);
    second.takeIdentity([], chance);
    sync(second, relay);
    sync(relay.replica, home);
    expect(home.ordered).toEqual(['p/1', ...named(second, 1, 2)]);
  });
});

describe('what was ordered under the former id', () => {
  /** A phone and its copy have the same two; the copy sends them, and one more. */
  function parted(home: TestHome) {
    const phone = testReplica('p');
    home.write('d', putEdit(newsTable, 'n', { likes: 1 }));
    phone.write([putEdit(newsTable, 'a', {})], nowMs);
    phone.write([patchEdit(newsTable, 'n', { likes: 2 })], nowMs);
    phone.seal();
    const copy = testReplica('p', { saved: savedOf(phone) });
    write(copy, 'c');
    sync(copy, home);
    return phone;
  }

  test('[I5] stays in view where a relay is behind, until it has caught up', () => {
    const home = new TestHome();
    const relay = new TestRelay('r');
    sync(relay.replica, home);
    const phone = parted(home);
    phone.takeIdentity(forkOf(sync(phone, home)).outcomes, chance);
    sync(phone, relay);
    expect(keysShown(phone, 'a')).toEqual(['a']);
    expect(keysOf(phone.committed)).toEqual([]);
    sync(relay.replica, home);
    sync(phone, relay);
    expect(phone.queue.length).toBe(0);
    expect(keysOf(phone.committed)).toEqual(['a', 'c', 'n']);
  });

  test('is let go of once, also under an id that was given up again', () => {
    const home = new TestHome();
    const phone = parted(home);
    phone.takeIdentity(forkOf(sync(phone, home)).outcomes, chance);
    // Another device takes the very same id, and is settled further under it.
    const copy = testReplica(phone.id);
    write(copy, 'x', 'y');
    sync(copy, home);
    write(phone, 'z');
    phone.takeIdentity(forkOf(sync(phone, home)).outcomes, chance);
    sync(phone, home);
    expect([phone.queue.length, phone.former.length]).toEqual([0, 2]);
    expect(keysOf(home.home.state)).toEqual(['a', 'c', 'n', 'x', 'y', 'z']);
  });

  test('[I6] goes on to be told in its outcomes and conflicts', () => {
    const home = new TestHome();
    const phone = parted(home);
    const { outcomes } = forkOf(sync(phone, home));
    expect(outcomes.map(({ conflicts }) => conflicts)).toEqual([0, 1]);
    phone.takeIdentity(outcomes, chance);
    sync(phone, home);
    const { conflict } = systemTables(phone.options.schema);
    expect(phone.committed.cells(conflict, 'p/2/0')).toBeDefined();
    // Its next life knows of them too.
    const again = testReplica(phone.id, { saved: { ...savedOf(phone), former: phone.former } });
    sync(again, home);
    expect(again.committed.cells(conflict, 'p/2/0')).toBeDefined();
    // But not who may not speak as the former id.
    const other = testReplica(phone.id, { saved: { ...savedOf(phone), former: phone.former } });
    const rights = { identity: { replicas: [phone.id] } };
    expect(converse(clientSession(other), home, rights).error).toBeUndefined();
    expect(other.committed.cells(conflict, 'p/2/0')).toBeUndefined();
  });
});

describe('the questions', () => {
  test('go out in pushes within the limits, and stop where there is nothing more', () => {
    const replica = testReplica('p', { limits: { pushTransactionsMax: 2 } });
    write(replica, 'a', 'b', 'c');
    const probe = new ForkProbe(replica, Number.MAX_SAFE_INTEGER, 0);
    write(replica, 'd');
    const sent = () => probe.next().map(({ counter }) => counter);
    expect([sent(), sent(), sent()]).toEqual([[1, 2], [3], []]);
    probe.answered([answer(1, 'committed'), answer(2, 'committed')]);
    expect(probe.verdict(false)).toBe('pending');
    probe.answered([answer(3, 'committed')]);
    expect(probe.verdict(false)).toHaveLength(3);
  });

  test('[I2] are asked of all, though a later one was on its way in parts before', () => {
    const replica = testReplica('p', { limits: { pushBytesMax: 1 } });
    write(replica, 'a', 'b');
    replica.seal();
    const batch = new PushBatch(replica.options.limits);
    const { totalBytes } = batch.nextPart(ownOf(replica).slice(1))!;
    const probe = new ForkProbe(replica, 2, 0, batch);
    probe.partAnswered({
      ...{ type: 'part-result', replica: 'p', counter: 2 },
      receivedBytes: totalBytes,
    });
    expect(probe.nextPart()).toMatchObject({ counter: 1 });
  });

  test('[I3] wait for the answers of pushes from before, which may be about the same', () => {
    const replica = testReplica('p');
    write(replica, 'a', 'b');
    replica.seal();
    const probe = new ForkProbe(replica, 2, 1);
    probe.answered([unordered(2, 'COUNTER_GAP'), { ...answer(1, 'held'), replica: 'q' }]);
    expect(probe.verdict(false)).toBe('pending');
    probe.next();
    probe.answered([answer(1, 'committed'), unordered(2, 'REPLICA_FORKED')]);
    expect(probe.verdict(false)).toEqual([answer(1, 'committed')]);
  });
});

test('[I2][I3] any number of copies of one phone: every edit is ordered once', () => {
  type Act = { readonly device: number; readonly act: 'write' | 'sync' | 'lose answers' | 'copy' };
  const acts: fc.Arbitrary<Act[]> = fc.array(
    fc.record({
      device: fc.nat(2),
      act: fc.constantFrom('write', 'write', 'sync', 'lose answers', 'copy'),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(acts, (taken) => {
      const home = new TestHome();
      const devices = [testReplica('p'), testReplica('p'), testReplica('p')];
      let ids = 0;
      let keys = 0;
      const settle = (index: number, isLossy: boolean) => {
        for (let round = 0; round < 5; round++) {
          const replica = devices[index]!;
          const line = isLossy ? unheard(replica, home) : sync(replica, home);
          const fork = line.events.find((event) => event.type === 'forked');
          if (fork === undefined) return;
          replica.takeIdentity(fork.outcomes, Uint8Array.of(++ids, 0, 0, 0));
        }
        throw new Error('it forks for ever');
      };
      for (const { device, act } of taken) {
        const replica = devices[device]!;
        if (act === 'write') {
          write(replica, `k${++keys}`);
        } else if (act === 'copy') {
          // What only the other device had is lost with it, and no promise was made of it.
          const target = (device + 1) % 3;
          replica.seal();
          devices[target] = testReplica(replica.id, { saved: savedOf(replica) });
        } else settle(device, act === 'lose answers');
      }
      const waiting = devices.flatMap(({ queue }) => queue.all()).flatMap(({ changes }) => changes);
      const known = [...keysOf(home.home.state), ...waiting.map(({ key }) => key)];
      const expected = [...new Set(known)].sort();
      for (const index of [0, 1, 2, 0, 1, 2]) settle(index, false);
      for (const replica of devices) {
        expect(replica.queue.length).toBe(0);
        expect(keysOf(replica.committed)).toEqual(expected);
      }
      // As many commits as edits: nothing was ordered twice.
      expect(home.ordered).toHaveLength(expected.length);
    }),
    { numRuns: 300 },
  );
});

/** The stream is cut before the client hears anything but the welcome. */
function unheard(replica: Replica, home: TestHome): Conversation {
  const line = new Conversation(clientSession(replica), home);
  for (const round of [steps, steps.slice(0, 2)]) for (const step of round) line.step(step);
  line.cut();
  return line;
}

function keysOf(state: CommittedState): string[] {
  const names = [...committedRows(state).keys()];
  return names
    .filter((name) => name.startsWith(newsTable.name))
    .map((name) => name.slice(newsTable.name.length + 1))
    .sort();
}

function write(replica: Replica, ...keys: string[]): void {
  for (const key of keys) replica.write([putEdit(newsTable, key, {})], nowMs);
}

function patchAbsent(replica: Replica): void {
  replica.write([patchEdit(newsTable, 'nope', { likes: 1 })], nowMs);
}

function sync(replica: Replica, host: Host): Conversation {
  const line = converse(clientSession(replica), host);
  line.cut();
  return line;
}

function forkOf(line: Conversation): { readonly outcomes: readonly Outcome[] } {
  const fork = line.events.at(-1);
  if (fork?.type !== 'forked') throw new Error(`no fork: ${fork?.type}`);
  return fork;
}

function ownOf(replica: Replica): Transaction[] {
  return replica.queue.of(replica.id).map(({ transaction }) => transaction);
}

/** What its storage has of its writes. */
function savedOf(replica: Replica) {
  const own = ownOf(replica);
  const digest = own[0]?.previousDigest ?? new Uint8Array(0);
  return { counter: replica.lastCounter, stamp: 0, digest, own, others: [] };
}

function keysShown(replica: Replica, ...keys: string[]): string[] {
  return keys.filter((key) => shown(replica, newsTable, key) !== undefined);
}

/** Transactions of the replica under the id that it has now. */
function named({ id }: Replica, ...counters: number[]): string[] {
  expect(id).toMatch(/^p\.f[0-9a-f]{8}$/);
  return counters.map((counter) => `${id}/${counter}`);
}

function answer(counter: number, status: 'committed' | 'held'): Outcome {
  return { replica: 'p', counter, status, refusal: undefined, conflicts: 0 };
}

function unordered(counter: number, reason: string): Outcome {
  return unorderedOutcome({ replica: 'p', counter }, { reason, message: '' });
}

describe('[I2] what the home has forgotten', () => {
  test('is parked, since nobody can ever tell whose it was, and the rest goes on', () => {
    const home = new TestHome({ writerDigestsMax: 2 });
    const phone = testReplica('p');
    write(phone, 'a');
    sync(phone, home);
    for (const key of ['b', 'c', 'd']) home.write('p', putEdit(newsTable, key, {}));
    write(phone, 'mine', 'too', 'three');
    const { outcomes } = forkOf(sync(phone, home));
    expect(
      outcomes.map(({ counter, status, refusal }) => [counter, status, refusal?.reason]),
    ).toEqual([[2, 'unordered', 'COUNTER_FORGOTTEN']]);
    phone.takeIdentity(outcomes, chance);
    expect(phone.parked).toMatchObject([{ transaction: { counter: 2 }, outcome: outcomes[0] }]);
    sync(phone, home);
    expect(home.ordered.slice(4)).toEqual(named(phone, 1, 2));
    expect(keysShown(phone, 'mine', 'too', 'three')).toEqual(['too', 'three']);
    expect(phone.queue.length).toBe(0);
  });

  test('is the home’s to say: with a relay’s word it waits', () => {
    const replica = testReplica('p');
    write(replica, 'a');
    const probe = new ForkProbe(replica, 1, 0);
    probe.next();
    probe.answered([unordered(1, 'COUNTER_FORGOTTEN')]);
    expect([probe.verdict(false), probe.verdict(true)]).toMatchObject([
      'unresolved',
      [{ counter: 1 }],
    ]);
  });
});

test('asks again only where an answer may be another a little later', () => {
  const replica = testReplica('p');
  write(replica, 'a', 'b');
  const probe = new ForkProbe(replica, 2, 1);
  const outcome = { replica: 'p', counter: 1, status: 'committed', conflicts: 0 } as const;
  expect(probe.mayAskAgain).toBe(false);
  probe.answered([{ ...outcome, refusal: undefined }]);
  expect(probe.mayAskAgain).toBe(false);
});
