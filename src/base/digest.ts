/** A digest of 64 bits as two unsigned 32-bit halves. */
export interface Digest64 {
  readonly high: number;
  readonly low: number;
}

/** Seed of the upper half of `digest64`: the ASCII of `Sync`. */
const highSeed = 0x53796e63;
/** Seed of the lower half: the ASCII of `DB01`. */
const lowSeed = 0x44423031;

/**
 * 64 bits of `bytes[start, end)`: MurmurHash3_x86_32 with seed 0x53796e63 for the upper half and with seed
 * 0x44423031 for the lower. Fast and the same in every language; it finds accidents, not forgers.
 */
export function digest64(bytes: Uint8Array, start = 0, end = bytes.length): Digest64 {
  return {
    high: murmur32(bytes, start, end, highSeed),
    low: murmur32(bytes, start, end, lowSeed),
  };
}

/** 16 hexadecimal digits, the upper half first. */
export function digestHex(digest: Digest64): string {
  return hex32(digest.high) + hex32(digest.low);
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** MurmurHash3_x86_32 (Austin Appleby, public domain) of `bytes[start, end)`: unsigned, 32 bits. */
export function murmur32(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  const tail = end - ((end - start) & 3);
  for (let at = start; at < tail; at += 4) {
    const block =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scramble(block);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (tail < end) {
    let block = 0;
    for (let at = end - 1; at >= tail; at--) block = (block << 8) | bytes[at]!;
    hash ^= scramble(block);
  }
  return avalanche(hash ^ (end - start));
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function avalanche(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
