import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packRecords, unpackRecords } from '../../src/log/record-pack.ts';

describe('packed records', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (records) => {
        expect(unpackRecords(packRecords(records))).toEqual(records);
      }),
    );
  });

  it('are a buffer of its own with a word for the count and one for each length', () => {
    expect([...new Uint8Array(packRecords([new Uint8Array([7, 8]), new Uint8Array(0)]))]).toEqual([
      2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 8,
    ]);
  });
});
