import type { ByteReader, ByteWriter } from '../base/bytes.ts';
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
  /** Appends the bits of some slots, eight in a byte. */
  save(first: number, count: number, out: ByteWriter): void;
  /** Sets what `save` wrote in slots whose bits were never set. Returns how many bits are set. */
  restore(first: number, count: number, reader: ByteReader): number;
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

  save(first: number, count: number, out: ByteWriter): void {
    for (let start = 0; start < count; start += 8) {
      let byte = 0;
      for (let at = Math.min(start + 8, count) - 1; at >= start; at--) {
        byte = (byte << 1) | Number(this.has(first + at));
      }
      out.u8(byte);
    }
  }

  restore(first: number, count: number, reader: ByteReader): number {
    let set = 0;
    const bytes = reader.bytes((count + 7) >>> 3);
    for (let at = 0; at < count; at++) {
      if (((bytes[at >>> 3]! >>> (at & 7)) & 1) === 0) continue;
      this.add(first + at);
      set++;
    }
    return set;
  }
}
