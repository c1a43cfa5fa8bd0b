import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { plainView } from './byte-views.ts';
import { ZstdContext } from './zstd-context.ts';

/**
 * Makes frames of Zstandard, each by itself, with one native context for all. One of its own for each, as `zstdCompressSync` has
 * it, takes twice the time for few bytes, and what it gave out stays until all of the heap is collected.
 */
export class ZstdFrames {
  private readonly options: Parameters<typeof createZstdCompress>[0];
  private readonly context: ZstdContext;

  constructor(level: number, create: typeof createZstdCompress = createZstdCompress) {
    this.options = { params: { [constants.ZSTD_c_compressionLevel]: level } };
    this.context = new ZstdContext(() => create(this.options));
  }

  /**
   * One frame: a copy, since the next one is written to where this one was. Node has an empty frame behind one that fills its last
   * buffer of 16 KiB to the end, as `zstdCompressSync` has: it decompresses to nothing.
   */
  frame(bytes: Uint8Array): Uint8Array {
    return this.context.process(bytes) ?? plainView(zstdCompressSync(bytes, this.options));
  }
}
