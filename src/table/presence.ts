import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import {
  type Bitmap,
  clearBit,
  dropBits,
  grownBitmap,
  hasBit,
  keepBits,
  setBit,
} from './bitmap.ts';
import type { Layout } from './layout.ts';

/**
 * Which slots of an optional column have a value. A chunk whose rows are all alike costs nothing: its bits are
 * made when the first row differs from the others.
 */
export interface Presence {
  readonly memoryBytes: number;
  has(slot: number): boolean;
  set(slot: number, present: boolean): void;
  /** A byte for each of some slots, 1 where it has a value; undefined where all have. */
  gather(slots: ArrayLike<number>): Uint8Array | undefined;
  /** Keeps the rows of a selection that have a value. */
  keepPresent(chunk: number, selection: Bitmap): void;
  /** Keeps the rows of a selection that have none. */
  keepAbsent(chunk: number, selection: Bitmap): void;
  /** The first chunk of the layout has grown. */
  resize(): void;
  /** Appends which of some slots have a value: a byte each, or one for all where they are alike. */
  save(first: number, count: number, out: ByteWriter): void;
  restore(first: number, count: number, reader: ByteReader): void;
}

export function createPresence(layout: Layout): Presence {
  return new ChunkedPresence(layout);
}

/** How slots of a snapshot are written that are not all alike. */
const eachApart = 2;

/** true or false while all rows of the chunk are so; undefined before the first. */
type ChunkPresence = Bitmap | boolean | undefined;

class ChunkedPresence implements Presence {
  private readonly layout: Layout;
  private readonly chunks: ChunkPresence[] = [];

  constructor(layout: Layout) {
    this.layout = layout;
  }

  get memoryBytes(): number {
    return this.chunks.reduce<number>(
      (sum, bits) => sum + (typeof bits === 'object' ? bits.byteLength : 0),
      0,
    );
  }

  has(slot: number): boolean {
    const bits = this.chunks[slot >>> this.layout.chunkBits];
    return typeof bits === 'object' ? hasBit(bits, slot & this.layout.rowMask) : bits === true;
  }

  set(slot: number, present: boolean): void {
    const chunk = slot >>> this.layout.chunkBits;
    let bits = this.chunks[chunk];
    if (bits === present) return;
    if (bits === undefined) {
      while (this.chunks.length < chunk) this.chunks.push(undefined);
      this.chunks[chunk] = present;
      return;
    }
    if (typeof bits !== 'object') {
      const words = new Uint32Array(this.layout.capacity(chunk) >>> 5);
      bits = bits ? words.fill(0xffffffff) : words;
      this.chunks[chunk] = bits;
    }
    const row = slot & this.layout.rowMask;
    if (present) setBit(bits, row);
    else clearBit(bits, row);
  }

  gather(slots: ArrayLike<number>): Uint8Array | undefined {
    const { chunkBits, rowMask } = this.layout;
    const present = new Uint8Array(slots.length);
    let count = 0;
    for (let at = 0; at < slots.length; at++) {
      const bits = this.chunks[slots[at]! >>> chunkBits];
      const has = typeof bits === 'object' ? hasBit(bits, slots[at]! & rowMask) : bits === true;
      if (!has) continue;
      present[at] = 1;
      count++;
    }
    return count === slots.length ? undefined : present;
  }

  keepPresent(chunk: number, selection: Bitmap): void {
    const bits = this.chunks[chunk];
    if (typeof bits === 'object') keepBits(selection, bits);
    else if (bits !== true) selection.fill(0);
  }

  keepAbsent(chunk: number, selection: Bitmap): void {
    const bits = this.chunks[chunk];
    if (typeof bits === 'object') dropBits(selection, bits);
    else if (bits === true) selection.fill(0);
  }

  resize(): void {
    const first = this.chunks[0];
    if (typeof first === 'object') this.chunks[0] = grownBitmap(first, this.layout.capacity(0));
  }

  save(first: number, count: number, out: ByteWriter): void {
    const bits = this.chunks[first >>> this.layout.chunkBits];
    if (typeof bits !== 'object') {
      out.u8(Number(bits === true));
      return;
    }
    out.u8(eachApart);
    for (let slot = first; slot < first + count; slot++) out.u8(Number(this.has(slot)));
  }

  restore(first: number, count: number, reader: ByteReader): void {
    const kind = reader.u8();
    if (kind > eachApart) throw reader.fail('presence of an unknown kind');
    const each = kind === eachApart ? reader.bytes(count) : undefined;
    for (let at = 0; at < count; at++) this.set(first + at, (each?.[at] ?? kind) === 1);
  }
}
