/** Large transactions over conversations that are cut: each is ordered once, as it was written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/base/limits.ts';
import { digestOf } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { settledIn } from '../../src/replica/system-rows.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { Conversation, clientSession, converse, type Step, steps } from './support/conversation.ts';
import { TestHome, TestRelay, testReplica } from './support/hosts.ts';

/** So small that a few rows are a large transaction, and each of its parts a few bytes. */
const small: Partial<Limits> = { pushBytesMax: 900, partBytesMax: 60, stepChangesMax: 2 };

test('[P2] a large transaction goes in parts, with what is before and behind it, each once and in order', () => {
  const home = new TestHome(small);
  const replica = testReplica('p', { limits: small });
  const sent: string[] = [];
  write(replica, 1);
  writeLarge(replica);
  write(replica, 1);
  const { events } = converse(clientSession(replica), home, {
    witness: { message: (from, { type }) => sent.push(`${from} ${type}`) },
  });
  expect(home.ordered).toEqual(['p/1', 'p/2', 'p/3']);
  expect(replica.queue.length).toBe(0);
  expect(sent.filter((name) => name === 'client part').length).toBeGreaterThan(3);
  // The push behind it goes when all of it is there.
  expect(sent.lastIndexOf('client push')).toBeGreaterThan(sent.lastIndexOf('client part'));
  expect(events.some(({ type }) => type === 'checkpoint')).toBe(true);
  expect(home.source.parts.bytes).toBe(0);
});

test('nothing of it is visible, logged or relayed before all is there', () => {
  const home = new TestHome(small);
  const writer = testReplica('p', { limits: small });
  writeLarge(writer);
  const line = new Conversation(clientSession(writer), home);
  while (home.source.parts.bytes === 0) for (const step of steps) line.step(step);
  const reader = testReplica('q', { limits: small });
  converse(clientSession(reader), home);
  expect([home.records, count(reader)]).toEqual([[], 0]);
  line.run();
  converse(clientSession(reader), home);
  expect([home.records.length, count(reader)]).toEqual([1, largeRows]);
});

test('probes and acks go between the parts', () => {
  const home = new TestHome(small);
  const replica = testReplica('p', { limits: small });
  const client = clientSession(replica);
  const line = new Conversation(client, home).run();
  writeLarge(replica);
  const sent: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    if (turn === 3) client.probe();
    const message = client.next();
    if (message === undefined) continue;
    sent.push(message.type);
    line.server.receive(message, 0);
    for (const answer of [line.server.next(0)]) if (answer) client.receive(answer);
  }
  expect(sent).toEqual(['part', 'part', 'part', 'probe', 'part', 'part']);
});

test('[P7] what could not be ordered is ordered later without sending its bytes again', () => {
  const home = new TestHome(small);
  const replica = testReplica('p', { limits: small });
  writeLarge(replica);
  let isFull = true;
  const host = {
    source: home.source,
    take: (push: Parameters<TestHome['take']>[0]) =>
      isFull ? push.map(({ transaction }) => unorderedAs(transaction.counter)) : home.take(push),
  };
  let bytes = 0;
  const line = new Conversation(clientSession(replica), host, {
    witness: {
      message: (_, message) => {
        if (message.type === 'part') bytes += message.bytes.length;
      },
    },
  });
  for (let round = 0; round < 40; round++) for (const step of steps) line.step(step);
  expect([home.ordered, replica.queue.length]).toEqual([[], 1]);
  const before = bytes;
  isFull = false;
  line.server.offerAgain();
  line.run();
  expect(home.ordered).toEqual(['p/1']);
  expect(bytes).toBe(before);
});

describe('whatever is cut, and wherever', () => {
  const cuts = fc.array(
    fc.record({ turns: fc.nat(40), order: fc.shuffledSubarray([...steps], { minLength: 4 }) }),
    {
      maxLength: 8,
    },
  );

  test('[P2] large transactions of two writers are ordered once, and are what was written', () => {
    fc.assert(
      fc.property(cuts, cuts, (first, second) => {
        const home = new TestHome(small);
        const writers = ['p', 'q'].map((id) => {
          const replica = testReplica(id, { limits: small });
          write(replica, 1);
          writeLarge(replica);
          write(replica, 1);
          replica.seal();
          return replica;
        });
        const lasts = writers.map(({ id, queue }) => queue.of(id).at(-1)!.transaction);
        for (const [index, list] of [first, second].entries()) {
          for (const { turns, order } of list) cutAfter(writers[index]!, home, turns, order);
        }
        for (const replica of writers) converse(clientSession(replica), home).cut();
        expect(home.ordered.toSorted()).toEqual(['p/1', 'p/2', 'p/3', 'q/1', 'q/2', 'q/3']);
        for (const [index, replica] of writers.entries()) {
          expect(replica.queue.length).toBe(0);
          const { digest } = settledIn(home.home.state, replica.id);
          expect(digest).toEqual(digestOf(lasts[index]!));
        }
        expect(home.source.parts.bytes).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test('[P2] a stream that is cut over and over gets on all the same', () => {
    const home = new TestHome(small);
    const replica = testReplica('p', { limits: small });
    writeLarge(replica);
    let rounds = 0;
    while (home.ordered.length === 0) {
      // Enough for a greeting, a question, and a part or two.
      cutAfter(replica, home, 5, steps);
      expect(++rounds).toBeLessThan(60);
    }
    expect(rounds).toBeGreaterThan(3);
  });

  test('[I12][I13] two that have no room beside each other both come through', () => {
    const limits = { ...small, partsBytesMax: 4096 };
    const home = new TestHome(limits);
    const replicas = ['p', 'q'].map((id) => testReplica(id, { limits }));
    for (const replica of replicas) writeLarge(replica);
    const [first, second] = replicas.map((replica) => clientSession(replica));
    const line = new Conversation(first!, home);
    while (home.source.parts.bytes === 0) for (const step of steps) line.step(step);
    // The stream goes on, and what others write comes over it.
    home.write('d', putEdit(newsTable, 'elsewhere', {}));
    const other = converse(second!, home);
    const told = other.events.flatMap((event) => (event.type === 'outcomes' ? event.outcomes : []));
    const reasons = new Set(told.map(({ status, refusal }) => `${status} ${refusal?.reason}`));
    expect([...reasons]).toEqual(['unordered PARTS_FULL']);
    expect([other.error, replicas[1]!.committed.head]).toEqual([undefined, home.head]);
    line.run();
    expect(home.ordered).toEqual(['d/1', 'p/1']);
    other.run();
    expect(home.ordered).toEqual(['d/1', 'p/1', 'q/1']);
  });
});

describe('over a relay', () => {
  test('a relay holds it, pushes it on in parts, and shows it to neighbours when it is committed', () => {
    const home = new TestHome(small);
    const relay = new TestRelay('relay', small);
    const writer = testReplica('p', { limits: small });
    const neighbour = testReplica('q', { limits: small });
    const sync = (replica: Replica, host: TestHome | TestRelay) =>
      converse(clientSession(replica), host).cut();
    sync(relay.replica, home);
    write(writer, 1);
    writeLarge(writer);
    write(writer, 1);
    sync(writer, relay);
    expect(relay.replica.queue.of('p')).toHaveLength(3);
    sync(neighbour, relay);
    expect(neighbour.queue.of('p')).toHaveLength(1);
    expect(count(neighbour)).toBe(1);
    sync(relay.replica, home);
    expect(home.ordered).toEqual(['p/1', 'p/2', 'p/3']);
    sync(neighbour, relay);
    expect([neighbour.queue.length, count(neighbour)]).toEqual([0, largeRows + 2]);
    sync(writer, relay);
    expect(writer.queue.length).toBe(0);
  });
});

test('[P2] a copied phone learns by parts which large transactions are its own', () => {
  const home = new TestHome(small);
  const phone = testReplica('p', { limits: small });
  writeLarge(phone);
  const [{ transaction }] = [phone.queue.of('p')[0]!];
  phone.seal();
  const saved = {
    counter: 1,
    stamp: transaction.stamp,
    digest: new Uint8Array(0),
    own: [phone.queue.of('p')[0]!.transaction],
    others: [],
    former: [],
    kept: [],
  };
  const copy = testReplica('p', { limits: small, saved });
  write(phone, 1);
  writeLarge(copy, 'copy');
  converse(clientSession(phone), home).cut();
  expect(home.ordered).toEqual(['p/1', 'p/2']);
  const { events } = converse(clientSession(copy), home);
  const forked = events.find(({ type }) => type === 'forked');
  expect(forked).toMatchObject({ outcomes: [{ counter: 1, status: 'committed' }] });
  copy.takeIdentity(forked?.type === 'forked' ? forked.outcomes : [], new Uint8Array(16));
  converse(clientSession(copy), home).cut();
  expect(home.ordered).toHaveLength(3);
  expect(count(copy)).toBe(2 * largeRows + 1);
});

const largeRows = 12;

function writeLarge(replica: Replica, name = 'large'): void {
  const edits = Array.from({ length: largeRows }, (_, index) =>
    putEdit(newsTable, `${replica.id}-${name}-${index}`, { text: 'some text' }),
  );
  replica.write(edits, 1_000);
}

/** Small ones, a transaction each. */
function write(replica: Replica, times: number): void {
  for (let index = 0; index < times; index++) {
    replica.write([putEdit(newsTable, `${replica.id}-${replica.lastCounter}`, {})], 1_000);
  }
}

/** A conversation that is cut after so many turns. */
function cutAfter(replica: Replica, home: TestHome, turns: number, order: readonly Step[]): void {
  const line = new Conversation(clientSession(replica), home);
  for (let turn = 0; turn < turns; turn++) for (const step of order) line.step(step);
  line.cut();
}

function count(replica: Replica): number {
  let rows = 0;
  const { table, overlay } = replica.rows(newsTable);
  for (let slot = 0; slot < table.slotEnd; slot++) {
    if (table.isLive(slot) && overlay?.get(table.row(slot)[0] as string) === undefined) rows++;
  }
  for (const [, cells] of overlay?.entries() ?? []) if (cells !== null) rows++;
  return rows;
}

function unorderedAs(counter: number) {
  const refusal = {
    reason: 'LOG_DISK_FULL',
    message: '',
    changeIndex: 0,
    currentEtag: '',
    violations: [],
  };
  return { replica: 'p', counter, status: 'unordered', refusal, conflicts: 0 } as const;
}
