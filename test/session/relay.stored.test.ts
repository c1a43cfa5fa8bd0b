/** What a relay that stores says it holds, through crashes of the relay and of the writer. */
import { beforeEach, describe, expect, test } from 'vitest';
import { holdTransactions } from '../../src/session/hold.ts';
import { replicaSource } from '../../src/session/replica-source.ts';
import { JournaledPhone } from '../support/journaled-phone.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { type Conversation, steps } from './support/conversation.ts';
import { databaseName, type Host, identity, TestHome } from './support/hosts.ts';

const nowMs = 1_700_000_000_000;
let home: TestHome;
let relay: JournaledPhone;
let phone: JournaledPhone;

beforeEach(() => {
  home = new TestHome();
  relay = new JournaledPhone('relay', {}, true);
  phone = new JournaledPhone('phone');
  for (const text of ['one', 'two'])
    phone.replica.write([putEdit(newsTable, text, { text })], nowMs);
  phone.store();
});

describe('[I2] what a relay says it holds', () => {
  test('it carries after a crash, and brings to the home without its writer', () => {
    phone.connect(served());
    expect(told()).toEqual(['held', 'held']);
    relay.crash();
    expect(counters(relay)).toEqual([1, 2]);
    relay.connect(home);
    relay.line!.run();
    expect(home.ordered).toEqual(['phone/1', 'phone/2']);
  });

  test('is what it has stored: what it took and lost before it answered its writer brings again', () => {
    phone.connect(served({ storing: false }));
    const line = phone.line!;
    while (relay.replica.queue.length === 0) steps.some((step) => line.step(step));
    relay.crash();
    expect(counters(relay)).toEqual([]);
    expect(statuses(line)).toEqual([]);
    phone.connect(served());
    expect(told()).toEqual(['held', 'held']);
    relay.crash();
    expect(counters(relay)).toEqual([1, 2]);
  });

  test('its writer keeps until the home has it, also through a crash of its own', () => {
    phone.connect(served());
    expect(told()).toEqual(['held', 'held']);
    phone.store();
    phone.crash();
    expect(counters(phone)).toEqual([1, 2]);
    // The relay is lost with all it had.
    phone.connect(home);
    phone.line!.run();
    expect(home.ordered).toEqual(['phone/1', 'phone/2']);
    expect(counters(phone)).toEqual([]);
  });

  test('[I3] is ordered once where both bring it', () => {
    phone.connect(served());
    expect(told()).toEqual(['held', 'held']);
    phone.store();
    for (const bringer of [relay, phone]) {
      bringer.crash();
      bringer.connect(home);
      bringer.line!.run();
      expect(counters(bringer)).toEqual([]);
    }
    expect(home.ordered).toEqual(['phone/1', 'phone/2']);
  });
});

/** The relay as a server, which stores what it holds before it answers. */
function served({ storing = true } = {}): Host {
  const { replica } = relay;
  return {
    source: replicaSource(replica, databaseName),
    take: (push) => {
      const outcomes = holdTransactions(replica, push, identity());
      if (storing) relay.store();
      return outcomes;
    },
  };
}

/** What the phone is told of its transactions until nobody has anything to say. */
function told(): string[] {
  return statuses(phone.line!.run());
}

function statuses({ events }: Conversation): string[] {
  return events.flatMap((event) =>
    event.type === 'outcomes' ? event.outcomes.map(({ status }) => status) : [],
  );
}

/** Of the phone's transactions that somebody has in his queue. */
function counters({ replica }: JournaledPhone): number[] {
  return replica.queue.of('phone').map(({ transaction }) => transaction.counter);
}
