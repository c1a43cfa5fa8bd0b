import { constants, createZstdCompress, type ZstdCompress, zstdCompressSync } from 'node:zlib';
import { copyOf, plainView } from './byte-views.ts';

/**
 * What Node has for itself of a stream: to compress in one step. It closes the native context then, which here is to be used again.
 * It is no part of its interface: where it is gone, each frame has a context of its own, and a test tells.
 */
interface Inside {
  _handle?: { close: () => void } | null;
  _processChunk?: (bytes: Uint8Array, flush: number) => Buffer;
}

/**
 * Makes frames of Zstandard, each by itself, with one native context for all. One of its own for each, as `zstdCompressSync` has
 * it, takes twice the time for few bytes, and what it gave out stays until all of the heap is collected.
 */
export class ZstdFrames {
  private readonly options: Parameters<typeof createZstdCompress>[0];
  private readonly create: typeof createZstdCompress;
  private stream: ZstdCompress | undefined;

  constructor(level: number, create: typeof createZstdCompress = createZstdCompress) {
    this.options = { params: { [constants.ZSTD_c_compressionLevel]: level } };
    this.create = create;
  }

  /**
   * One frame: a copy, since the next one is written to where this one was. Node has an empty frame behind one that fills its last
   * buffer of 16 KiB to the end, as `zstdCompressSync` has: it decompresses to nothing.
   */
  frame(bytes: Uint8Array): Uint8Array {
    this.stream ??= this.create(this.options);
    const { stream } = this;
    const inside = stream as unknown as Inside;
    const { _handle: handle } = inside;
    if (typeof handle?.close !== 'function' || inside._processChunk === undefined) {
      return plainView(zstdCompressSync(bytes, this.options));
    }
    const { close } = handle;
    handle.close = () => {};
    // A context that has failed is not used again.
    this.stream = undefined;
    try {
      const frame = copyOf(inside._processChunk(bytes, constants.ZSTD_e_end));
      this.stream = stream;
      return frame;
    } finally {
      handle.close = close;
      inside._handle = handle;
      stream.removeAllListeners('error');
      // One that has failed says so again, in the next tick, and where nobody listens the process ends.
      if (this.stream === undefined) stream.on('error', () => {});
    }
  }
}
