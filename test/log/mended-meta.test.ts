import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LogMeta, metaCrc } from '../../src/log/log-file.ts';
import { mendedMeta } from '../../src/log/mended-meta.ts';

const meta: LogMeta = {
  ...{ id: new Uint8Array(16).map((_, index) => index * 17), createdMs: 1_790_000_000_000 },
  ...{ head: 4_711, trimmed: 815, epoch: 3 },
};
const crc = metaCrc(meta);
const mend = (claimed: LogMeta, claimedCrc = crc, seen: Partial<LogMeta> = {}) =>
  mendedMeta({ meta: claimed, crc: claimedCrc, crcOf: metaCrc }, seen);

const flipped = (value: number, bit: number) => Number(BigInt(value) ^ (1n << BigInt(bit)));

describe('what a log says of itself, with a bit that flipped', () => {
  it('[I9] is found again, whichever bit it was', () => {
    for (let bit = 0; bit < 128; bit++) {
      const id = meta.id.slice();
      id[bit >> 3]! ^= 1 << (bit & 7);
      expect(mend({ ...meta, id })).toEqual(meta);
    }
    for (const name of ['head', 'trimmed', 'epoch', 'createdMs'] as const) {
      for (let bit = 0; bit < 47; bit++) {
        expect(mend({ ...meta, [name]: flipped(meta[name], bit) })).toEqual(meta);
      }
    }
    for (let bit = 0; bit < 32; bit++) expect(mend(meta, (crc ^ (1 << bit)) >>> 0)).toEqual(meta);
  });

  it('is found by the head and the beginning that the records show', () => {
    const { head, trimmed } = meta;
    expect(mend({ ...meta, head: 99, trimmed: 12 }, crc, { head, trimmed })).toEqual(meta);
    expect(mend(meta)).toEqual(meta);
  });

  it('[I9] is never made up where more is wrong', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(), (id, head) => {
        expect(mend({ ...meta, id, head })).toBeUndefined();
      }),
    );
    expect(mend({ ...meta, head: Number.NaN })).toBeUndefined();
  });
});
