import { constants, createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { bytesEqual } from '../base/bytes.ts';
import { plainView } from './byte-views.ts';
import { ZstdContext } from './zstd-context.ts';

/** A frame may ask its reader for a window of memory; 8 MiB is what the smallest readers are to have. */
const params = { [constants.ZSTD_d_windowLogMax]: 23 };

/** What comes to more has a context of its own. */
const keptMax = 65_536;

const chunkBytesMin = 64;
const chunkBytesMax = 1 << 20;

/** Room for what comes out in one piece: no chunk is filled to its end, behind which Node looks for more. */
const keptOptions = {
  params,
  maxOutputLength: keptMax,
  chunkSize: keptMax + chunkBytesMin,
  rejectGarbageAfterEnd: true,
};

/** A frame that comes to nothing. Node writes one behind a frame that fills its last buffer to the end. */
const emptyFrame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0);

/** Undoes frames of Zstandard, small ones with one native context for all: one of its own for each takes 20 us more. */
export class ZstdContents {
  private readonly context: ZstdContext;

  constructor(create: typeof createZstdDecompress = createZstdDecompress) {
    this.context = new ZstdContext(() => create(keptOptions));
  }

  /**
   * What is in a frame that is to come to `lengthMax` bytes or fewer: in memory of its own. No more than about that is allocated, or
   * than 64 KiB; what comes to more is returned or throws, and so throws what is damaged, with an error of Node. An empty frame may
   * stand behind it.
   */
  contents(frame: Uint8Array, lengthMax: number): Uint8Array {
    try {
      return this.contentsAlone(frame, lengthMax);
    } catch (error) {
      // Node takes whatever stands behind a frame for garbage.
      const end = frame.length - emptyFrame.length;
      if (end <= 0 || !bytesEqual(frame.subarray(end), emptyFrame)) throw error;
      return this.contentsAlone(frame.subarray(0, end), lengthMax);
    }
  }

  private contentsAlone(frame: Uint8Array, lengthMax: number): Uint8Array {
    const contents = lengthMax <= keptMax ? this.context.process(frame) : undefined;
    if (contents !== undefined) return contents;
    return plainView(
      zstdDecompressSync(frame, {
        params,
        maxOutputLength: Math.max(1, lengthMax),
        chunkSize: Math.min(Math.max(lengthMax, chunkBytesMin), chunkBytesMax),
        rejectGarbageAfterEnd: true,
      }),
    );
  }
}
