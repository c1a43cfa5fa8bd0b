/**
 * A home, some phones and perhaps a relay, driven by a list of numbers: what happens, who is concerned, and what it
 * is about. Every message moves by a step of its own, so a cut can fall between any two.
 */
import { expect } from 'vitest';
import type { Limits } from '../../../src/base/limits.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import type { ClientSession } from '../../../src/session/client-session.ts';
import type { ClientMessage, ServerMessage } from '../../../src/session/messages.ts';
import { ServerSession } from '../../../src/session/server-session.ts';
import { coverTest } from '../../../src/session/subscription.ts';
import {
  deleteEdit,
  type Edit,
  newsTable,
  patchEdit,
  putEdit,
  taskTable,
  visitTable,
} from '../../support/sim-schema.ts';
import { Conversation, clientSession, steps } from './conversation.ts';
import { type Host, identity, TestHome, TestRelay, testReplica } from './hosts.ts';
import { committedRows } from './rows.ts';
import { leaks } from './secrecy.ts';

export interface CampOptions {
  readonly phones: number;
  readonly relay: boolean;
  readonly limits: Partial<Limits>;
}

/** What happens; `a` and `b` choose among what there is. */
export interface Action {
  readonly kind: (typeof actionKinds)[number];
  readonly a: number;
  readonly b: number;
}

export const actionKinds = [
  'steps',
  'run',
  'write',
  'desk',
  'connect',
  'cut',
  'resubscribe',
  'replay',
] as const;

const wishes: readonly (readonly string[])[] = [
  [],
  ['site/a'],
  ['site/*'],
  ['site/b', 'user/u1'],
  ['site/a', 'site/b', 'site/c'],
];

interface Member {
  readonly replica: Replica;
  session: ClientSession;
  scopes: readonly string[];
  line: Conversation | undefined;
  host: Host | undefined;
  /** What it has sent on its lines, for replays. */
  readonly past: { readonly host: Host; readonly messages: ClientMessage[] }[];
  headSeen: number;
}

export class Camp {
  readonly home: TestHome;
  readonly relay: TestRelay | undefined;
  readonly members: Member[];
  rebuilds = 0;
  staleCursors = 0;
  private time = 1_700_000_000_000;

  constructor(options: CampOptions) {
    this.home = new TestHome(options.limits);
    this.relay = options.relay ? new TestRelay('relay', options.limits) : undefined;
    const phones = Array.from({ length: options.phones }, (_, index) =>
      testReplica(`p${index}`, { limits: options.limits }),
    );
    this.deskWrites(20);
    const replicas = this.relay === undefined ? phones : [...phones, this.relay.replica];
    this.members = replicas.map((replica) => ({
      replica,
      session: clientSession(replica),
      scopes: [],
      line: undefined,
      host: undefined,
      past: [],
      headSeen: 0,
    }));
  }

  /** Brings the relay to where the home is, so that there is something to serve. */
  syncRelay(): void {
    const relay = this.members.at(-1)!;
    this.connect(relay, this.home);
    relay.line!.run();
    this.deskWrites(10);
  }

  private deskWrites(count: number): void {
    for (let index = 1; index <= count; index++) {
      this.home.write('desk', ...editsFor((this.home.head + 1) * 29));
    }
  }

  act({ kind, a, b }: Action): void {
    const member = this.members[a % this.members.length]!;
    if (kind === 'steps') this.someSteps(member, b);
    else if (kind === 'run') member.line?.run();
    else if (kind === 'write') member.replica.write(editsFor(b), this.time++);
    else if (kind === 'desk') this.home.write('desk', ...editsFor(b));
    else if (kind === 'connect') this.connect(member, this.hostFor(member, b));
    else if (kind === 'cut') member.line?.cut();
    else if (kind === 'resubscribe') this.resubscribe(member, b);
    else this.replay(member, b);
    for (const each of this.members) this.check(each);
  }

  /** Connects everybody to the home and goes on until nothing is left to do. */
  heal(): void {
    const order = this.members.toSorted(
      (left, right) => Number(right.replica.options.relay) - Number(left.replica.options.relay),
    );
    for (let round = 0; round < 4; round++) {
      for (const member of order) {
        if (member.line === undefined || member.line.over || member.host !== this.home) {
          this.connect(member, this.home);
        }
        member.line!.run();
        expect(member.line!.error).toBeUndefined();
        this.check(member);
      }
    }
  }

  /** What must be true when nothing is left to do. */
  prove(): void {
    for (const { replica, scopes, session } of this.members) {
      expect(session.state).toBe('live');
      const isHeld = coverTest(scopes.length === 0 ? ['*'] : [...scopes, '']);
      const wanted = committedRows(this.home.home.state, (names) => names.some(isHeld));
      expect(committedRows(replica.committed)).toEqual(wanted);
      expect(replica.queue.length).toBe(0);
      const own = this.home.ordered.filter((name) => name.startsWith(`${replica.id}/`));
      const counters = Array.from({ length: replica.lastCounter }, (_, index) => index + 1);
      expect(own).toEqual(counters.map((counter) => `${replica.id}/${counter}`));
    }
  }

  private someSteps({ line }: Member, choice: number): void {
    for (let rest = choice; rest > 0; rest = Math.floor(rest / 3)) line?.step(steps[rest % 4]!);
  }

  private connect(member: Member, host: Host): void {
    member.line?.cut();
    const messages: ClientMessage[] = [];
    member.past.push({ host, messages });
    member.host = host;
    let settledCounter = 0;
    let served: readonly string[] = [];
    member.line = new Conversation(member.session, host, {
      witness: {
        message: (from, message) => {
          if (message.type === 'welcome') {
            settledCounter = message.settled.counter;
            served = message.scopes;
            if (message.rebuild) this.staleCursors++;
          }
          if (from === 'client') messages.push(message as ClientMessage);
          else expect(leaks(message as ServerMessage, served)).toEqual([]);
          if (message.type !== 'push') return;
          for (const { replica, counter } of message.transactions) {
            // What the other side has settled is not sent again.
            if (replica === member.replica.id) expect(counter).toBeGreaterThan(settledCounter);
          }
        },
        event: (event) => {
          if (event.type === 'rebuild') this.rebuilds++;
        },
      },
    });
  }

  private hostFor(member: Member, choice: number): Host {
    if (this.relay === undefined || member.replica === this.relay.replica) return this.home;
    return choice % 3 === 0 ? this.home : this.relay;
  }

  private resubscribe(member: Member, choice: number): void {
    if (member.replica.options.relay) return;
    member.line?.cut();
    member.line = undefined;
    member.scopes = wishes[choice % wishes.length]!;
    member.session = clientSession(member.replica, { scopes: member.scopes });
  }

  /** Somebody sends the server once more what it was sent on an earlier line. */
  private replay(member: Member, choice: number): void {
    const past = member.past[choice % Math.max(1, member.past.length)];
    if (past === undefined) return;
    const server = new ServerSession({
      source: past.host.source,
      identity: identity(),
      sessionId: 'replay',
      compressions: [],
    });
    for (const message of past.messages) {
      // A position that lay in an older copy may be answered with an error; nothing is done then.
      try {
        server.receive(message, 0);
      } catch {
        return;
      }
      for (const push of server.submissions()) past.host.take(push);
      server.next(0);
    }
  }

  /** What must be true at any time. */
  private check(member: Member): void {
    const { replica } = member;
    expect(replica.committed.head).toBeGreaterThanOrEqual(member.headSeen);
    member.headSeen = replica.committed.head;
    const queued = replica.queue.of(replica.id).map(({ transaction }) => transaction.counter);
    const settled = replica.lastCounter - queued.length;
    expect(queued).toEqual(queued.map((_, index) => settled + 1 + index));
    // What left the queue is in the log, and in this copy.
    const ordered = this.home.ordered.filter((name) => name.startsWith(`${replica.id}/`));
    expect(ordered.length).toBeGreaterThanOrEqual(settled);
  }
}

const sites = ['a', 'b', 'c'] as const;

/** Edits of one transaction out of a number: few keys, so that they meet. */
export function editsFor(choice: number): Edit[] {
  const edits = [editFor(choice)];
  if (choice % 5 === 0) edits.push(editFor(Math.floor(choice / 7) + 1));
  return edits;
}

function editFor(choice: number): Edit {
  const key = `k${Math.floor(choice / 8) % 4}`;
  const site = sites[Math.floor(choice / 32) % 3]!;
  const state = Math.floor(choice / 96) % 100;
  const kinds: readonly (() => Edit)[] = [
    () => putEdit(taskTable, key, { site, title: `t${state}` }),
    () => patchEdit(taskTable, key, { state }),
    () => patchEdit(taskTable, key, { site }),
    () => deleteEdit(taskTable, key),
    () => putEdit(visitTable, key, { site, user: `u${state % 2}`, note: `v${state}` }),
    () => patchEdit(visitTable, key, { user: `u${state % 2}` }),
    () => deleteEdit(visitTable, key),
    () => putEdit(newsTable, key, { text: `n${state}`, likes: state }),
  ];
  return kinds[choice % kinds.length]!();
}
