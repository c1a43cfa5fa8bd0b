import { expect, test } from 'vitest';
import { bytesAbout } from '../../src/change/transaction.ts';
import { TentativeFeed } from '../../src/session/tentative-feed.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';
import { clientSession, converse } from './support/conversation.ts';
import { TestHome, TestRelay } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

test('passes on others’ transactions in their order, each once, and not the client’s own', () => {
  const { relay, feed } = feedFor('p');
  relay.replica.receive(transactionOf('p', 1));
  relay.replica.receive(transactionOf('q', 1));
  relay.replica.receive(transactionOf('q', 2));
  expect(next(feed)).toEqual(['q/1', 'q/2']);
  expect(next(feed)).toEqual([]);
  relay.replica.receive(transactionOf('q', 3));
  expect(next(feed)).toEqual(['q/3']);
});

test('looks at what is carried once for each change, whatever the client holds of it', () => {
  const { relay, feed } = feedFor('p');
  for (const counter of [1, 2, 3]) relay.replica.receive(transactionOf('q', counter));
  const { source } = relay;
  let seen = 0;
  const counted = new Proxy(source, {
    get: (target, name) => {
      if (name !== 'tentative') return Reflect.get(target, name, target);
      return () =>
        new Proxy(target.tentative(), {
          get: (list, at) => {
            if (at === '0') seen++;
            return Reflect.get(list, at, list);
          },
        });
    },
  });
  expect(next(feed)).toEqual(['q/1', 'q/2', 'q/3']);
  const other = new TentativeFeed(counted, 'o', ['*'], { relay: false, former: [] });
  expect(next(other)).toEqual(['q/1', 'q/2', 'q/3']);
  other.noteHeld({ replica: 'q', counter: 3 });
  seen = 0;
  relay.replica.receive(transactionOf('q', 4));
  expect([next(other), seen]).toEqual([['q/4'], 1]);
});

test('has so many in one message, and the rest in the next', () => {
  const { relay, feed } = feedFor('p', ['*'], 2);
  for (const counter of [1, 2, 3]) relay.replica.receive(transactionOf('q', counter));
  expect([next(feed), next(feed), next(feed)]).toEqual([['q/1', 'q/2'], ['q/3'], []]);
});

test('[I7] stops with a writer at what the client may not see all of, and only with that writer', () => {
  const { relay, feed } = feedFor('p', ['', 'site/a']);
  const inA = (key: string) => putEdit(taskTable, key, { site: 'a' });
  relay.replica.receive(transactionOf('q', 1, inA('1')));
  relay.replica.receive(transactionOf('q', 2, inA('2'), putEdit(taskTable, '3', { site: 'b' })));
  relay.replica.receive(transactionOf('q', 3, inA('4')));
  relay.replica.receive(transactionOf('r', 1, patchEdit(taskTable, 'nobody-knows', { state: 1 })));
  relay.replica.receive(transactionOf('s', 1, deleteEdit(taskTable, '1')));
  expect(next(feed)).toEqual(['q/1', 's/1']);
});

test('[I5] goes on with a writer only when the client was told what is settled before', () => {
  const { relay, home, feed, sync } = feedFor('p', ['', 'site/a']);
  relay.replica.receive(transactionOf('q', 1));
  relay.replica.receive(transactionOf('q', 2, putEdit(taskTable, 't', { site: 'b' })));
  expect(settled(feed)).toEqual([['q', 0]]);
  expect(next(feed)).toEqual(['q/1']);
  sync();
  expect(home.ordered).toEqual(['q/1', 'q/2']);
  relay.replica.receive(transactionOf('q', 3));
  expect(next(feed)).toEqual([]);
  expect(settled(feed)).toEqual([['q', 2]]);
  expect(next(feed)).toEqual(['q/3']);
});

test('[I3] tells positions once: the client’s own, and those of writers that it may hold', () => {
  const { relay, home, feed, sync } = feedFor('p');
  home.write('p', putEdit(newsTable, 'a', {}));
  home.write('x', putEdit(newsTable, 'b', {}));
  sync();
  expect(settled(feed)).toEqual([['p', 1]]);
  relay.replica.receive(transactionOf('q', 1));
  expect(next(feed)).toEqual(['q/1']);
  expect(settled(feed)).toEqual([]);
  sync();
  expect(settled(feed)).toEqual([['q', 1]]);
  expect(settled(feed)).toEqual([]);
});

test('names at the first checkpoint all writers that it carries, even one that was passed on before', () => {
  const { relay, home, feed, sync } = feedFor('p', ['', 'site/a']);
  home.write('q', putEdit(newsTable, 'a', {}));
  sync();
  relay.replica.receive(transactionOf('q', 2));
  expect(next(feed)).toEqual(['q/2']);
  relay.replica.receive(transactionOf('r', 1));
  relay.replica.receive(transactionOf('hidden', 1, putEdit(taskTable, 't', { site: 'b' })));
  expect(settled(feed)).toEqual([
    ['q', 1],
    ['r', 0],
  ]);
  expect(settled(feed)).toEqual([]);
});

test('sends nothing back to the relay that has just pushed it', () => {
  const { relay, feed } = feedFor('camp', ['*'], 1_000, true);
  for (const counter of [1, 2, 3]) relay.replica.receive(transactionOf('q', counter));
  feed.known(transactionOf('q', 2));
  feed.known(transactionOf('q', 1));
  feed.known(transactionOf('camp', 9));
  expect(next(feed)).toEqual(['q/3']);
});

test('[I13] passes on as much as one message may have', () => {
  const bytes = bytesAbout(transactionOf('q', 1).changes);
  const { relay, feed } = feedFor('p', ['*'], 1_000, false, 2 * bytes);
  for (const counter of [1, 2, 3]) relay.replica.receive(transactionOf('q', counter));
  expect([next(feed), next(feed), next(feed)]).toEqual([['q/1', 'q/2'], ['q/3'], []]);
  const { relay: other, feed: less } = feedFor('p', ['*'], 1_000, false, 2 * bytes - 1);
  for (const counter of [1, 2]) other.replica.receive(transactionOf('q', counter));
  expect([next(less), next(less), next(less)]).toEqual([['q/1'], ['q/2'], []]);
});

test('[I13] shows nothing of a writer from one on that is too large for a message, until that is committed', () => {
  const { relay, home, sync, feed } = feedFor('p', ['*'], 1_000, false, 700);
  const large = transactionOf('q', 2, putEdit(newsTable, 'big', { text: 'x'.repeat(700) }));
  const line = [transactionOf('q', 1), large, transactionOf('q', 3), transactionOf('other', 1)];
  for (const transaction of line) relay.replica.receive(transaction);
  expect(settled(feed)).toEqual([
    ['other', 0],
    ['q', 0],
  ]);
  expect([next(feed), next(feed)]).toEqual([['other/1', 'q/1'], []]);
  // A client that comes while the large one is next is not told that the writer is carried.
  const late = new TentativeFeed(relay.source, 'late', ['*'], { relay: false, former: [] });
  sync();
  expect(home.ordered.toSorted()).toEqual(['other/1', 'q/1', 'q/2', 'q/3']);
  expect(settled(feed)).toEqual([
    ['other', 1],
    ['q', 3],
  ]);
  const another = { ...large, counter: 4 };
  relay.replica.receive(another);
  expect(settled(late)).toEqual([]);
  expect([next(feed), next(late)]).toEqual([[], []]);
});

test('[I1] ends where the client holds what nobody carries any more; a relay goes on, and is told', () => {
  const { relay, feed } = feedFor('p');
  const { relay: other, feed: toRelay } = feedFor('p', ['*'], 1_000, true);
  for (const { replica } of [relay, other]) {
    for (const counter of [1, 2]) replica.receive(transactionOf('q', counter));
  }
  expect([next(feed), next(toRelay)]).toEqual([
    ['q/1', 'q/2'],
    ['q/1', 'q/2'],
  ]);
  for (const { replica } of [relay, other]) replica.dropForeign(() => false);
  expect(() => next(feed)).toThrow(
    expect.objectContaining({ code: 14, reason: 'RELAYED_DROPPED', metadata: { replica_id: 'q' } }),
  );
  expect([toRelay.owesPositions, next(toRelay), toRelay.owesPositions]).toEqual([false, [], true]);
  expect([...toRelay.settled()]).toMatchObject([['q', { counter: 0, carried: 0, dropped: true }]]);
  expect(toRelay.owesPositions).toBe(false);
  // What comes anew is passed on.
  other.replica.receive(transactionOf('q', 1));
  expect(next(toRelay)).toEqual(['q/1']);
});

test('a relay is told nothing of what it has just pushed, nor of what it never counted on', () => {
  const { relay, feed } = feedFor('p', ['*'], 1_000, true);
  relay.replica.receive(transactionOf('s', 1));
  feed.settled();
  feed.known({ replica: 'q', counter: 1 });
  relay.replica.dropForeign(() => false);
  expect([next(feed), feed.owesPositions]).toEqual([[], false]);
});

// Found by seed 921 of 1,000 steps: a relay let go of them, and their writer waited for ever.
test('[I1] ends where their writer, a relay or not, was told that something is held which nobody carries any more', () => {
  for (const isRelay of [false, true]) {
    const { relay, feed } = feedFor('p', ['*'], 1_000, isRelay);
    for (const counter of [2, 1]) {
      relay.replica.receive(transactionOf('p', counter));
      feed.noteHeld({ replica: 'p', counter });
    }
    expect(next(feed)).toEqual([]);
    relay.replica.dropForeign(() => false);
    expect(() => next(feed)).toThrow(
      expect.objectContaining({ reason: 'RELAYED_DROPPED', metadata: { replica_id: 'p' } }),
    );
  }
});

test('and not where it is settled', () => {
  const { home, relay, feed, sync } = feedFor('p');
  home.write('p', putEdit(newsTable, 'a', {}));
  relay.replica.receive(transactionOf('p', 1));
  feed.noteHeld({ replica: 'p', counter: 1 });
  sync();
  expect(relay.replica.queue.of('p')).toHaveLength(0);
  expect([next(feed), next(feed)]).toEqual([[], []]);
});

function feedFor(
  own: string,
  scopes: readonly string[] = ['*'],
  pushTransactionsMax = 1_000,
  isRelay = false,
  pushBytesMax = 4 << 20,
) {
  const home = new TestHome();
  const relay = new TestRelay('relay', { pushTransactionsMax, pushBytesMax });
  const sync = () => converse(clientSession(relay.replica), home).cut();
  sync();
  return {
    relay,
    home,
    sync,
    feed: new TentativeFeed(relay.source, own, scopes, { relay: isRelay, former: [] }),
  };
}

function next(feed: TentativeFeed): string[] {
  return (feed.next()?.transactions ?? []).map(({ replica, counter }) => `${replica}/${counter}`);
}

function settled(feed: TentativeFeed): [string, number][] {
  return [...feed.settled()].map(([writer, { counter }]) => [writer, counter]);
}
