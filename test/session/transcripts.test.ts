/**
 * Golden transcripts: each test tells a story of two or three peers, and `transcripts/NAME.txt` has every message of
 * it. After a change that is meant, `npx vitest run test/session/transcripts -u` writes them anew; read the difference.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  deleteEdit,
  newsTable,
  patchEdit,
  putEdit,
  taskTable,
  visitTable,
} from '../support/sim-schema.ts';
import { type Conversation, clientSession, type Wish } from './support/conversation.ts';
import { TestHome, TestRelay, testReplica } from './support/hosts.ts';
import { Transcript } from './support/transcript.ts';

const nowMs = 1_700_000_000_000;

story('first-sync', (tale) => {
  const home = homeWithRows({ deltaRowsMax: 2 });
  const { session } = phone('ann');
  tale.say('a first sync comes in batches; nothing is shown before the checkpoint');
  const line = tale.run(tale.open(['ann', 'home'], session, home));
  tale.say('what is committed later comes as it happens');
  home.write('desk', patchEdit(taskTable, 't1', { state: 2 }));
  tale.run(line);
});

story('push', (tale) => {
  const home = homeWithRows();
  const { replica, session } = phone('ann', { scopes: ['site/a'] });
  const line = tale.run(tale.open(['ann', 'home'], session, home));
  tale.say('answers come first; the checkpoint that covers a transaction ends it');
  replica.write([patchEdit(taskTable, 't1', { title: 'dig deeper' })], nowMs);
  replica.write([patchEdit(taskTable, 'nope', { title: '?' })], nowMs);
  tale.run(line);
  tale.say('a commit in scopes that ann does not hold is not worth a message');
  home.write('desk', putEdit(taskTable, 't9', { site: 'z' }));
  tale.run(line);
  tale.say('its seq comes with the next one that is, or when a probe asks');
  session.probe();
  tale.run(line);
  tale.say('the same push once more, from a stream that broke before its answer, happens once');
  line.cut();
  replica.write([putEdit(newsTable, 'n9', { text: 'late' })], nowMs);
  const lost = tale.open(['ann', 'home'], session, home);
  while (home.ordered.at(-1) !== 'ann/3') {
    for (const step of ['client-sends', 'server-takes', 'server-sends'] as const) lost.step(step);
    if (lost.client.state === 'greeting') lost.step('client-takes');
  }
  tale.say('cut: the answer is lost');
  lost.cut();
  tale.run(tale.open(['ann', 'home'], session, home));
});

story('cut-and-resume', (tale) => {
  const home = homeWithRows({ deltaRowsMax: 2 });
  const { session } = phone('ann');
  const line = tale.open(['ann', 'home'], session, home);
  until(line, 'delta');
  until(line, 'delta');
  tale.say('cut in the middle of a commit');
  line.cut();
  home.write('desk', deleteEdit(taskTable, 't1'));
  home.write('desk', putEdit(taskTable, 't4', { site: 'a' }));
  tale.say('the next stream goes on behind the last batch that was stored');
  tale.run(tale.open(['ann', 'home'], session, home));
});

story('subscriptions', (tale) => {
  const home = homeWithRows();
  const ann = phone('ann', { scopes: ['site/a'] });
  tale.run(tale.open(['ann', 'home'], ann.session, home)).cut();
  tale.say('a new scope is a group of its own, which joins the other at the checkpoint');
  const wider = clientSession(ann.replica, { scopes: ['site/a', 'site/b'] });
  tale.run(tale.open(['ann', 'home'], wider, home)).cut();
  tale.say('a row that leaves is evicted, one that moves between held scopes is not');
  home.write('desk', patchEdit(taskTable, 't1', { site: 'b' }));
  home.write('desk', patchEdit(taskTable, 't2', { site: 'z' }));
  tale.run(tale.open(['ann', 'home'], wider, home)).cut();
  tale.say('less is asked for: the client lets go of the rest at the checkpoint');
  const narrower = clientSession(ann.replica, { scopes: ['site/b'], tables: [taskTable.name] });
  tale.run(tale.open(['ann', 'home'], narrower, home)).cut();
  tale.say('a grant that was taken back has the same effect');
  const identity = { readScopes: ['site/a'] };
  tale.run(tale.open(['ann', 'home'], narrower, home, { identity }));
});

story('relay', (tale) => {
  const home = homeWithRows();
  const camp = new TestRelay('camp');
  const uplink = clientSession(camp.replica);
  const [ann, bob] = [phone('ann', { scopes: ['site/a'] }), phone('bob', { scopes: ['site/a'] })];
  tale.run(tale.open(['camp', 'home'], uplink, home)).cut();
  tale.say('the home is away');
  const annLine = tale.run(tale.open(['ann', 'camp'], ann.session, camp));
  const bobLine = tale.run(tale.open(['bob', 'camp'], bob.session, camp));
  ann.replica.write([patchEdit(taskTable, 't1', { title: 'dig deeper' })], nowMs);
  tale.run(annLine);
  tale.run(bobLine);
  tale.say('what bob may not see of ann’s edits, and what follows it, waits');
  ann.replica.write([putEdit(taskTable, 't8', { site: 'b' })], nowMs);
  ann.replica.write([patchEdit(taskTable, 'nope', { title: '?' })], nowMs);
  tale.run(annLine);
  tale.run(bobLine);
  tale.say('the home is back');
  tale.run(tale.open(['camp', 'home'], uplink, home));
  tale.run(annLine);
  tale.run(bobLine);
});

story('copies', (tale) => {
  const home = homeWithRows();
  const { replica, session } = phone('ann');
  tale.say('a relay that began its copy later than the client’s position has forgotten too much');
  const camp = new TestRelay('camp');
  tale.run(tale.open(['ann', 'home'], session, home)).cut();
  home.write('desk', deleteEdit(taskTable, 't1'));
  tale.run(tale.open(['camp', 'home'], clientSession(camp.replica), home)).cut();
  tale.run(tale.open(['ann', 'camp'], session, camp)).cut();
  tale.say('a relay that is behind the client keeps it waiting');
  home.write('desk', putEdit(newsTable, 'n7', { text: 'new' }));
  tale.run(tale.open(['ann', 'home'], session, home)).cut();
  const waiting = tale.run(tale.open(['ann', 'camp'], session, camp));
  tale.run(tale.open(['camp', 'home'], clientSession(camp.replica), home)).cut();
  tale.run(waiting).cut();
  tale.say('a copy that does not prove equal is built anew');
  const { columns } = replica.committed.table(taskTable);
  replica.committed.evict(replica.committed.table(taskTable), columns.slotOf('t2'), {
    seq: 1,
    stamp: 0,
    writer: 0,
  });
  home.write('desk', putEdit(newsTable, 'n8', { text: 'newer' }));
  tale.run(tale.open(['ann', 'home'], session, home));
  tale.run(tale.open(['ann', 'home'], session, home));
});

function story(name: string, tell: (tale: Transcript) => void): void {
  test(`the transcript of ${name}`, async () => {
    const tale = new Transcript();
    tell(tale);
    const file = join(import.meta.dirname, 'transcripts', `${name}.txt`);
    await expect(tale.text).toMatchFileSnapshot(file);
  });
}

/** Lets the conversation go on until the client has taken one more message of this type. */
function until(line: Conversation, type: 'delta'): void {
  for (;;) {
    line.step('client-sends');
    line.step('server-takes');
    line.step('server-sends');
    const taken = line.toClient[0]?.type;
    line.step('client-takes');
    if (taken === type) return;
  }
}

function homeWithRows(limits: ConstructorParameters<typeof TestHome>[0] = {}): TestHome {
  const home = new TestHome(limits);
  home.write(
    'desk',
    putEdit(taskTable, 't1', { site: 'a', title: 'dig' }),
    putEdit(taskTable, 't2', { site: 'a', title: 'fill' }),
    putEdit(taskTable, 't3', { site: 'b', title: 'rest' }),
  );
  home.write('desk', putEdit(visitTable, 'v1', { site: 'a', user: 'bob' }));
  home.write('desk', putEdit(newsTable, 'n1', { text: 'rain' }));
  return home;
}

function phone(id: string, wish: Wish = {}) {
  const replica = testReplica(id);
  return { replica, session: clientSession(replica, wish) };
}
