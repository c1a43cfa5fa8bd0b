import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Bitmap } from './bitmap.ts';
import { type Chunks, createChunks } from './chunks.ts';
import type { Layout } from './layout.ts';
import { NumberChunk, type NumberStyle } from './number-chunk.ts';
import { inRange, type NumberRange } from './number-range.ts';

/** One number for each slot, 0 until it is set, each chunk in the narrowest form that holds its numbers. */
export interface NumberStore {
  readonly memoryBytes: number;
  get(slot: number): number;
  set(slot: number, value: number): void;
  /** Keeps the rows of a selection whose number is in the range. */
  keep(chunk: number, range: NumberRange, selection: Bitmap): void;
  /** Forgets the numbers of a chunk: they read as 0. */
  drop(chunk: number): void;
  /** The first chunk of the layout has grown. */
  resize(): void;
  /** Appends the numbers of some slots of one chunk. */
  save(first: number, count: number, out: ByteWriter): void;
  restore(first: number, count: number, reader: ByteReader): void;
}

export function createNumberStore(layout: Layout, style: NumberStyle): NumberStore {
  return new ChunkedNumberStore(layout, style);
}

class ChunkedNumberStore implements NumberStore {
  private readonly chunks: Chunks<NumberChunk>;
  /** Chunks that are not made yet: rows below this one were set, to 0. */
  private readonly zeroEnds: number[] = [];
  private readonly chunkBits: number;
  private readonly rowMask: number;

  constructor(layout: Layout, style: NumberStyle) {
    this.chunks = createChunks(layout, (rows, chunk) => this.begin(style, rows, chunk));
    this.chunkBits = layout.chunkBits;
    this.rowMask = layout.rowMask;
  }

  get memoryBytes(): number {
    return this.chunks.memoryBytes;
  }

  get(slot: number): number {
    const chunk = this.chunks.peek(slot >>> this.chunkBits);
    return chunk === undefined ? 0 : chunk.get(slot & this.rowMask);
  }

  set(slot: number, value: number): void {
    const index = slot >>> this.chunkBits;
    const row = slot & this.rowMask;
    let chunk = this.chunks.peek(index);
    if (chunk === undefined) {
      if (Object.is(value, 0)) {
        this.zeroEnds[index] = Math.max(this.zeroEnds[index] ?? 0, row + 1);
        return;
      }
      chunk = this.chunks.open(index);
    }
    chunk.set(row, value);
  }

  keep(chunk: number, range: NumberRange, selection: Bitmap): void {
    const numbers = this.chunks.peek(chunk);
    if (numbers !== undefined) numbers.keep(range, selection);
    else if (!inRange(range, 0)) selection.fill(0);
  }

  drop(chunk: number): void {
    this.chunks.replace(chunk, undefined);
  }

  resize(): void {
    this.chunks.resize();
  }

  save(first: number, count: number, out: ByteWriter): void {
    const chunk = this.chunks.peek(first >>> this.chunkBits);
    out.u8(Number(chunk !== undefined));
    chunk?.save(first & this.rowMask, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    if (reader.u8() === 0) {
      for (let slot = first; slot < first + count; slot++) this.set(slot, 0);
    } else {
      this.chunks.open(first >>> this.chunkBits).restore(first & this.rowMask, count, reader);
    }
  }

  private begin(style: NumberStyle, rows: number, index: number): NumberChunk {
    const previous = this.chunks.peek(index - 1);
    previous?.narrow();
    const chunk = new NumberChunk(style, rows, previous);
    for (let row = 0; row < (this.zeroEnds[index] ?? 0); row++) chunk.set(row, 0);
    return chunk;
  }
}
