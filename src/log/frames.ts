import { crc32 } from 'node:zlib';
import { joinedBytes } from '../base/bytes.ts';
import type { SyncError } from '../base/errors.ts';

/**
 * A kind of file that is written and read as one stream of frames, each of which checks itself: the magic and u8 version, then
 * frames, each u32 length of its payload, u8 kind, the payload, and a CRC-32 over the frame's number, kind and payload, all
 * little endian. The last kind ends the file: what ends before such a frame is not whole.
 */
export interface FrameFormat<Kind extends string> {
  /** What such a file is called. */
  readonly noun: string;
  readonly magic: readonly number[];
  readonly version: number;
  /** Of which the first is number 0; the last one ends a file. */
  readonly kinds: readonly Kind[];
  readonly payloadBytesMax: number;
  /** What is said of one that is damaged at a byte. */
  corrupt(byte: number, problem: string): SyncError;
  /** What is said of one that a newer program wrote. */
  newer(version: number): SyncError;
}

export interface Frame<Kind extends string> {
  readonly kind: Kind;
  readonly payload: Uint8Array;
}

/** Length and kind before a payload, the checksum behind it. */
const frameHeadBytes = 5;
const frameTailBytes = 4;

/** The bytes of a file, piece by piece, each about as large as its frame. */
export async function* encodeFrames<Kind extends string>(
  format: FrameFormat<Kind>,
  frames: AsyncIterable<Frame<Kind>> | Iterable<Frame<Kind>>,
): AsyncGenerator<Uint8Array, void> {
  yield Uint8Array.of(...format.magic, format.version);
  let number = 0;
  for await (const { kind, payload } of frames) {
    yield frameBytes(number++, format.kinds.indexOf(kind), payload);
  }
}

/** Reads the frames of a file from pieces of any size; holds no more than one frame and one piece. */
export class FrameReader<Kind extends string> {
  private readonly format: FrameFormat<Kind>;
  private readonly reader: PieceReader;

  constructor(format: FrameFormat<Kind>, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.format = format;
    this.reader = new PieceReader(pieces, (byte, problem) => format.corrupt(byte, problem));
  }

  /**
   * In their order, the last kind too. Fails where what follows is damaged, after all that stand before that. Pieces that are
   * not read to their end are closed.
   */
  async *frames(): AsyncGenerator<Frame<Kind>, void> {
    try {
      await this.readPrefix();
      for (let number = 0; ; number++) {
        const frame = await this.readFrame(number);
        yield frame;
        if (frame.kind === this.format.kinds.at(-1)) break;
      }
      if (!(await this.reader.atEnd())) throw this.fail('bytes are left over');
    } finally {
      await this.reader.close();
    }
  }

  /** What is said of a damage here, or at that byte. */
  fail(problem: string, byte = this.reader.position): SyncError {
    return this.format.corrupt(byte, problem);
  }

  private async readPrefix(): Promise<void> {
    const { noun, magic, version: known } = this.format;
    const prefix = await this.reader.take(magic.length + 1);
    if (magic.some((byte, index) => prefix[index] !== byte)) throw this.fail(`it is no ${noun}`, 0);
    const version = prefix[magic.length]!;
    if (version > known) throw this.format.newer(version);
    if (version === 0) throw this.fail('unknown version', magic.length);
  }

  private async readFrame(number: number): Promise<Frame<Kind>> {
    const { reader, format } = this;
    const start = reader.position;
    const head = await reader.take(frameHeadBytes);
    const length = viewOf(head).getUint32(0, true);
    const code = head[4]!;
    const kind = format.kinds[code];
    if (kind === undefined || length > format.payloadBytesMax) {
      throw this.fail('unknown frame', start);
    }
    const payload = await reader.take(length);
    const crc = viewOf(await reader.take(frameTailBytes)).getUint32(0, true);
    if (crc !== frameCrc(number, code, payload)) throw this.fail('wrong checksum', start);
    return { kind, payload };
  }
}

/** Takes so many bytes at a time from pieces of any size. */
class PieceReader {
  position = 0;
  private readonly pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  private readonly corrupt: (byte: number, problem: string) => SyncError;
  private piece: Uint8Array = new Uint8Array(0);
  private at = 0;
  private isOver = false;

  constructor(
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    corrupt: (byte: number, problem: string) => SyncError,
  ) {
    this.pieces =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
    this.corrupt = corrupt;
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let left = count;
    // Not on the word of a length: no more is held than came.
    while (left > 0) {
      if (await this.atEnd()) throw this.corrupt(this.position, 'it ends too early');
      const part = this.piece.subarray(this.at, this.at + left);
      parts.push(part);
      this.at += part.length;
      this.position += part.length;
      left -= part.length;
    }
    return joinedBytes(parts);
  }

  async atEnd(): Promise<boolean> {
    while (this.at === this.piece.length) {
      const { done, value } = await this.next();
      if (done === true) return true;
      // A Buffer's own `slice` would share its memory.
      this.piece = new Uint8Array(value.buffer, value.byteOffset, value.length);
      this.at = 0;
    }
    return false;
  }

  /** As a loop does that is left: where the pieces have come to an end, or failed, there is nothing to close. */
  async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    try {
      await this.pieces.return?.();
    } catch {
      // Why it was left matters more.
    }
  }

  private async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const result = await this.pieces.next();
      this.isOver = result.done === true;
      return result;
    } catch (error) {
      this.isOver = true;
      throw error;
    }
  }
}

function frameBytes(number: number, code: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeadBytes + payload.length + frameTailBytes);
  const view = viewOf(bytes);
  view.setUint32(0, payload.length, true);
  view.setUint8(4, code);
  bytes.set(payload, frameHeadBytes);
  view.setUint32(frameHeadBytes + payload.length, frameCrc(number, code, payload), true);
  return bytes;
}

/** The number makes a frame that is missing, or in another's place, a damaged one. */
function frameCrc(number: number, code: number, payload: Uint8Array): number {
  return crc32(payload, crc32(new Uint8Array(new Float64Array([number, code]).buffer)));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
