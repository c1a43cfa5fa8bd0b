import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowDelta } from '../../src/change/row-delta.ts';
import type { Delta } from '../../src/session/messages.ts';
import { PushedRows, withOwnRows } from '../../src/session/own-rows.ts';
import { syncErrorOf } from '../support/schema-errors.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';
import { Conversation, clientSession } from './support/conversation.ts';
import { TestHome, testReplica } from './support/hosts.ts';
import { committedRows } from './support/rows.ts';

const nowMs = 1_700_000_000_000;

/** A phone that is live at a home, what it was sent, and its rows. */
function live(limits = {}, encoding: 'columns' | 'packed' = 'columns') {
  const home = new TestHome(limits);
  home.write('desk', putEdit(taskTable, 't1', { site: 'a', title: 'dig' }));
  const replica = testReplica('phone');
  const session = clientSession(replica, { encodings: [encoding] });
  const told: RowDelta[] = [];
  const message = (_from: string, sent: { type: string }) => {
    if (sent.type === 'delta') told.push(...(sent as Delta).deltas);
  };
  const line = new Conversation(session, home, { witness: { message } }).run();
  told.length = 0;
  return { home, replica, line, told, kinds: () => told.map(({ kind }) => kind) };
}

describe('rows that a client wrote itself', () => {
  test('are told by its transactions where they are just that', () => {
    const { home, replica, line, told } = live();
    replica.write([patchEdit(taskTable, 't1', { title: 'deeper' })], nowMs);
    replica.write(
      [putEdit(taskTable, 't2', { site: 'a' }), putEdit(newsTable, 'n1', { text: 'x' })],
      nowMs,
    );
    line.run();
    expect(told.map(({ kind, own }) => [kind, own])).toEqual([
      ['own', { counter: 1, change: 0 }],
      ['own', { counter: 2, change: 1 }],
      ['own', { counter: 2, change: 0 }],
    ]);
    expect(told.every(({ row }) => row.length === 0)).toBe(true);
    expect(committedRows(replica.committed)).toEqual(committedRows(home.source.state));
  });

  test('are told so beside those of others, and edits of others are not kept', () => {
    const { home, replica, line, told } = live();
    home.write('desk', putEdit(taskTable, 't7', { site: 'a' }));
    replica.write([patchEdit(taskTable, 't1', { title: 'deeper' })], nowMs);
    line.run();
    expect(told.map(({ kind, writer }) => `${kind} ${writer}`).sort()).toEqual([
      'full desk',
      'own phone',
    ]);
    const other = testReplica('other');
    other.write([putEdit(taskTable, 't9', { site: 'a' })], nowMs);
    const pushed = new PushedRows('phone', 1_000);
    pushed.note(other.queue.of('other'));
    const rows = [{ ...told[0]!, writer: 'phone', key: 't9' }];
    expect(pushed.told(rows)).toBe(rows);
  });

  test.each<[string, (phone: ReturnType<typeof live>) => void, string[]]>([
    [
      'others changed another field meanwhile',
      ({ home, replica }) => {
        replica.write([patchEdit(taskTable, 't1', { title: 'mine' })], nowMs);
        home.write('desk', patchEdit(taskTable, 't1', { state: 2 }));
      },
      ['patch'],
    ],
    [
      'it was changed twice',
      ({ replica }) => {
        replica.write([patchEdit(taskTable, 't1', { title: 'mine' })], nowMs);
        replica.seal();
        replica.write([patchEdit(taskTable, 't1', { state: 2 })], nowMs);
      },
      ['patch'],
    ],
    [
      'a whole row was put where there was one',
      ({ replica }) => replica.write([putEdit(taskTable, 't1', { site: 'a' })], nowMs),
      ['patch'],
    ],
    [
      'it is gone',
      ({ replica }) => replica.write([deleteEdit(taskTable, 't1')], nowMs),
      ['deleted'],
    ],
  ])('are sent where %s', (_what, change, kinds) => {
    const phone = live();
    change(phone);
    phone.line.run();
    expect(phone.kinds()).not.toContain('own');
    expect(phone.kinds()).toEqual(kinds);
    expect(committedRows(phone.replica.committed)).toEqual(committedRows(phone.home.source.state));
  });

  test('are sent to who does not take columns, and where there is no room to keep what was pushed', () => {
    for (const phone of [live({}, 'packed'), live({ pushedRowsBytesMax: 0 })]) {
      phone.replica.write([patchEdit(taskTable, 't1', { title: 'mine' })], nowMs);
      phone.line.run();
      expect(phone.kinds()).toEqual(['patch']);
    }
  });

  test('are kept up to a limit, and let go of with the checkpoint that covers them', () => {
    const title = 'x'.repeat(100);
    // The title, its tag and its length, and 128 for the rest.
    const phone = live({ pushedRowsBytesMax: 102 + 128 });
    for (let round = 0; round < 3; round++) {
      phone.told.length = 0;
      phone.replica.write(
        [patchEdit(taskTable, 't1', { title: `${title.slice(1)}${round}` })],
        nowMs,
      );
      phone.line.run();
      expect(phone.kinds()).toEqual(['own']);
    }
    const tight = live({ pushedRowsBytesMax: 102 + 127 });
    tight.replica.write([patchEdit(taskTable, 't1', { title })], nowMs);
    tight.line.run();
    expect(tight.kinds()).toEqual(['patch']);
  });

  test('that nobody wrote end the stream, and nothing else', () => {
    const { replica } = live();
    const own = { counter: 9, change: 0 };
    const told: RowDelta = {
      ...{ kind: 'own', table: taskTable.name, number: 0, key: '', version: 9, stamp: 1 },
      ...{ writer: 'phone', fields: [], scopes: [], row: new Uint8Array(0), own },
    };
    replica.write([deleteEdit(taskTable, 't1')], nowMs);
    for (const counter of [9, 1]) {
      const error = syncErrorOf(() =>
        withOwnRows([{ ...told, own: { counter, change: 0 } }], replica),
      );
      expect(error).toMatchObject({ code: 15, reason: 'OWN_ROW_UNKNOWN' });
    }
  });
});

test('[I1][I3] whatever a phone and others write, it ends with the rows of the home', () => {
  const edit = fc.tuple(
    fc.constantFrom('phone', 'phone', 'desk'),
    fc.constantFrom('t1', 't2', 't3'),
    fc.constantFrom('title', 'state', 'put', 'delete', 'away', 'run'),
  );
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 25 }), (edits) => {
      const { home, replica, line } = live();
      for (const [who, key, what] of edits) {
        if (what === 'run') line.run();
        else if (who === 'desk') home.write('desk', editOf(key, what));
        else replica.write([editOf(key, what)], nowMs);
      }
      line.run();
      expect(line.error).toBeUndefined();
      expect(replica.pendingCount).toBe(0);
      expect(committedRows(replica.committed)).toEqual(committedRows(home.source.state));
    }),
    { numRuns: 300 },
  );
});

function editOf(key: string, what: string) {
  if (what === 'delete') return deleteEdit(taskTable, key);
  if (what === 'put') return putEdit(taskTable, key, { site: 'a', title: key });
  if (what === 'away') return patchEdit(taskTable, key, { site: 'b' });
  return patchEdit(taskTable, key, what === 'title' ? { title: what + key } : { state: 2 });
}
