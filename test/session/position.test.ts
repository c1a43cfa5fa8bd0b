import { describe, expect, test } from 'vitest';
import type { SyncError } from '../../src/base/errors.ts';
import { positionOf } from '../../src/session/position.ts';
import type { SyncSource } from '../../src/session/source.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { clientSession, converse } from './support/conversation.ts';
import { TestHome, TestRelay, testReplica } from './support/hosts.ts';

const none = new Uint8Array(0);
const served = { scopes: ['', 'site/*'], tables: [] };

function homeWith(count: number, home = new TestHome()): TestHome {
  for (let index = 0; index < count; index++)
    home.write('bob', putEdit(newsTable, `n${index}`, {}));
  return home;
}

/** Of a replica that is in step with it. */
function cursorOf(home: TestHome): Uint8Array {
  const replica = testReplica('p');
  converse(clientSession(replica), home);
  return replica.cursor;
}

const positionIn = (source: SyncSource, cursor: Uint8Array, shownCursor: Uint8Array) =>
  positionOf(source, { cursor, shownCursor }, served);

describe('[I8] a receiver goes on', () => {
  test('from the start without a cursor, or from where its cursor is', () => {
    const home = homeWith(2);
    expect(positionIn(home.source, none, none)).toMatchObject({
      ...{ rebuild: false, forkedAt: undefined, check: 0 },
      groups: [{ since: 0 }],
    });
    const { rebuild, groups } = positionIn(home.source, cursorOf(home), none);
    expect([rebuild, groups.some(({ since }) => since === 2)]).toEqual([false, true]);
  });

  test('anew, and told where, when its cursor is of a history that was lost', () => {
    const home = homeWith(2);
    const cursor = cursorOf(home);
    const restored = home.restored(1);
    expect(positionIn(restored.source, cursor, none)).toMatchObject({ rebuild: true, forkedAt: 1 });
  });

  test('likewise when only the copy that it shows is', () => {
    const home = homeWith(2);
    const shown = cursorOf(home);
    expect(positionIn(home.source, none, shown)).toMatchObject({
      rebuild: false,
      forkedAt: undefined,
    });
    const restored = home.restored(1);
    expect(positionIn(restored.source, none, shown)).toMatchObject({ rebuild: true, forkedAt: 1 });
    // What has a cursor has it checked by that.
    const goesOn = positionIn(restored.source, cursorOf(restored), shown);
    expect(goesOn).toMatchObject({ rebuild: false, forkedAt: undefined });
  });

  test('told by a relay that is not as far as its cursor, when the copy that it shows is of another history', () => {
    const home = homeWith(3);
    const relay = new TestRelay('r');
    converse(clientSession(relay.replica), home);
    const lost = home.asOf(2);
    homeWith(4, lost);
    const ahead = cursorOf(lost);
    const shown = cursorOf(home.asOf(2));
    // The relay has that commit too, and is behind.
    expect(positionIn(relay.source, ahead, shown)).toMatchObject({
      ...{ rebuild: false, forkedAt: undefined },
    });
    const beside = cursorOf(homeWith(1, home.asOf(2)));
    const errorOf = () => {
      try {
        return positionIn(relay.source, ahead, beside);
      } catch (error) {
        return error as SyncError;
      }
    };
    expect(errorOf()).toMatchObject({ reason: 'SOURCE_FORKED' });
  });

  test('with what it says where a relay knows no log yet', () => {
    const relay = new TestRelay('r');
    const cursor = cursorOf(homeWith(1));
    expect(positionIn(relay.source, cursor, none).rebuild).toBe(false);
    expect(positionIn(relay.source, none, cursor).forkedAt).toBeUndefined();
  });
});

test('[I8] a shown cursor of another log is refused, under its own name', () => {
  const shown = cursorOf(homeWith(1));
  const other = homeWith(1, new TestHome({}, {}, new Uint8Array(16).fill(9)));
  const errorOf = (cursor: Uint8Array) => {
    try {
      return positionIn(other.source, none, cursor);
    } catch (error) {
      return error as SyncError;
    }
  };
  const fields = [{ field: 'subscription.shown_cursor' }];
  expect(errorOf(shown)).toMatchObject({ reason: 'CURSOR_FOREIGN', fields });
  expect(errorOf(Uint8Array.of(1))).toMatchObject({ reason: 'BAD_CURSOR', fields });
});
