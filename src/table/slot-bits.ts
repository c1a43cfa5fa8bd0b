import { type Bitmap, clearBit, grownBitmap, hasBit, setBit } from './bitmap.ts';
import type { Layout } from './layout.ts';

/** One bit for each slot of a table, zero until it is set. */
export interface SlotBits {
  readonly memoryBytes: number;
  has(slot: number): boolean;
  add(slot: number): void;
  remove(slot: number): void;
  /** The bits of one chunk as they stand; `undefined` where none was ever set. Not to be changed. */
  bitmap(chunk: number): Bitmap | undefined;
  /** The first chunk of the layout has grown. */
  resize(): void;
}

export function createSlotBits(layout: Layout): SlotBits {
  return new ChunkedSlotBits(layout);
}

class ChunkedSlotBits implements SlotBits {
  private readonly layout: Layout;
  private readonly chunks: (Bitmap | undefined)[] = [];

  constructor(layout: Layout) {
    this.layout = layout;
  }

  get memoryBytes(): number {
    return this.chunks.reduce((sum, bits) => sum + (bits?.byteLength ?? 0), 0);
  }

  has(slot: number): boolean {
    const bits = this.chunks[slot >>> this.layout.chunkBits];
    return bits !== undefined && hasBit(bits, slot & this.layout.rowMask);
  }

  add(slot: number): void {
    const chunk = slot >>> this.layout.chunkBits;
    let bits = this.chunks[chunk];
    if (bits === undefined) {
      while (this.chunks.length < chunk) this.chunks.push(undefined);
      bits = new Uint32Array(this.layout.capacity(chunk) >>> 5);
      this.chunks[chunk] = bits;
    }
    setBit(bits, slot & this.layout.rowMask);
  }

  remove(slot: number): void {
    const bits = this.chunks[slot >>> this.layout.chunkBits];
    if (bits !== undefined) clearBit(bits, slot & this.layout.rowMask);
  }

  bitmap(chunk: number): Bitmap | undefined {
    return this.chunks[chunk];
  }

  resize(): void {
    const first = this.chunks[0];
    if (first !== undefined) this.chunks[0] = grownBitmap(first, this.layout.capacity(0));
  }
}
