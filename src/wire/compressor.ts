import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Code, SyncError } from '../base/errors.ts';
import type { Compression } from '../session/messages.ts';
import { plainView } from './byte-views.ts';
import { ZstdContents } from './zstd-contents.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** One way to make the bytes of a batch smaller. */
export interface Compressor {
  /** What the two sides agree on; never `none`. */
  readonly name: Compression;
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * Undoes `compress`. DATA_LOSS BAD_COMPRESSION where the bytes are damaged, or would come to more than `lengthMax`
   * bytes: no more than about that is ever allocated.
   */
  decompress(bytes: Uint8Array, lengthMax: number): Uint8Array;
}

/** Zstandard (RFC 8878). Level 1 takes half the time of 3, and a tenth more bytes. */
export function createZstd(level: 1 | 2 | 3 = 3): Compressor {
  const frames = new ZstdFrames(level);
  const opened = new ZstdContents();
  return {
    name: 'zstd',
    compress: (bytes) => frames.frame(bytes),
    decompress: (bytes, lengthMax) =>
      bounded('zstd', lengthMax, () => opened.contents(bytes, lengthMax)),
  };
}

/** Raw DEFLATE (RFC 1951), for platforms without zstd. */
export function createDeflate(level: 1 | 2 | 3 | 4 | 5 | 6 = 3): Compressor {
  return {
    name: 'deflate',
    compress: (bytes) =>
      plainView(deflateRawSync(bytes, { level, chunkSize: roomFor(bytes.length) })),
    decompress: (bytes, lengthMax) =>
      bounded('deflate', lengthMax, (options) => inflateRawSync(bytes, options)),
  };
}

/** All of them, the better first. */
export function createCompressors(): readonly Compressor[] {
  return [createZstd(), createDeflate()];
}

interface Bounds {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
  readonly rejectGarbageAfterEnd: boolean;
}

const chunkBytesMin = 64;
const chunkBytesMax = 1 << 20;

/** One piece for what comes out, where that is not too much, and no 16 KiB for a few bytes. */
function roomFor(length: number): number {
  return Math.min(Math.max(length, chunkBytesMin), chunkBytesMax);
}

function bounded(
  name: Compression,
  lengthMax: number,
  decompress: (options: Bounds) => Uint8Array,
): Uint8Array {
  // More is not taken on the word of the sender.
  const chunkSize = roomFor(lengthMax);
  const options = {
    maxOutputLength: Math.max(1, lengthMax),
    chunkSize,
    rejectGarbageAfterEnd: true,
  };
  let result: Uint8Array;
  try {
    result = decompress(options);
  } catch (cause) {
    throw badCompression(name, `damaged, or longer than ${lengthMax} bytes`, cause);
  }
  if (result.length > lengthMax) throw badCompression(name, `longer than ${lengthMax} bytes`);
  return plainView(result);
}

function badCompression(name: Compression, problem: string, cause?: unknown): SyncError {
  return new SyncError(
    Code.dataLoss,
    'BAD_COMPRESSION',
    `compressed bytes (${name}) are ${problem}`,
    {
      cause,
    },
  );
}
