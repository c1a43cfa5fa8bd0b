import { setImmediate } from 'node:timers/promises';
import { constants, deflateRaw, deflateRawSync, zstdCompress } from 'node:zlib';
import { malformed } from '../base/bytes.ts';
import { type BlockCompression, joinBlock, splitBlock } from '../codec/block.ts';
import type { RawFrame } from '../codec/block-writer.ts';
import type { Level } from '../codec/plan.ts';
import { plainView } from './byte-views.ts';
import type { Compressor } from './compressor.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** How hard each compression tries at each level. */
const zstdLevels: Readonly<Record<Level, number>> = { fast: 1, balanced: 3, small: 19 };
const deflateLevels: Readonly<Record<Level, number>> = { fast: 1, balanced: 6, small: 9 };

/** Below this a frame has nothing to win by. */
const compressedBytesMin = 32;

/** Frames of fewer bytes are compressed at once: to hand one over to another thread takes as long as some KiB of it. */
const handedOverMin: Readonly<Record<Level, number>> = {
  fast: 32_768,
  balanced: 32_768,
  small: 1_024,
};

/** So many bytes are compressed at once before others have a turn: one or two milliseconds. */
const turnBytes = 262_144;

/**
 * A column block of these frames, each compressed by itself: large ones on other threads, small ones here, while the event loop
 * goes on. They must not change meanwhile.
 */
export async function sealBlock(
  frames: readonly RawFrame[],
  compression: BlockCompression,
  level: Level,
): Promise<Uint8Array> {
  const compress = compressing[compression];
  const compressed = frames.map(({ bytes }) =>
    bytes.length < handedOverMin[level] ? bytes : compress(bytes, level),
  );
  let turnLeft = turnBytes;
  for (const [index, { bytes }] of frames.entries()) {
    if (bytes.length < compressedBytesMin || bytes.length >= handedOverMin[level]) continue;
    if (turnLeft < bytes.length) {
      await setImmediate();
      turnLeft = turnBytes;
    }
    turnLeft -= bytes.length;
    compressed[index] = compressingHere[compression](bytes, level);
  }
  return joinBlock(compression, frames, await Promise.all(compressed));
}

const zstdFrames: Readonly<Record<Level, ZstdFrames>> = {
  fast: new ZstdFrames(zstdLevels.fast),
  balanced: new ZstdFrames(zstdLevels.balanced),
  small: new ZstdFrames(zstdLevels.small),
};

type CompressingHere = (bytes: Uint8Array, level: Level) => Uint8Array;

const compressingHere: Readonly<Record<BlockCompression, CompressingHere>> = {
  none: (bytes) => bytes,
  zstd: (bytes, level) => zstdFrames[level].frame(bytes),
  deflate: (bytes, level) => plainView(deflateRawSync(bytes, { level: deflateLevels[level] })),
};

type Compressing = (bytes: Uint8Array, level: Level) => Promise<Uint8Array>;

const compressing: Readonly<Record<BlockCompression, Compressing>> = {
  none: async (bytes) => bytes,
  zstd: (bytes, level) =>
    new Promise((resolve, reject) => {
      const params = { [constants.ZSTD_c_compressionLevel]: zstdLevels[level] };
      // It makes room for what is to come: at level 19, where it does not know how much that is, for 64 ms.
      zstdCompress(bytes, { params, pledgedSrcSize: bytes.length }, (error, result) =>
        error === null ? resolve(plainView(result)) : reject(error),
      );
    }),
  deflate: (bytes, level) =>
    new Promise((resolve, reject) => {
      deflateRaw(bytes, { level: deflateLevels[level] }, (error, result) =>
        error === null ? resolve(plainView(result)) : reject(error),
      );
    }),
};

/**
 * The frames of a block, each of its length; they may be views of `source`. DATA_LOSS MALFORMED_BYTES or BAD_COMPRESSION where the
 * block is damaged, is compressed by none of `compressors`, or would come to more than `bytesMax` bytes: no more than that is
 * allocated.
 */
export function openBlock(
  source: Uint8Array,
  compressors: readonly Compressor[],
  bytesMax: number,
): Uint8Array[] {
  const { compression, frames } = splitBlock(source, bytesMax);
  const compressor = compressors.find(({ name }) => name === compression);
  return frames.map(({ length, stored }) => {
    if (stored.length === length) return plainView(stored);
    if (compressor === undefined) {
      throw malformed('column block', `${compression} was not agreed on`);
    }
    const bytes = compressor.decompress(stored, length);
    if (bytes.length === length) return bytes;
    throw malformed('column block', `a frame of ${length} bytes comes to ${bytes.length}`);
  });
}
