import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { scanAfter, scanStart } from '../../src/change/posting-list.ts';
import {
  type Cursor,
  type CursorGroup,
  checkSameLog,
  cursorBytesAtMost,
  cursorGroupsMax,
  decodeCursor,
  encodeCursor,
  groupAt,
  newestSeq,
} from '../../src/session/cursor.ts';

const logId = Uint8Array.from({ length: 16 }, (_, index) => 200 + index);
const seqs = fc.oneof(fc.nat(300), fc.constantFrom(2 ** 40, 3 * 2 ** 40 + 7, 2 ** 50));
const names = fc.oneof(
  fc.constantFrom('', '*', 'site/*', 'site/a'),
  fc.stringMatching(/^[a-zé/]{1,9}$/),
);
const sets = fc.record({
  scopes: fc.uniqueArray(names, { maxLength: 5 }),
  tables: fc.uniqueArray(fc.constantFrom('t.A', 't.B', 't.C'), { maxLength: 3 }),
});

/** Groups as they can stand: at a checkpoint, or scanning from `since` towards `upto`. */
const groups: fc.Arbitrary<CursorGroup> = fc
  .tuple(sets, fc.boolean(), fc.array(seqs, { minLength: 3, maxLength: 3 }), fc.nat(9), fc.nat(9))
  .chain((parts) => fc.tuple(fc.constant(parts), fc.constantFrom(0, 1, 0xffff_ffff)))
  .map(([[{ scopes, tables }, scanning, numbers, table, number], scanner]) => {
    const [since, seq, top] = numbers.toSorted((left, right) => left - right) as [
      number,
      number,
      number,
    ];
    if (!scanning) return groupAt(since, scopes, tables);
    return {
      scopes,
      tables,
      since,
      first: seq,
      at: { seq, table, number },
      upto: top + 1,
      scanner,
    };
  });

const cursors: fc.Arbitrary<Cursor> = fc.record({
  logId: fc.constant(logId),
  check: fc.nat(0xffff_ffff),
  groups: fc.array(groups, { minLength: 1, maxLength: 4 }),
  progress: fc.option(fc.record({ rowsDone: seqs, rowsLeft: seqs }), { nil: undefined }),
});

test('a cursor comes back as it was', () => {
  fc.assert(
    fc.property(cursors, (cursor) => {
      expect(decodeCursor(encodeCursor(cursor), defaultLimits)).toEqual(cursor);
    }),
  );
});

test('a cursor at a checkpoint is small, and never larger than was promised', () => {
  const groups = [groupAt(1_000_000, ['', '$replica/0123456789abcdef', 'site/a'], [])];
  const bytes = encodeCursor({ logId, check: 7, groups, progress: undefined });
  expect(bytes.length).toBeLessThan(70);
  fc.assert(
    fc.property(cursors, (cursor) => {
      const begun = cursor.groups.map(({ scopes, tables }) => groupAt(0, scopes, tables));
      const most = cursorBytesAtMost({ logId, check: 7, groups: begun, progress: undefined });
      expect(encodeCursor(cursor).length).toBeLessThanOrEqual(most);
    }),
  );
});

test('a group at 0 has received nothing; one at a checkpoint all up to it', () => {
  expect(groupAt(0, ['a'], [])).toMatchObject({ since: 0, upto: 0, at: scanStart });
  expect(groupAt(7, ['a'], [])).toMatchObject({ since: 7, upto: 7, at: scanAfter(7) });
});

test('[I8] every truncation and every changed byte is refused, or is another cursor that can be', () => {
  fc.assert(
    fc.property(cursors, fc.nat(), fc.nat(255), (cursor, place, value) => {
      const bytes = encodeCursor(cursor);
      const at = place % bytes.length;
      expectRefusedOrSound(bytes.slice(0, at));
      const changed = bytes.slice();
      changed[at] = value;
      expectRefusedOrSound(changed);
    }),
  );
});

test('[I8] arbitrary bytes never make anything but a cursor or an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expectRefusedOrSound(bytes);
      expectRefusedOrSound(Uint8Array.of(0x4b, 0x01, ...logId, ...bytes));
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Partial<CursorGroup>]>([
  ['a scan before the last checkpoint', { since: 5, at: scanAt(4), upto: 9 }],
  ['a scan behind the newest head', { since: 5, at: scanAt(10), upto: 9 }],
  ['a first scan that began behind the newest head', { first: 10, at: scanAt(6), upto: 9 }],
])('[I8] a cursor that cannot be is refused: %s', (_, parts) => {
  const group = { ...groupAt(5, [''], []), ...parts };
  expect(
    refusal(encodeCursor({ logId, check: 7, groups: [group], progress: undefined })),
  ).toMatchObject({
    reason: 'BAD_CURSOR',
    fields: [{ field: 'subscription.cursor' }],
  });
});

test('[I8] bytes left over, unknown versions, bad patterns and unknown states are refused', () => {
  const bytes = encodeCursor({
    logId,
    check: 7,
    groups: [groupAt(3, ['s'], [])],
    progress: undefined,
  });
  expect(refusal(Uint8Array.of(...bytes, 1, 1, 1))).toMatchObject({ reason: 'BAD_CURSOR' });
  expect(refusal(bytes.with(1, 3))).toMatchObject({ reason: 'BAD_CURSOR' });
  const pattern = encodeCursor({
    logId,
    check: 7,
    groups: [groupAt(3, ['a*b'], [])],
    progress: undefined,
  });
  expect(refusal(pattern)).toMatchObject({ reason: 'BAD_CURSOR' });
  for (const state of [[3], [2, 0, 0, 0, 0]]) {
    const scanning = Uint8Array.of(...bytes.slice(0, -1), ...state, 0, 9, 9, 0, 0);
    expect(refusal(scanning)).toMatchObject({ reason: 'BAD_CURSOR' });
  }
});

test('[I13] the groups and bytes of a cursor are bounded', () => {
  const group = groupAt(3, ['s'], []);
  const many = (count: number) =>
    encodeCursor({ logId, check: 7, groups: Array(count).fill(group), progress: undefined });
  expect(refusal(many(cursorGroupsMax))).toBeUndefined();
  expect(refusal(many(cursorGroupsMax + 1))).toMatchObject({ reason: 'BAD_CURSOR' });
  expect(refusal(many(0))).toMatchObject({ reason: 'BAD_CURSOR' });

  const bytes = many(1);
  const limits = (cursorBytesMax: number) => ({ ...defaultLimits, cursorBytesMax });
  expect(decodeCursor(bytes, limits(bytes.length)).groups).toHaveLength(1);
  expect(() => decodeCursor(bytes, limits(bytes.length - 1))).toThrow('more than');
});

test('[I8] a cursor of another log is an error, never a fresh start', () => {
  const cursor = { logId, check: 7, groups: [groupAt(3, [''], [])], progress: undefined };
  checkSameLog(cursor, logId.slice());
  expect(() => checkSameLog(cursor, new Uint8Array(16))).toThrow(
    expect.objectContaining({ reason: 'CURSOR_FOREIGN' }),
  );
});

test('the newest commit of a cursor is that of the group which has staged most', () => {
  const scanning = { ...groupAt(3, [''], []), at: scanAt(4), upto: 12 };
  expect(newestSeq([groupAt(5, [''], []), scanning])).toBe(12);
});

test('an error of the program’s own is not taken for a bad cursor', () => {
  const bytes = encodeCursor({
    logId,
    check: 7,
    groups: [groupAt(3, ['s'], [])],
    progress: undefined,
  });
  const broken = {
    ...defaultLimits,
    get scopeBytesMax(): number {
      throw new TypeError('broken');
    },
  };
  expect(() => decodeCursor(bytes, broken)).toThrow(TypeError);
});

function scanAt(seq: number) {
  return { seq, table: 0, number: 0 };
}

function refusal(bytes: Uint8Array): SyncError | undefined {
  try {
    decodeCursor(bytes, defaultLimits);
    return undefined;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

function expectRefusedOrSound(bytes: Uint8Array): void {
  const refused = refusal(bytes);
  if (refused !== undefined) {
    expect(refused.reason).toBe('BAD_CURSOR');
    return;
  }
  const cursor = decodeCursor(bytes, defaultLimits);
  expect(decodeCursor(encodeCursor(cursor), defaultLimits)).toEqual(cursor);
}
