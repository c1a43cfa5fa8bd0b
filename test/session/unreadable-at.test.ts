import { expect, test } from 'vitest';
import { ServerSession } from '../../src/session/server-session.ts';
import { putEdit, taskTable } from '../support/sim-schema.ts';
import { identity, TestHome } from './support/hosts.ts';
import { helloOf } from './support/messages.ts';

const unreadable = { reason: 'MALFORMED_BYTES', detail: 'it is damaged' };

function homeWith(count: number): TestHome {
  const home = new TestHome({ deltaRowsMax: 2 });
  for (let row = 0; row < count; row++) {
    home.write('d', putEdit(taskTable, `t${row}`, { site: 'a' }));
  }
  return home;
}

/** A session that was greeted, and the cursors of its deltas up to the first checkpoint. */
function sessionOf(home: TestHome, subscription: object = {}) {
  const session = new ServerSession({
    ...{ source: home.source, identity: identity({ relay: false }), sessionId: 's' },
    compressions: [],
  });
  session.receive(helloOf('p', { subscription }), 0);
  const deltas = [];
  for (let next = session.next(0); next !== undefined; next = session.next(0)) {
    if (next.type === 'delta') deltas.push(next);
  }
  return { session, deltas };
}

test('the blocks that others would be sent where it could not be read are let go of, in whatever form', () => {
  const home = homeWith(7);
  const columns = sessionOf(home, { encodings: ['columns'] });
  const packed = sessionOf(home, { encodings: ['packed'] });
  const blocks = (of: typeof columns) => of.deltas.flatMap(({ block }) => block ?? []);
  expect([blocks(columns).length, blocks(packed).length]).toEqual([3, 3]);

  const { cursor } = columns.deltas[0]!;
  const rows = sessionOf(home, { encodings: ['rows'], cursor, unreadable });
  expect(rows.session.unreadable).toMatchObject({ ...unreadable, blocksDropped: 2 });
  expect(rows.session.unreadable!.seq).toBeGreaterThan(0);
  const again = blocks(sessionOf(home, { encodings: ['columns'] }));
  const isKept = blocks(columns).map((block) => again.includes(block));
  expect(isKept).toEqual([true, false, true]);
});

test('nothing is said, and nothing let go of, where all could be read', () => {
  const home = homeWith(5);
  const first = sessionOf(home);
  expect(first.session.unreadable).toBeUndefined();
  const second = sessionOf(home);
  const blocks = (of: typeof first) => of.deltas.flatMap(({ block }) => block ?? []);
  expect(blocks(second)).toEqual(blocks(first));
});

test('where nothing is kept of it, it is said all the same', () => {
  const home = homeWith(5);
  // The last rows are part of no block.
  const { cursor } = sessionOf(home).deltas.at(-2)!;
  const { session } = sessionOf(home, { cursor, unreadable });
  expect(session.unreadable).toMatchObject({ ...unreadable, blocksDropped: 0 });
  session.close();
  expect(session.unreadable).toBeUndefined();
  const before = sessionOf(homeWith(2), { unreadable });
  expect(before.session.unreadable).toEqual({ ...unreadable, seq: 0, blocksDropped: 0 });
});
