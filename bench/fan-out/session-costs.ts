/**
 * What a commit costs the sessions that it wakes: those that hold nothing of it, which are most of them, and those that
 * hold its scope among few or many. Without encoding and gRPC, which cost what the changes are. Beside it the least that
 * a hand-written server does: it looks whether the session's set of scopes has that of the row, and if so makes JSON of
 * the edit, without positions, proofs or a way to resume.
 */

import { defaultLimits } from '../../src/base/limits.ts';
import type { Commit } from '../../src/change/commit.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { LevelPlans } from '../../src/change/delta-plans.ts';
import { settledIn } from '../../src/replica/system-rows.ts';
import { LiveScans } from '../../src/session/live-scans.ts';
import { PartStage } from '../../src/session/part-stage.ts';
import { ServerSession } from '../../src/session/server-session.ts';
import { SharedBlocks } from '../../src/session/shared-blocks.ts';
import type { SyncSource } from '../../src/session/source.ts';
import { cellsOf, maskOfEdit, recordSchema, recordTable } from '../support/record-table.ts';
import { recordAt } from '../support/records.ts';
import type { Report } from '../support/report.ts';
import { median, verify } from '../support/rounds.ts';

const rowCount = 100_000;
const siteCount = 2_000;
/** Of these, so that a pattern covers a tenth of all. */
const northCount = 200;
const sessionCount = 1_000;
const commits = 300;
const warmUp = 100;

const siteAt = (index: number) => `${index < northCount ? 'north' : 'south'}-${index}`;

/** Each row is in the scope of its site: row i in that of site i modulo 2,000. */
function recordIn(index: number) {
  return { ...recordAt(index, { short: true }), siteId: siteAt(index % siteCount) };
}

interface Touched {
  readonly scope: string;
  readonly id: string;
  readonly edit: object;
}

/** Characters of JSON that a plain server sends a session; 0 where it holds nothing of it. */
function plainLength(held: ReadonlySet<string>, { scope, id, edit }: Touched): number {
  return held.has(scope) ? JSON.stringify({ id, ...edit }).length : 0;
}

const sitesOf = (count: number) =>
  new Set(Array.from({ length: count }, (_, at) => `site/${siteAt(at)}`));

class Rows {
  readonly state = new CommittedState(recordSchema, 'home');

  constructor() {
    for (let index = 0; index < rowCount; index++) {
      const record = recordIn(index);
      const mask = recordTable.allColumns;
      this.commit({
        effects: [
          {
            kind: 'insert',
            table: recordTable,
            key: record.id,
            number: index,
            mask,
            cells: cellsOf(record),
          },
        ],
      });
    }
  }

  /** Changes one field of a row, and returns what was changed. */
  touch(number: number): Touched {
    const record = recordIn(number);
    const edit = { priority: this.state.head % 1_000 };
    const cells = cellsOf({ ...record, ...edit });
    const mask = maskOfEdit(edit);
    this.commit({
      effects: [{ kind: 'update', table: recordTable, key: record.id, number, mask, cells }],
    });
    return { scope: `site/${record.siteId}`, id: record.id, edit };
  }

  private commit({ effects }: Pick<Commit, 'effects'>): void {
    const seq = this.state.head + 1;
    const atMs = 1_767_225_600_000 + seq * 7;
    const replica = 'writer';
    this.state.apply({ seq, atMs, stamp: atMs * 1024, replica, counter: seq, effects });
  }
}

/** A session that has been brought to the head. */
function liveSession(source: SyncSource, replica: string, scopes: readonly string[]) {
  const session = new ServerSession({
    source,
    identity: {
      name: replica,
      readScopes: ['*'],
      writeScopes: ['*'],
      relay: false,
      admin: false,
      expiresAtMs: undefined,
    },
    sessionId: replica,
    compressions: [],
  });
  const { version: schemaVersion, fingerprint: schemaFingerprint } = source.schema;
  const { database } = source;
  session.receive(
    {
      type: 'hello',
      handshake: {
        protocolMin: 1,
        protocolMax: 1,
        database,
        schemaVersion,
        schemaFingerprint,
        replica,
        former: [],
      },
      subscription: {
        scopes,
        tables: [],
        cursor: new Uint8Array(0),
        shownCursor: new Uint8Array(0),
        encodings: ['packed'],
        compressions: [],
      },
      relay: false,
    },
    0,
  );
  while (session.next(0) !== undefined);
  return session;
}

function messagesOf(session: ServerSession): number {
  let messages = 0;
  while (session.next(0) !== undefined) messages++;
  return messages;
}

export function sessionCosts(report: Report): void {
  const rows = new Rows();
  const source: SyncSource = {
    database: 'bench',
    schema: recordSchema,
    limits: defaultLimits,
    authoritative: true,
    scanner: 0,
    logId: new Uint8Array(16).fill(1),
    state: rows.state,
    holdings: undefined,
    plans: new LevelPlans(),
    blocks: new SharedBlocks(0),
    live: new LiveScans(),
    parts: new PartStage(defaultLimits),
    settledAs: () => undefined,
    checkAt: () => 0,
    hasLeft: () => false,
    onLostEnd: () => false,
    settledOf: (replica) => settledIn(rows.state, replica),
    tentative: () => nothing,
    carriedTo: () => 0,
    scopesOf: () => undefined,
  };
  const held = [
    ['1_scope', [`site/${siteAt(0)}`], 1],
    ['200_scopes', ['site/north-*'], northCount],
    ['2000_scopes', ['site/*'], siteCount],
    ['1000_named_scopes', [...sitesOf(1_000)], 1_000],
    ['everything', ['*'], siteCount],
  ] as const;
  for (const [name, scopes, count] of held) {
    const session = liveSession(source, name, scopes);
    const plain = sitesOf(count);
    const [times, plainTimes]: [number[], number[]] = [[], []];
    for (let round = -warmUp; round < commits; round++) {
      const touched = rows.touch(siteCount * ((round + warmUp) % (rowCount / siteCount)));
      const startedMs = performance.now();
      const messages = messagesOf(session);
      const betweenMs = performance.now();
      const length = plainLength(plain, touched);
      const endedMs = performance.now();
      if (round >= 0) {
        times.push((betweenMs - startedMs) * 1_000);
        plainTimes.push((endedMs - betweenMs) * 1_000);
      }
      verify(messages === 1 && length > 0, `${messages} messages came of a commit`);
    }
    const baseline = median(plainTimes);
    report({ name: `fan_out.concerned_us_${name}`, value: median(times), unit: 'us', baseline });
  }

  const sessions = Array.from({ length: sessionCount }, (_, index) => {
    const scope = `site/${siteAt(index)}`;
    return {
      session: liveSession(source, `phone-${index}`, [scope]),
      plain: new Set([scope]),
    };
  });
  const [others, plainOthers]: [number[], number[]] = [[], []];
  for (let round = -warmUp; round < commits; round++) {
    const index = (round + warmUp) % sessionCount;
    const touched = rows.touch(index);
    const concerned = sessions[index]!.session;
    verify(messagesOf(concerned) === 1, 'the one session that is concerned was not told');
    const startedMs = performance.now();
    let messages = 0;
    for (const { session } of sessions) messages += messagesOf(session);
    const betweenMs = performance.now();
    let lengths = 0;
    for (const { plain } of sessions) lengths += plainLength(plain, touched);
    const endedMs = performance.now();
    if (round >= 0) {
      others.push(((betweenMs - startedMs) * 1_000) / sessionCount);
      plainOthers.push(((endedMs - betweenMs) * 1_000) / sessionCount);
    }
    verify(messages === 0, `${messages} sessions were told of what does not concern them`);
    verify(lengths > 0, 'the plain server told nobody');
  }
  const baseline = median(plainOthers);
  report({ name: 'fan_out.unconcerned_us_1_scope', value: median(others), unit: 'us', baseline });
}

const nothing: readonly never[] = [];
