import { describe, expect, it } from 'vitest';
import {
  blockCrc,
  infoCrc,
  infoOf,
  placeOf,
  snapshotBlocksMax,
  snapshotIdMax,
} from '../../src/log/snapshot-file.ts';
import { record, thrown } from './support/records.ts';

describe('the place of a block', () => {
  it('is one of its own, up to the last block of the last snapshot', () => {
    expect(placeOf(1, snapshotBlocksMax - 1) + 1).toBe(placeOf(2, 0));
    expect(Number.isSafeInteger(placeOf(snapshotIdMax, snapshotBlocksMax - 1))).toBe(true);
    for (const [id, index] of [
      [1, snapshotBlocksMax],
      [snapshotIdMax + 1, 0],
    ] as const) {
      expect(thrown(() => placeOf(id, index)).reason).toBe('ASSERTION_FAILED');
    }
  });
});

describe('the checksum of a block', () => {
  it('is another in another place, and of other bytes', () => {
    const crcs = [
      ...[blockCrc(1, 2, record(1)), blockCrc(2, 1, record(1)), blockCrc(1, 3, record(1))],
      ...[blockCrc(1, 2, record(2)), blockCrc(2, 2, record(1))],
    ];
    expect(new Set(crcs).size).toBe(crcs.length);
  });
});

describe('the row of a snapshot', () => {
  const info = { id: 3, position: 17, blockCount: 4, bytes: 99, createdMs: 1_700_000_000_000 };
  const row = {
    ...{ id: 3, position: 17, block_count: 4, bytes: 99, created_ms: info.createdMs },
    ...{ complete: 1, crc: infoCrc(info) },
  };

  it('counts where it is complete and as it was written', () => {
    expect(infoOf(row)).toEqual(info);
  });

  it.each(Object.keys(row))('[I9] does not count where %s is another', (name) => {
    expect(infoOf({ ...row, [name]: row[name as keyof typeof row] + 1 })).toBeUndefined();
    expect(infoOf({ ...row, [name]: 0 })).toBeUndefined();
  });
});
