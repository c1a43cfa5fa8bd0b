import { describe, expect, it } from 'vitest';
import { diskFull, logCorrupt, logLocked, logStopped } from '../../src/log/log-errors.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { isFinal, isLocked, reopenLog } from '../../src/server/log-reopening.ts';
import { FaultyMedium } from './support/faulty-medium.ts';

const bytes = (...values: number[]) => values.map((value) => Uint8Array.of(value));

/** A log of records 1 and 2 that failed while 3 and 4 were appended. */
function lostLog(found: readonly Uint8Array[]) {
  const medium = new FaultyMedium();
  medium.records = [...found];
  const lost = { id: medium.id, head: 2, records: bytes(3, 4) };
  return { medium, lost, reopened: () => reopenLog(() => medium.open(), lost) };
}

describe('a log that is opened again', () => {
  it.each([
    [0, bytes(1, 2)],
    [1, bytes(1, 2, 3)],
    [2, bytes(1, 2, 3, 4)],
  ])('has %i records of the group', async (kept, found) => {
    const { log, kept: counted } = await lostLog(found).reopened();
    expect([counted, log.head]).toEqual([kept, found.length]);
  });

  it.each([
    ['LOG_END_LOST', bytes(1), { head: '2', found: '1' }],
    ['LOG_FOREIGN_RECORDS', bytes(1, 2, 9), { position: '3' }],
    ['LOG_FOREIGN_RECORDS', bytes(1, 2, 3, 9), { position: '4' }],
    ['LOG_FOREIGN_RECORDS', bytes(1, 2, 3, 4, 5), { position: '5' }],
  ])('is %s where it has %j', async (reason, found, metadata) => {
    const { medium, reopened } = lostLog(found);
    const error = await reopened().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason, metadata });
    expect([isFinal(error, 0), medium.openHandles]).toEqual([true, 0]);
  });

  it('is LOG_REPLACED where its id is another', async () => {
    const { medium, lost } = lostLog(bytes(1, 2));
    const other = createMemoryLog({ id: new Uint8Array(16), records: medium.records });
    await expect(reopenLog(() => Promise.resolve(other), lost)).rejects.toMatchObject({
      reason: 'LOG_REPLACED',
    });
    await expect(other.append(2, [])).rejects.toMatchObject({ reason: 'LOG_CLOSED' });
  });

  it('is to be opened once more where that may help, and only there', () => {
    expect(isFinal(logCorrupt('/the/log', 1, 'its page'), 0)).toBe(true);
    for (const error of [diskFull('/the/log', undefined), logStopped('/the/log'), new Error('x')]) {
      expect(isFinal(error, 0)).toBe(false);
    }
  });

  it('is to be waited for while somebody else has it, but not for ever', () => {
    const locked = logLocked('/the/log', undefined);
    expect([0, 29_999, 30_000].map((lockedMs) => isFinal(locked, lockedMs))).toEqual([
      ...[false, false, true],
    ]);
    expect([isLocked(locked), isLocked(new Error('x'))]).toEqual([true, false]);
  });
});
