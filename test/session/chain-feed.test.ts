import { expect, test } from 'vitest';
import { ChainFeed } from '../../src/session/chain-feed.ts';
import { groupAt } from '../../src/session/cursor.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { Conversation, clientSession } from './support/conversation.ts';
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

test('what it has at the checkpoint that it shows it is not told again, whatever scopes are new', () => {
  const home = homeWith(4);
  const groups = [groupAt(2, ['a'], []), groupAt(0, ['b'], [])];
  expect(new ChainFeed(home.source, groups).next(home.head)).toEqual(checksOf(home, 3, 4));
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
});

test('what the server does not know itself is left out, with all before it', () => {
  const home = homeWith(4, { chainChecksMax: 2 });
  expect(new ChainFeed(home.source, []).next(home.head)).toEqual(checksOf(home, 3, 4));
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
