import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { RawFrame } from './block-writer.ts';

/**
 * A column block, version 1: frames that are compressed each by itself.
 *
 * ```text
 * byte         0x43, the letter C
 * byte         0x01, the version of this format
 * byte         how its frames are compressed: 0 not at all, 1 zstd, 2 raw deflate
 * frame count  varint
 * lengths      of each frame two varints: its bytes, and how many fewer are stored. A frame that is stored as it is has 0
 *              there.
 * frames       one after the other, up to the end of the block
 * ```
 */
export const blockFormat = {
  /** Name of the format in errors. */
  name: 'column block',
  magic: 0x43,
  version: 0x01,
  /** How the frames are compressed, by the number that stands in the block. */
  compressions: ['none', 'zstd', 'deflate'],
} as const;

export type BlockCompression = (typeof blockFormat.compressions)[number];

/** One frame as it is stored. */
export interface StoredFrame {
  /** Its bytes, before they were compressed. */
  readonly length: number;
  readonly stored: Uint8Array;
}

/** Puts a block together. Frames that compressing does not make smaller are stored as they are. */
export function joinBlock(
  compression: BlockCompression,
  raw: readonly RawFrame[],
  compressed: readonly Uint8Array[],
): Uint8Array {
  const frames = raw.map(({ bytes }, index) => {
    const shorter = compressed[index]!;
    return { length: bytes.length, stored: shorter.length < bytes.length ? shorter : bytes };
  });
  const out = new ByteWriter(frames.reduce((sum, { stored }) => sum + stored.length + 8, 16));
  out.u8(blockFormat.magic);
  out.u8(blockFormat.version);
  out.u8(blockFormat.compressions.indexOf(compression));
  out.varint(frames.length);
  for (const { length, stored } of frames) {
    out.varint(length);
    out.varint(length - stored.length);
  }
  for (const { stored } of frames) out.bytes(stored);
  return out.peek();
}

/**
 * Takes a block apart; the frames are views of it. DATA_LOSS MALFORMED_BYTES where it is none, or its frames would come to more
 * than `bytesMax`.
 */
export function splitBlock(
  source: Uint8Array,
  bytesMax: number,
): { readonly compression: BlockCompression; readonly frames: readonly StoredFrame[] } {
  const reader = new ByteReader(source, blockFormat.name);
  if (reader.u8() !== blockFormat.magic) throw reader.fail('the magic byte is missing');
  if (reader.u8() !== blockFormat.version) throw reader.fail('the version is unknown');
  const compression = blockFormat.compressions[reader.u8()];
  if (compression === undefined) throw reader.fail('the compression is unknown');
  const lengths: (readonly [number, number])[] = [];
  let total = 0;
  for (let left = reader.count(); left > 0; left--) {
    const length = reader.varint();
    const saved = reader.varint();
    if (saved > length || (saved > 0 && compression === 'none')) {
      throw reader.fail('a frame saves more than it has');
    }
    total += length;
    lengths.push([length, length - saved]);
  }
  if (total > bytesMax) throw reader.fail(`the frames come to more than ${bytesMax} bytes`);
  const frames = lengths.map(([length, stored]) => ({ length, stored: reader.bytes(stored) }));
  if (!reader.done) throw reader.fail('bytes are left over');
  return { compression, frames };
}
