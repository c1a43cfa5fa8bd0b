import { expect, test } from 'vitest';
import { replicaSource } from '../../src/session/replica-source.ts';
import { chainOf, describeReplica, JournaledPhone, replayed } from '../support/journaled-phone.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { sync } from './support/conversation.ts';
import { databaseName, type Host, TestHome, TestRelay, testReplica } from './support/hosts.ts';

const news = (key: string) => putEdit(newsTable, key, { text: key });

function meet(phone: JournaledPhone, host: Host): void {
  for (let turn = 0; turn < 3; turn++) {
    phone.store();
    phone.connect(host);
    phone.line!.run();
  }
}

/** A home has lost both of ann's edits in silence, and goes on; she has met a relay of it, which it told too little to tell her. */
function afterSilentLoss() {
  // So its relay knows the newest check alone.
  const before = new TestHome({ checkpointChecksMax: 1 });
  before.write('bob', news('b'));
  const phone = new JournaledPhone('ann');
  const base = before.records.length;
  for (const key of ['x', 'y']) phone.replica.write([news(key)], 1);
  meet(phone, before);
  const home = before.asOf(base);
  for (let index = 0; index < 6; index++) home.write('cleo', news(`c${index}`));
  const relay = new TestRelay('relay');
  sync(relay.replica, home);
  meet(phone, relay);
  return { home, relay, phone };
}

test.each([false, true])(
  '[I2] what a copy does not settle is kept and ordered, also behind a crash (journal written anew: %s)',
  (isAnew) => {
    const { home, relay, phone } = afterSilentLoss();
    expect(phone.replica.kept.all).toHaveLength(2);
    if (isAnew) phone.compact();
    expect(describeReplica(replayed(phone.records))).toEqual(describeReplica(phone.replica));
    // What is safe there is not what she wrote.
    home.append(home.home.coverBy('backup', home.head, 1)!);
    sync(relay.replica, home);
    phone.line!.run();
    phone.store();
    phone.crash();
    expect(phone.replica.kept.all).toHaveLength(2);
    meet(phone, home);
    expect(home.ordered.filter((name) => name.startsWith('ann'))).toEqual(['ann/1', 'ann/2']);
  },
);

test.each([false, true])(
  '[I8] a relay knows its own history from others also behind a crash (journal written anew: %s)',
  (isAnew) => {
    const before = new TestHome();
    for (const key of ['a', 'b', 'c']) before.write('bob', news(key));
    const ann = testReplica('ann');
    sync(ann, before);
    const home = before.asOf(1);
    for (const key of ['x', 'y', 'z']) home.write('cleo', news(key));
    const relay = new JournaledPhone('relay', {}, true);
    meet(relay, home);
    const chain = chainOf(relay.replica);
    expect(chain).toEqual([1, 2, 3, 4].map((position) => home.home.checkAt(position)));
    if (isAnew) relay.compact();
    relay.store();
    relay.crash();
    expect(chainOf(relay.replica)).toEqual(chain);
    const { replica } = relay;
    const host = { source: replicaSource(replica, databaseName), take: () => [] };
    expect(sync(ann, host)[0]!.error).toMatchObject({ reason: 'SOURCE_FORKED' });
  },
);
