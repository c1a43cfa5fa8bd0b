import { expect, test } from 'vitest';
import type { Replica } from '../../src/replica/replica.ts';
import { ChainFeed, checkpointFor, knowsChain } from '../../src/session/chain-feed.ts';
import { groupAt } from '../../src/session/cursor.ts';
import type { Delta } from '../../src/session/messages.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { Conversation, clientSession, converse } from './support/conversation.ts';
import { TestHome, TestRelay, testReplica } from './support/hosts.ts';

function homeWith(count: number, limits: ConstructorParameters<typeof TestHome>[0] = {}): TestHome {
  const home = new TestHome(limits);
  for (let index = 0; index < count; index++) home.write('d', putEdit(newsTable, `${index}`, {}));
  return home;
}

const checksOf = ({ home }: TestHome, ...positions: number[]) =>
  positions.map((position) => home.checkAt(position));

test('a relay is told the checks of all commits, and then of those since', () => {
  const home = homeWith(3);
  const feed = new ChainFeed(home.source, [groupAt(0, ['*'], [])]);
  expect(feed.next(home.head)).toEqual(checksOf(home, 1, 2, 3));
  expect(feed.next(home.head)).toEqual([]);
  for (const key of ['x', 'y']) home.write('d', putEdit(newsTable, key, {}));
  expect(feed.next(home.head)).toEqual(checksOf(home, 4, 5));
});

test('what it has up to the checkpoint of its cursor it is not told again, whatever scopes are new', () => {
  const home = homeWith(4);
  const groups = [groupAt(2, ['a'], []), groupAt(0, ['b'], [])];
  expect(new ChainFeed(home.source, groups, true).next(home.head)).toEqual(checksOf(home, 3, 4));
  expect(new ChainFeed(home.source, groups).next(home.head)).toEqual(checksOf(home, 1, 2, 3, 4));
});

test('[I13] of many it is told the newest, as many as the limit says', () => {
  const told = (count: number) => {
    const home = homeWith(count, { checkpointChecksMax: 3 });
    return [home, new ChainFeed(home.source, []).next(home.head)] as const;
  };
  const [atLimit, all] = told(3);
  expect(all).toEqual(checksOf(atLimit, 1, 2, 3));
  const [above, newest] = told(4);
  expect(newest).toEqual(checksOf(above, 2, 3, 4));
  // Of those since it has no more than half a message: then what it knows has a gap, and begins behind that.
  const since = (messageBytesMax: number) => {
    const home = homeWith(4, { checkpointChecksMax: 1, messageBytesMax });
    return new ChainFeed(home.source, [groupAt(1, [], [])], true).next(home.head).length;
  };
  expect([since(24), since(16)]).toEqual([3, 2]);
});

test('what the server does not know itself is left out, with all before it', () => {
  const home = homeWith(4, { chainChecksMax: 2 });
  expect(new ChainFeed(home.source, []).next(home.head)).toEqual(checksOf(home, 3, 4));
});

test('in a later epoch a commit is known by its position all the same', () => {
  const restored = homeWith(3).restored(2);
  restored.write('d', putEdit(newsTable, 'x', {}));
  const all = new ChainFeed(restored.source, []).next(restored.head);
  expect(all).toEqual(checksOf(restored, 1, 2, 3, 4));
});

// A relay that was cut short between what it stored of a Delta and its checkpoint would have a hole there.
test('a relay says whether it knows the chain up to its cursor', () => {
  const home = homeWith(2);
  const { replica } = new TestRelay('r');
  expect(knowsChain(replica)).toBe(false);
  converse(clientSession(replica), home).cut();
  expect(knowsChain(replica)).toBe(true);
  home.write('d', putEdit(newsTable, 'x', {}));
  const { replica: newer } = new TestRelay('q');
  converse(clientSession(newer), home).cut();
  replica.stage([], newer.cursor);
  expect(knowsChain(replica)).toBe(false);
  // Nor while another copy is built, with which all that is known goes.
  newer.restart();
  newer.stage([], newer.shownCursor);
  expect(knowsChain(newer)).toBe(false);
  const leaf = testReplica('p');
  converse(clientSession(leaf), home).cut();
  expect(knowsChain(leaf)).toBe(false);
});

test('[I9] a chain is taken by a relay alone, and not where it is another than the cursor’s', () => {
  const home = homeWith(2);
  const { replica } = new TestRelay('r');
  converse(clientSession(replica), home).cut();
  const checkpoint = { seq: 2, rowCount: 2, digest: 1n, settled: new Map() };
  const last = home.home.checkAt(2)!;
  const taken = (of: Replica, chain: number[] | undefined) => {
    const delta = {
      checkpoint: { ...checkpoint, chain },
      cursor: replica.cursor,
    } as unknown as Delta;
    return checkpointFor(of, delta, new Map()).chain;
  };
  expect(taken(replica, [7, last])).toEqual([7, last]);
  expect([taken(replica, [last, 7]), taken(replica, []), taken(replica, undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(taken(testReplica('p'), [7, last])).toBeUndefined();
});

test('nobody but a relay is told', () => {
  const chains = [new TestRelay('r').replica, testReplica('p')].map((replica) => {
    const told: unknown[] = [];
    new Conversation(clientSession(replica), homeWith(2), {
      witness: {
        message: (_, message) => {
          if (message.type === 'delta') told.push(message.checkpoint?.chain?.length);
        },
      },
    }).run();
    return told;
  });
  expect(chains).toEqual([[2], [undefined]]);
});
