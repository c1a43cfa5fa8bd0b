import { expect, test } from 'vitest';
import { nothingSettled } from '../../src/change/commit.ts';
import { forkOf } from '../../src/session/history.ts';
import { replicaSource } from '../../src/session/replica-source.ts';
import { newsTable, patchEdit, putEdit, simSchema, taskTable } from '../support/sim-schema.ts';
import { Conversation, clientSession, converse } from './support/conversation.ts';
import { databaseName, logId, TestHome, TestRelay, testReplica } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

test('only a relay serves others', () => {
  expect(() => replicaSource(testReplica('p'), databaseName)).toThrow('only a relay');
});

test('before its first checkpoint a relay has nothing to serve', () => {
  const { source } = new TestRelay('r');
  expect(source).toMatchObject({ database: databaseName, schema: simSchema, authoritative: false });
  expect(source.logId).toHaveLength(0);
  expect(source.holdings).toBeUndefined();
});

test('[I7] a relay serves the scopes and tables that it holds itself, those of one checkpoint', () => {
  const home = homeWithRows({ deltaRowsMax: 1 });
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica, { scopes: ['site/a'], tables: [taskTable.name] }), home).cut();
  const { holdings } = source;
  expect(source.logId).toEqual(logId);
  expect(holdings?.scopes).toEqual(['', '$replica/*', '$writers', 'site/a']);
  expect(holdings?.tables).toContain(taskTable.name);
  expect(holdings?.tables).not.toContain(newsTable.name);

  home.write('d', putEdit(taskTable, 'x', { site: 'a' }));
  converse(clientSession(replica, { scopes: ['site/a'], tables: [taskTable.name] }), home).cut();
  expect(source.holdings).toBe(holdings);

  // More counts only once it is complete.
  const wider = new Conversation(clientSession(replica, { scopes: ['site/*'] }), home);
  while (wider.client.state !== 'live') {
    for (const step of ['client-sends', 'server-takes', 'server-sends'] as const) wider.step(step);
    expect(source.holdings).toBe(holdings);
    wider.step('client-takes');
  }
  expect(source.holdings?.scopes).toContain('site/*');
  expect(source.holdings?.tables).toEqual([]);
});

test('a relay of an empty database has something to serve', () => {
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica), new TestHome());
  expect(source.logId).toEqual(logId);
  expect(source.holdings?.scopes).toContain('*');
});

test('while a new copy is built the old one is served', () => {
  const home = homeWithRows({ deltaRowsMax: 1 });
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica), home).cut();
  const { state, holdings } = source;
  replica.restart();
  expect(source.logId).toEqual(logId);
  const line = new Conversation(clientSession(replica), home);
  for (let step = 0; step < 3; step++) {
    for (const each of ['client-sends', 'server-takes', 'server-sends', 'client-takes'] as const) {
      line.step(each);
    }
  }
  expect(replica.cursor.length).toBeGreaterThan(0);
  expect([source.state, source.holdings]).toEqual([state, holdings]);
  line.run();
  expect(source.state).not.toBe(state);
  // What it holds is the same, so only the other state tells.
  expect(source.holdings).toBe(holdings);
});

test('[I8] a copy that has failed its proof is nothing to serve from', () => {
  const home = homeWithRows();
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica), home).cut();
  const { holdings } = source;
  replica.stage([], replica.cursor);
  const wrong = { seq: 2, rowCount: 1, digest: 1n, settled: new Map() };
  expect(replica.checkpoint(wrong).proven).toBe(false);
  expect(source.logId).toHaveLength(0);
  // Another object, so sessions that were served from it end.
  expect(source.holdings).not.toBe(holdings);
  replica.restart();
  converse(clientSession(replica), home);
  expect(source.logId).toEqual(logId);
  expect(source.holdings).toEqual(holdings);
});

test('what a relay carries has its final bytes, and is the same list until it changes', () => {
  const { replica, source } = new TestRelay('r');
  expect(source.tentative()).toHaveLength(0);
  for (const key of ['a', 'b']) replica.write([putEdit(newsTable, key, {})], 0);
  const list = source.tentative();
  expect(list[1]!.transaction.previousDigest).toHaveLength(16);
  expect(source.tentative()).toBe(list);
  expect(replica.outgoing(new Map())).toEqual(list.map(({ transaction }) => transaction));
  replica.receive(transactionOf('p', 1));
  expect(source.tentative()).not.toBe(list);
});

test('[I2] of its own a relay shows others only what is stored', () => {
  const replica = testReplica('r', { relay: true });
  let stored = 0;
  const source = replicaSource(replica, databaseName, () => stored);
  for (const key of ['a', 'b']) replica.write([putEdit(newsTable, key, {})], 0);
  replica.receive(transactionOf('p', 1));
  const shown = () =>
    source.tentative().map(({ transaction: one }) => `${one.replica}/${one.counter}`);
  expect(shown()).toEqual(['p/1']);
  stored = 1;
  expect(shown().toSorted()).toEqual(['p/1', 'r/1']);
});

test('says how far it carries a writer: as far as what it shows reaches', () => {
  const replica = testReplica('r', { relay: true });
  let stored = 0;
  const source = replicaSource(replica, databaseName, () => stored);
  for (const key of ['a', 'b', 'c']) replica.write([putEdit(newsTable, key, {})], 0);
  for (const counter of [4, 5]) replica.receive(transactionOf('p', counter));
  const lastShown = (writer: string) =>
    source.tentative().findLast(({ transaction }) => transaction.replica === writer)?.transaction
      .counter ?? 0;
  for (const settled of [0, 2, 3]) {
    replica.queue.settle('r', settled);
    for (stored = 0; stored < 5; stored++) {
      const told = ['p', 'q', 'r'].map((writer) => source.carriedTo(writer));
      expect(told).toEqual(['p', 'q', 'r'].map(lastShown));
    }
  }
});

test('[I7] scopes of a transaction are those of all versions of its rows, or unknown', () => {
  const home = homeWithRows();
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica), home).cut();
  replica.write([patchEdit(taskTable, 'a1', { site: 'b' })], 0);
  replica.write([patchEdit(taskTable, 'a1', { site: 'c' })], 0);
  const [moved] = source.tentative();
  expect(source.scopesOf(moved!)?.toSorted()).toEqual(['site/a', 'site/b', 'site/c']);
  replica.receive(transactionOf('p', 1, patchEdit(taskTable, 'nope', { state: 1 })));
  const unknown = source.tentative().find(({ transaction }) => transaction.replica === 'p');
  expect(source.scopesOf(unknown!)).toBeUndefined();
});

test('[I8] a relay knows the checks that it was told, and leaves lost commits to the home', () => {
  const home = new TestHome({ checkpointChecksMax: 2 });
  for (const key of ['a', 'b', 'c']) home.write('d', putEdit(newsTable, key, {}));
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica), home);
  const known = [1, 2, 3].map((seq) => source.checkAt(seq));
  expect(known).toEqual([undefined, home.home.checkAt(2), home.home.checkAt(3)]);
  expect(source.onLostEnd(2)).toBe(false);
  const another = () => forkOf(source, 2, home.home.checkAt(2)! ^ 1);
  expect(another).toThrow(expect.objectContaining({ reason: 'SOURCE_FORKED' }));
});

test('settled positions are those of the copy', () => {
  const home = homeWithRows();
  const { replica, source } = new TestRelay('r');
  converse(clientSession(replica), home);
  expect(source.settledOf('d')).toEqual(home.home.settled('d'));
  expect(source.settledOf('p')).toEqual(nothingSettled);
});

function homeWithRows(limits: ConstructorParameters<typeof TestHome>[0] = {}): TestHome {
  const home = new TestHome(limits);
  home.write('d', putEdit(taskTable, 'a1', { site: 'a' }), putEdit(taskTable, 'b1', { site: 'b' }));
  home.write('d', putEdit(newsTable, 'n1', {}));
  return home;
}
