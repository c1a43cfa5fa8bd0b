import { constants, deflateRaw, zstdCompress } from 'node:zlib';
import { malformed } from '../base/bytes.ts';
import { type BlockCompression, joinBlock, splitBlock } from '../codec/block.ts';
import type { RawFrame } from '../codec/block-writer.ts';
import type { Level } from '../codec/plan.ts';
import { plainView } from './byte-views.ts';
import type { Compressor } from './compressor.ts';

/** How hard each compression tries at each level. */
const zstdLevels: Readonly<Record<Level, number>> = { fast: 1, balanced: 3, small: 19 };
const deflateLevels: Readonly<Record<Level, number>> = { fast: 1, balanced: 6, small: 9 };

/** Below this a frame has nothing to win by. */
const compressedBytesMin = 32;

/**
 * A column block of these frames. They are compressed on other threads, each by itself, while the event loop goes on; they must
 * not change meanwhile.
 */
export async function sealBlock(
  frames: readonly RawFrame[],
  compression: BlockCompression,
  level: Level,
): Promise<Uint8Array> {
  const compress = compressing[compression];
  const compressed = await Promise.all(
    frames.map(({ bytes }) => (bytes.length < compressedBytesMin ? bytes : compress(bytes, level))),
  );
  return joinBlock(compression, frames, compressed);
}

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
