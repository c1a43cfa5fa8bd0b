import { type Digest64, digest64 } from '../base/digest.ts';
import { encodeUtf8Into } from '../base/utf8.ts';

/** A 64-bit sum in two unsigned halves: what replicas compare at a checkpoint. */
export interface DigestSum {
  high: number;
  low: number;
}

/** Live rows, once for each scope that holds them, and the sum of their digests. */
export interface ScopeTotal extends DigestSum {
  count: number;
}

let scratch = new Uint8Array(1024);
let scratchView = new DataView(scratch.buffer);

/**
 * The digest of one row in one scope: `digest64` of `utf8(table) 00 utf8(key) 00 fixed64(version)`; part of the
 * protocol. It is the same in each scope.
 */
export function rowDigest(table: string, key: string, version: number): Digest64 {
  const room = (table.length + key.length) * 3 + 10;
  if (scratch.length < room) {
    scratch = new Uint8Array(room * 2);
    scratchView = new DataView(scratch.buffer);
  }
  let end = encodeUtf8Into(table, scratch, 0);
  scratch[end++] = 0;
  end += encodeUtf8Into(key, scratch, end);
  scratch[end++] = 0;
  scratchView.setUint32(end, version >>> 0, true);
  scratchView.setUint32(end + 4, Math.floor(version / 0x1_0000_0000), true);
  return digest64(scratch, 0, end + 8);
}

/** sum = sum ± other modulo 2^64. */
export function addDigest(sum: DigestSum, other: Digest64, sign: 1 | -1): void {
  const low = sum.low + sign * other.low;
  const carry = low < 0 ? -1 : low > 0xffffffff ? 1 : 0;
  sum.low = low >>> 0;
  sum.high = (sum.high + sign * other.high + carry) >>> 0;
}

/** The sum as one number, for messages. */
export function digestValue(sum: Digest64): bigint {
  return (BigInt(sum.high) << 32n) | BigInt(sum.low);
}
