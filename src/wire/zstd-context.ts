import { constants, type ZstdCompress, type ZstdDecompress } from 'node:zlib';
import { copyOf } from './byte-views.ts';

/**
 * What Node has for itself of a stream: to compress or decompress in one step. It closes the native context then, which here is to be
 * used again. It is no part of its interface: where it is gone, each frame has a context of its own, and a test tells.
 */
interface Inside {
  _handle?: { close: () => void } | null;
  _processChunk?: (bytes: Uint8Array, flush: number) => Buffer;
}

/** One native context of Zstandard, for one frame after the other. */
export class ZstdContext {
  private readonly create: () => ZstdCompress | ZstdDecompress;
  private stream: ZstdCompress | ZstdDecompress | undefined;

  constructor(create: () => ZstdCompress | ZstdDecompress) {
    this.create = create;
  }

  /** What comes of these bytes, which are all of a frame: a copy. Undefined where Node does not let a context be used again. */
  process(bytes: Uint8Array): Uint8Array | undefined {
    this.stream ??= this.create();
    const { stream } = this;
    const inside = stream as unknown as Inside;
    const { _handle: handle } = inside;
    if (typeof handle?.close !== 'function' || inside._processChunk === undefined) return undefined;
    const { close } = handle;
    handle.close = () => {};
    // A context that has failed is not used again.
    this.stream = undefined;
    try {
      const result = copyOf(inside._processChunk(bytes, constants.ZSTD_e_end));
      this.stream = stream;
      return result;
    } finally {
      handle.close = close;
      inside._handle = handle;
      stream.removeAllListeners('error');
      if (this.stream === undefined) {
        // It says so again, in the next tick, and where nobody listens the process ends.
        stream.on('error', () => {});
        stream.destroy();
      }
    }
  }
}
