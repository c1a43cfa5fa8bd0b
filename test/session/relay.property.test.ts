/** Phones in a camp whose relay has no way to the home: they agree with each other, and later with everybody. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Replica } from '../../src/replica/replica.ts';
import type { ClientSession } from '../../src/session/client-session.ts';
import { deleteEdit, type Edit, newsTable, patchEdit, putEdit } from '../support/sim-schema.ts';
import { Conversation, clientSession, converse, steps } from './support/conversation.ts';
import { type Host, TestHome, TestRelay, testReplica } from './support/hosts.ts';
import { committedRows, type Row, shown } from './support/rows.ts';

interface Phone {
  readonly replica: Replica;
  readonly session: ClientSession;
  line: Conversation | undefined;
}

const keys = ['n0', 'n1', 'n2', 'n3'];

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom('write', 'write', 'steps', 'steps', 'steps', 'cut', 'connect'),
    phone: fc.nat(2),
    choice: fc.nat(3_000),
  }),
  { maxLength: 80, size: 'max' },
);

test('[I1][I3][P2][P8] phones behind a relay show the same while the home is away, and after it', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const limits = { pushTransactionsMax: 2, deltaRowsMax: 2 };
      const home = new TestHome(limits);
      for (const key of keys) home.write('desk', putEdit(newsTable, key, { text: key }));
      const relay = new TestRelay('relay', limits);
      const uplink = clientSession(relay.replica);
      converse(uplink, home).cut();
      const phones: Phone[] = ['a', 'b', 'c'].map((id) => {
        const replica = testReplica(id, { limits });
        return { replica, session: clientSession(replica), line: undefined };
      });

      for (const [time, { kind, phone, choice }] of list.entries()) {
        act(phones[phone]!, relay, kind, choice, time);
      }
      meet(phones, relay);
      for (const { replica } of phones) expect(allShown(replica)).toEqual(allShown(relay.replica));

      converse(uplink, home);
      meet(phones, relay);
      const counts = phones.map(({ replica }) => replica.lastCounter);
      expect(new Set(home.ordered).size).toBe(home.ordered.length);
      expect(home.ordered).toHaveLength(keys.length + counts.reduce((sum, count) => sum + count));
      for (const { replica } of phones) {
        expect(committedRows(replica.committed)).toEqual(committedRows(home.home.state));
        expect(replica.queue.length).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

function act(phone: Phone, relay: Host, kind: string, choice: number, time: number): void {
  if (kind === 'write') phone.replica.write([editFor(choice)], 1_000 + (time % 7));
  else if (kind === 'cut') phone.line?.cut();
  else if (kind === 'connect') connect(phone, relay);
  else {
    for (let rest = choice; rest > 0; rest >>= 2) phone.line?.step(steps[rest % 4]!);
  }
}

function connect(phone: Phone, relay: Host): void {
  phone.line?.cut();
  phone.line = new Conversation(phone.session, relay);
}

/** Everybody talks with the relay until nothing is left to say. */
function meet(phones: readonly Phone[], relay: Host): void {
  for (let round = 0; round < 3; round++) {
    for (const phone of phones) {
      if (phone.line?.over !== false) connect(phone, relay);
      expect(phone.line!.run().error).toBeUndefined();
    }
  }
}

function editFor(choice: number): Edit {
  const key = keys[Math.floor(choice / 4) % keys.length]!;
  if (choice % 4 === 0) return deleteEdit(newsTable, key);
  if (choice % 4 === 1) return putEdit(newsTable, key, { text: `put ${choice}` });
  return patchEdit(newsTable, key, choice % 4 === 2 ? { likes: choice } : { text: `${choice}` });
}

function allShown(replica: Replica): (Row | undefined)[] {
  return keys.map((key) => shown(replica, newsTable, key));
}
