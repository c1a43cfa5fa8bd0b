import type { Layout } from './layout.ts';

/** What a store keeps for one chunk of rows. */
export interface ChunkPart {
  readonly memoryBytes: number;
  /** Makes room for `rows` rows; those that are there stay. */
  resize(rows: number): void;
}

/** One part for each chunk of a table, made when it is first written. */
export interface Chunks<Part extends ChunkPart> {
  readonly memoryBytes: number;
  /** The part of a chunk; `undefined` where nothing was ever written. */
  peek(chunk: number): Part | undefined;
  /** The part of a chunk, made where it was missing. */
  open(chunk: number): Part;
  /** The parts that were made. */
  [Symbol.iterator](): Iterator<Part>;
  /** Puts another part in the place of a chunk's. */
  replace(chunk: number, part: Part | undefined): void;
  /** The first chunk of the layout has grown. */
  resize(): void;
}

/** `make` gets the chunk and the rows for which it must have room. */
export function createChunks<Part extends ChunkPart>(
  layout: Layout,
  make: (rows: number, chunk: number) => Part,
): Chunks<Part> {
  return new PartList(layout, make);
}

class PartList<Part extends ChunkPart> implements Chunks<Part> {
  private readonly layout: Layout;
  private readonly make: (rows: number, chunk: number) => Part;
  private readonly parts: (Part | undefined)[] = [];

  constructor(layout: Layout, make: (rows: number, chunk: number) => Part) {
    this.layout = layout;
    this.make = make;
  }

  get memoryBytes(): number {
    return this.parts.reduce((sum, part) => sum + (part?.memoryBytes ?? 0), 0);
  }

  peek(chunk: number): Part | undefined {
    return this.parts[chunk];
  }

  open(chunk: number): Part {
    const part = this.parts[chunk];
    if (part !== undefined) return part;
    while (this.parts.length < chunk) this.parts.push(undefined);
    const made = this.make(this.layout.capacity(chunk), chunk);
    this.parts[chunk] = made;
    return made;
  }

  *[Symbol.iterator](): Generator<Part> {
    for (const part of this.parts) if (part !== undefined) yield part;
  }

  replace(chunk: number, part: Part | undefined): void {
    this.parts[chunk] = part;
  }

  resize(): void {
    this.parts[0]?.resize(this.layout.capacity(0));
  }
}
