/** What a replica wrote under an id that it has given up, where the home loses it. */
import { describe, expect, test } from 'vitest';
import type { Replica } from '../../src/replica/replica.ts';
import { deleteEdit, newsTable, patchEdit, putEdit } from '../support/sim-schema.ts';
import {
  clientSession,
  converse,
  Conversation as Line,
  steps,
  sync,
} from './support/conversation.ts';
import { TestHome, TestRelay, testReplica } from './support/hosts.ts';
import { committedRows, shown } from './support/rows.ts';

const news = (key: string, text: string) => putEdit(newsTable, key, { text });
const patched = (key: string, text: string) => patchEdit(newsTable, key, { text });

const textsOf = (replica: Replica, ...keys: string[]) =>
  keys.map((key) => shown(replica, newsTable, key)?.text);
const namesOf = (all: readonly { readonly transaction: { replica: string; counter: number } }[]) =>
  all.map(({ transaction: { replica, counter } }) => `${replica}/${counter}`);

/** `ann/1` patches, `ann/2` deletes; then a copy of her phone takes `ann/3`, and she goes on under another id. */
function given(limits = {}) {
  const home = new TestHome();
  home.write('bob', news('p', 'old'), news('d', 'old'));
  const ann = testReplica('ann', { limits });
  sync(ann, home);
  ann.write([patched('p', 'ann says')], 1);
  ann.write([deleteEdit(newsTable, 'd')], 1);
  sync(ann, home);
  home.write('ann', news('z', 'of the copy'));
  ann.write([patched('p', 'ann says more')], 5);
  sync(ann, home);
  expect(ann.id).toMatch(/^ann\.f/);
  return { home, ann };
}

/** The same, with another copy that has no more than `ann/1` and `ann/2`, a relay in step, and the home as it is restored. */
function givenCopyAndRelay() {
  const { home, ann } = given();
  const copy = testReplica('ann', { saved: savedOf(ann, 'ann', 2) });
  const relay = new TestRelay('relay');
  sync(relay.replica, home);
  sync(ann, relay);
  return { ann, copy, relay, restored: home.restored(1) };
}

describe('[I2] what a home lost of a former id', () => {
  test('is pushed again as it was, before what was written under the present one, and once', () => {
    const { home, ann } = given();
    const restored = home.restored(1);
    sync(ann, restored);
    expect(restored.ordered).toEqual(['bob/1', 'ann/1', 'ann/2', `${ann.id}/1`]);
    // To the home they are of two writers.
    expect(textsOf(ann, 'p', 'd')).toEqual(['ann says', undefined]);
    expect([ann.queue.length, ann.pendingCount]).toEqual([0, 0]);
    expect(committedRows(ann.committed)).toEqual(committedRows(restored.home.state));
    // And again, should that be lost too.
    expect(namesOf(ann.kept.all).sort()).toEqual([`${ann.id}/1`, 'ann/1', 'ann/2']);
    const again = restored.restored(2);
    const before = again.ordered.length;
    sync(ann, again);
    expect(again.ordered.slice(before)).toEqual(['ann/1', 'ann/2', `${ann.id}/1`]);
  });

  test('is asked about where another device has gone on under the id: it is ordered once', () => {
    const { home, ann } = given();
    const copy = testReplica('ann', { saved: savedOf(ann, 'ann', 2) });
    const restored = home.restored(1);
    // Of the same line, and one further.
    copy.write([news('z', 'of the copy')], 6);
    sync(copy, restored);
    expect(restored.ordered).toEqual(['bob/1', 'ann/1', 'ann/2', 'ann/3']);
    sync(ann, restored);
    expect(restored.ordered.slice(4)).toEqual([`${ann.id}/1`]);
    expect([ann.parked, ann.queue.length]).toEqual([[], 0]);
    expect(namesOf(ann.kept.all).sort()).toEqual([`${ann.id}/1`, 'ann/1', 'ann/2']);
  });

  test('is parked where the line there is another device’s: nobody is told that it is there', () => {
    const { home, ann } = given();
    const restored = home.restored(1);
    for (const key of ['x', 'y', 'z']) restored.write('ann', news(key, 'of another line'));
    sync(ann, restored);
    expect(restored.ordered.at(-1)).toBe(`${ann.id}/1`);
    expect(
      ann.parked.map(({ outcome: { replica, counter, status, refusal } }) => [
        `${replica}/${counter}`,
        status,
        refusal?.reason,
      ]),
    ).toEqual([
      ['ann/1', 'unordered', 'REPLICA_FORKED'],
      ['ann/2', 'unordered', 'REPLICA_FORKED'],
    ]);
    expect([ann.queue.length, ann.pendingCount]).toEqual([0, 0]);
    expect(textsOf(ann, 'd')).toEqual(['old']);
  });

  // Found by seed 2534 of 1,000 steps: what was lost before the fork that was told was nowhere any more.
  test('likewise where the loss is told too late', () => {
    const { home, ann } = given();
    const lost = home.asOf(1);
    for (const key of ['x', 'y', 'z']) lost.write('ann', news(key, 'of another'));
    const restarted = lost.asOf(4);
    sync(ann, restarted);
    expect(ann.kept.all.map(({ seq }) => seq)).toEqual([restarted.head]);
    expect(namesOf(ann.parked)).toEqual(['ann/1', 'ann/2']);
  });

  test('is parked where what was before it is not kept any more', () => {
    const { home, ann } = given({ keptTransactionsMax: 2 });
    const restored = home.restored(1);
    sync(ann, restored);
    expect(ann.parked).toMatchObject([
      {
        transaction: { replica: 'ann', counter: 2 },
        outcome: { refusal: { reason: 'COUNTER_GAP' } },
      },
    ]);
    expect(restored.ordered).toEqual(['bob/1', `${ann.id}/1`]);
  });

  test('is parked where nobody knows any more if it was ordered', () => {
    const { home, ann } = given();
    const copy = testReplica('ann', { saved: savedOf(ann, 'ann', 2) });
    const small = home.restored(1, { writerDigestsMax: 1 });
    copy.write([news('z', 'of the copy')], 6);
    sync(copy, small);
    sync(ann, small);
    expect(ann.parked).toMatchObject([
      { transaction: { counter: 1 }, outcome: { refusal: { reason: 'COUNTER_FORGOTTEN' } } },
      { transaction: { counter: 2 }, outcome: { refusal: { reason: 'COUNTER_FORGOTTEN' } } },
    ]);
    expect(small.ordered.slice(3)).toEqual(['ann/3', `${ann.id}/1`]);
  });

  test('is judged anew where it was refused, and parked again where it is refused again', () => {
    const home = new TestHome();
    const ann = testReplica('ann');
    sync(ann, home);
    ann.write([patched('none', 'x')], 1);
    ann.write([patched('later', 'x')], 1);
    sync(ann, home);
    home.write('ann', news('z', 'of the copy'));
    ann.write([news('mine', 'mine')], 5);
    sync(ann, home);
    expect(namesOf(ann.parked)).toEqual(['ann/1', 'ann/2']);
    const restored = home.restored(0);
    restored.write('bob', news('later', 'there now'));
    sync(ann, restored);
    expect(restored.ordered).toEqual(['bob/1', 'ann/1', 'ann/2', `${ann.id}/1`]);
    expect(namesOf(ann.parked)).toEqual(['ann/1']);
  });

  test('waits where the identity may not speak as the former id', () => {
    const { home, ann } = given();
    const restored = home.restored(1);
    const lines = sync(ann, restored, { replicas: [ann.id], relay: false });
    expect(lines.at(-1)!.error).toBeUndefined();
    expect(restored.ordered).toEqual(['bob/1', `${ann.id}/1`]);
    expect(namesOf(ann.kept.all).slice(0, 2)).toEqual(['ann/1', 'ann/2']);
    sync(ann, restored, { replicas: ['ann*'], relay: false });
    expect(restored.ordered.slice(2)).toEqual(['ann/1', 'ann/2']);
  });

  // The new history's safe point says nothing of seqs of the old one.
  test('is kept until it can be pushed, whatever is safe there', () => {
    const { home, ann } = given();
    const lost = home.asOf(1);
    for (const key of 'stuvwxy') lost.write('cleo', news(key, 'new'));
    lost.append(lost.home.coverBy('backup', lost.head, 1)!);
    const restarted = lost.asOf(lost.records.length);
    const asPresent = { replicas: [ann.id], relay: false };
    sync(ann, restarted, asPresent);
    expect(namesOf(ann.kept.all)).toEqual(expect.arrayContaining(['ann/1', 'ann/2']));
    // What is of the present id and safe is let go of all the same.
    restarted.append(restarted.home.coverBy('backup', restarted.head, 1)!);
    sync(ann, restarted, asPresent);
    expect(namesOf(ann.kept.all)).toEqual(['ann/1', 'ann/2']);
    sync(ann, restarted);
    expect(restarted.ordered).toEqual(expect.arrayContaining(['ann/1', 'ann/2']));
    expect(ann.parked).toEqual([]);
    restarted.append(restarted.home.coverBy('backup', restarted.head, 1)!);
    sync(ann, restarted);
    expect(ann.kept.all).toEqual([]);
  });

  test('goes by way of a relay that knows of the loss', () => {
    const { home, ann } = given();
    const relay = new TestRelay('relay');
    sync(relay.replica, home);
    sync(ann, relay);
    const restored = home.restored(1);
    sync(relay.replica, restored);
    const session = clientSession(ann);
    converse(session, relay);
    expect(ann.queue.of('ann').length).toBe(2);
    expect(session.waitsForHome).toBe(false);
    sync(relay.replica, restored);
    sync(ann, relay);
    expect(restored.ordered).toEqual(['bob/1', 'ann/1', 'ann/2', `${ann.id}/1`]);
    expect(ann.queue.length).toBe(0);
  });

  test('waits for the home where a relay cannot tell whose is there', () => {
    const { ann, copy, relay, restored } = givenCopyAndRelay();
    copy.write([news('z', 'of the copy')], 6);
    sync(copy, restored);
    sync(relay.replica, restored);
    const session = clientSession(ann);
    converse(session, relay);
    expect(session.waitsForHome).toBe(true);
    expect(ann.pendingCount).toBeGreaterThan(0);
    sync(ann, restored);
    expect([ann.queue.length, ann.parked]).toEqual([0, []]);
  });

  // Found by seed 616 of 1,000 steps.
  test('[I12] waits for the home where a relay that held it has learnt that somebody has its place', () => {
    const { ann, copy, relay, restored } = givenCopyAndRelay();
    sync(relay.replica, restored);
    const session = clientSession(ann);
    const line = new Line(session, relay).run();
    expect([ann.queue.of('ann').length, session.waitsForHome]).toEqual([2, false]);
    copy.write([news('z', 'of the copy')], 6);
    sync(copy, restored);
    sync(relay.replica, restored);
    line.run();
    expect([line.error, line.over, session.waitsForHome]).toEqual([undefined, false, true]);
    line.cut();
    sync(ann, restored);
    expect([ann.queue.length, ann.parked]).toEqual([0, []]);
    expect(restored.ordered).toEqual(['bob/1', 'ann/1', 'ann/2', 'ann/3', `${ann.id}/1`]);
  });

  // Found by seed 1471 of 1,000 steps.
  test.each([
    ['is asked about', 2, []],
    ['is parked, where it is not there,', 0, ['ann/1', 'ann/2']],
  ])(
    '%s though a relay has told of the loss before it was known whose id it is',
    (_, shared, parked) => {
      const home = new TestHome();
      home.write('bob', news('p', 'old'));
      const ann = testReplica('ann');
      sync(ann, home);
      for (const key of ['one', 'two']) ann.write([news(key, 'ann')], 1);
      sync(ann, home);
      const restored = home.restored(1);
      const copy = testReplica('ann', { saved: savedOf(ann, 'ann', shared) });
      for (let count = shared; count < 4; count++) {
        copy.write([news('z', `of the copy ${count}`)], 6 + count);
      }
      sync(copy, restored);
      restored.append(restored.home.coverBy('backup', restored.head, restored.nowMs)!);
      const relay = new TestRelay('relay');
      sync(relay.replica, restored);
      ann.write([news('mine', 'mine')], 9);
      const session = clientSession(ann);
      const lines = [converse(session, relay), converse(session, relay)];
      expect(lines[0]!.error).toMatchObject({ reason: 'FORK_UNRESOLVED' });
      expect(lines[1]!.error).toBeUndefined();
      expect(ann.committed.head).toBe(restored.head);
      expect(namesOf(ann.kept.all)).toEqual(['ann/1', 'ann/2']);
      sync(ann, restored);
      expect(namesOf(ann.parked)).toEqual(parked);
      const counters = [1, 2, 3, 4].map((counter) => `ann/${counter}`);
      expect(restored.ordered.slice(1)).toEqual([...counters, `${ann.id}/1`]);
      expect([ann.queue.length, ann.pendingCount]).toEqual([0, 0]);
    },
  );

  test('is still pushed where the stream was cut behind the checkpoint that told of it', () => {
    const { home, ann } = given();
    const restored = home.restored(1);
    const line = new Line(clientSession(ann), restored);
    for (const step of ['client-sends', 'server-takes'] as const) line.step(step);
    while (!line.events.some(({ type }) => type === 'checkpoint')) {
      for (const step of steps.slice(2)) line.step(step);
    }
    line.cut();
    expect(ann.pendingCount).toBe(3);
    sync(ann, restored);
    expect(restored.ordered).toEqual(['bob/1', 'ann/1', 'ann/2', `${ann.id}/1`]);
  });
});

test('[I2] what was settled at the parting, and covered since, is kept too', () => {
  const home = new TestHome();
  const ann = testReplica('ann');
  sync(ann, home);
  ann.write([news('one', 'ann 1')], 1);
  ann.seal();
  const copy = testReplica('ann', { saved: savedOf(ann, 'ann', 1) });
  sync(copy, home);
  copy.write([news('two', 'of the copy')], 1);
  sync(copy, home);
  // Her own answer was lost: she learns at the parting that the first was ordered.
  ann.write([news('two', 'ann 2')], 2);
  sync(ann, home);
  expect(namesOf(ann.kept.all).sort()).toEqual([`${ann.id}/1`, 'ann/1']);
  const restored = home.restored(0);
  sync(ann, restored);
  expect(restored.ordered).toEqual(['ann/1', `${ann.id}/1`]);
});

/** What a copy of the storage has that was made when the first so many of an id were queued. */
function savedOf(replica: Replica, id: string, count: number) {
  const all = [...replica.kept.all, ...replica.queue.of(id)].map(({ transaction }) => transaction);
  const own = all.filter((each) => each.replica === id).slice(0, count);
  return { counter: count, stamp: 1, digest: new Uint8Array(0), own, others: [] };
}
