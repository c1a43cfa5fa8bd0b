import type { LogMeta, MetaClaim } from './log-file.ts';

const numbers = ['head', 'trimmed', 'epoch', 'createdMs'] as const;

/** Bits of a number that may have flipped; one with more is no position that a log comes to. */
const numberBits = 47;

/**
 * What the row of `meta` said before a bit of it flipped, proven by its checksum; nothing where it does not become right
 * by one bit, nor by the head and beginning that the records show.
 */
export function mendedMeta(claim: MetaClaim, seen: Partial<LogMeta>): LogMeta | undefined {
  const { meta, crc, crcOf } = claim;
  if (isPowerOfTwo((crcOf(meta) ^ crc) >>> 0)) return meta;
  for (const candidate of candidates(meta, seen)) {
    if (crcOf(candidate) === crc) return candidate;
  }
  return undefined;
}

function* candidates(meta: LogMeta, seen: Partial<LogMeta>): Generator<LogMeta> {
  yield meta;
  yield { ...meta, ...seen };
  for (let bit = 0; bit < 8 * meta.id.length; bit++) {
    const id = meta.id.slice();
    id[bit >> 3]! ^= 1 << (bit & 7);
    yield { ...meta, id };
  }
  for (const name of numbers.filter((one) => Number.isSafeInteger(meta[one]))) {
    for (let bit = 0; bit < numberBits; bit++) {
      yield { ...meta, [name]: Number(BigInt(meta[name]) ^ (1n << BigInt(bit))) };
    }
  }
}

function isPowerOfTwo(value: number): boolean {
  return value !== 0 && (value & (value - 1)) === 0;
}
