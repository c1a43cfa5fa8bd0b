import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delta } from '../../src/session/messages.ts';
import { ShortCursors } from '../../src/session/short-cursors.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

function deltaOf(cursor: Uint8Array): Delta {
  const rest = { checkpoint: undefined, progress: undefined, answeredProbe: 0 };
  return { type: 'delta', deltas: [], cursor, ...rest };
}

describe('short cursors', () => {
  test('[P5] come out as they were, in the order of their stream', () => {
    const cursors = fc.array(fc.uint8Array({ maxLength: 6, max: 2 }), { maxLength: 20 });
    fc.assert(
      fc.property(cursors, (list) => {
        const [server, client] = [new ShortCursors(), new ShortCursors()];
        for (const cursor of list) {
          const delta = deltaOf(new Uint8Array(cursor));
          expect(client.whole(server.shortened(delta))).toEqual(delta);
        }
      }),
    );
  });

  test('leave out what the one before had', () => {
    const server = new ShortCursors();
    expect(server.shortened(deltaOf(Uint8Array.of(1, 2, 3))).cursorKept).toBeUndefined();
    const next = server.shortened(deltaOf(Uint8Array.of(1, 2, 4, 5)));
    expect([next.cursorKept, next.cursor]).toEqual([2, Uint8Array.of(4, 5)]);
  });

  test('[I8] are refused where they keep more than there was', () => {
    const client = new ShortCursors();
    client.whole(deltaOf(Uint8Array.of(1, 2)));
    expect(client.whole({ ...deltaOf(Uint8Array.of(9)), cursorKept: 2 }).cursor).toHaveLength(3);
    const error = syncErrorOf(() => client.whole({ ...deltaOf(Uint8Array.of(9)), cursorKept: 4 }));
    expect(error).toMatchObject({ code: 15, reason: 'BAD_CURSOR' });
  });
});
