/** Rows of one chunk, as in the columns. */
const chunkBits = 16;
const chunkRows = 1 << chunkBits;
const chunkMask = chunkRows - 1;
const firstChunkRows = 64;

type NumberArray = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/**
 * One number for each slot of a table, off the heap, zero until it is set. The first chunk doubles from 64 rows
 * up to 64 Ki; later ones are made whole, so that growing never copies more than one chunk.
 */
export interface SlotArray {
  get(slot: number): number;
  set(slot: number, value: number): void;
  /** Sets the slots from `first` on, as many as there are values. */
  setAll(first: number, values: Float64Array): void;
  readonly memoryBytes: number;
}

class ChunkedSlotArray implements SlotArray {
  private readonly chunks: NumberArray[] = [];
  private readonly make: (length: number) => NumberArray;

  constructor(make: (length: number) => NumberArray) {
    this.make = make;
  }

  get memoryBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  get(slot: number): number {
    return this.chunks[slot >>> chunkBits]?.[slot & chunkMask] ?? 0;
  }

  set(slot: number, value: number): void {
    const index = slot >>> chunkBits;
    const offset = slot & chunkMask;
    const chunk = this.chunks[index];
    if (chunk !== undefined && offset < chunk.length) chunk[offset] = value;
    else this.room(index, offset)[offset] = value;
  }

  setAll(first: number, values: Float64Array): void {
    for (let done = 0; done < values.length; ) {
      const offset = (first + done) & chunkMask;
      const end = Math.min(values.length, done + chunkRows - offset);
      // The last one makes room for all.
      this.set(first + end - 1, values[end - 1]!);
      this.chunks[(first + done) >>> chunkBits]!.set(values.subarray(done, end), offset);
      done = end;
    }
  }

  private room(index: number, offset: number): NumberArray {
    while (this.chunks.length < index) this.extend(this.chunks.length, chunkRows);
    const wanted =
      index === 0 ? Math.max(firstChunkRows, 1 << (32 - Math.clz32(offset))) : chunkRows;
    return this.extend(index, Math.min(chunkRows, wanted));
  }

  private extend(index: number, length: number): NumberArray {
    const old = this.chunks[index];
    const grown = this.make(length);
    if (old !== undefined) grown.set(old);
    this.chunks[index] = grown;
    return grown;
  }
}

/** Doubles: seqs and stamps. */
export function createFloat64SlotArray(): SlotArray {
  return new ChunkedSlotArray((length) => new Float64Array(length));
}

/** Unsigned 32-bit numbers: references into pools and dictionaries. */
export function createUint32SlotArray(): SlotArray {
  return new ChunkedSlotArray((length) => new Uint32Array(length));
}
