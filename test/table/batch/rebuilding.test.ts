import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import type { BatchColumn } from '../../../src/codec/batch.ts';
import { Rebuilding, Room } from '../../../src/table/batch/rebuilding.ts';

const tooLong = 'column batch: notes: the rows are longer than a batch may be';

test('the columns of a batch share its room', () => {
  const room = new Room(10);
  const [notes, title] = ['notes', 'title'].map(
    (name) => new Rebuilding(name, room, defaultLimits),
  );
  title!.take(4);
  notes!.take(6);
  expect(() => notes!.take(1)).toThrow(tooLong);
});

test('what is being written is held against the room that is left', () => {
  const notes = new Rebuilding('notes', new Room(3), defaultLimits);
  const out = new ByteWriter();
  out.bytes(new Uint8Array(3));
  notes.check(out);
  out.u8(0);
  expect(() => notes.check(out)).toThrow(tooLong);
});

describe('columns are apart', () => {
  const notes = new Rebuilding('notes', new Room(0), defaultLimits);
  const column = (...present: number[]): BatchColumn => ({
    ...{ number: 1, values: { kind: 'texts', values: [] } },
    present: present.length === 0 ? undefined : Uint8Array.from(present),
  });

  test('where no row is in two', () => {
    notes.checkApart([column(1, 0, 0), column(0, 0, 1)], 3);
    notes.checkApart([column()], 3);
    notes.checkApart([], 3);
  });

  test('or are refused', () => {
    const problem = 'notes: a row has two values';
    expect(() => notes.checkApart([column(1, 0), column(0, 1), column(0, 1)], 2)).toThrow(problem);
    expect(() => notes.checkApart([column(1, 0), column()], 2)).toThrow(problem);
  });
});
