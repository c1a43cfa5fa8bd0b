import type { TableSettings } from './settings.ts';

/**
 * How the slots of one table fall into chunks; all its stores share one layout. The first chunk starts small and
 * doubles, so that small tables are cheap; later ones have their full size at once, so that growing a large table
 * never copies more than one chunk.
 */
export interface Layout {
  /** `slot >>> chunkBits` is the chunk. */
  readonly chunkBits: number;
  /** `slot & rowMask` is the row within its chunk. */
  readonly rowMask: number;
  /** Rows of a full chunk. */
  readonly chunkRows: number;
  /** Rows for which the arrays of a chunk have room: a multiple of 32. */
  capacity(chunk: number): number;
  /** Makes room for a slot. True when the first chunk grew: all stores must `resize` before they use it. */
  makeRoom(slot: number): boolean;
}

export function createLayout(settings: TableSettings): Layout {
  return new ChunkLayout(settings);
}

class ChunkLayout implements Layout {
  readonly chunkBits: number;
  readonly rowMask: number;
  readonly chunkRows: number;
  private firstRows: number;

  constructor(settings: TableSettings) {
    this.chunkBits = settings.chunkBits;
    this.chunkRows = 1 << settings.chunkBits;
    this.rowMask = this.chunkRows - 1;
    this.firstRows = Math.min(settings.firstRows, this.chunkRows);
  }

  capacity(chunk: number): number {
    return chunk === 0 ? this.firstRows : this.chunkRows;
  }

  makeRoom(slot: number): boolean {
    if (slot < this.firstRows || this.firstRows === this.chunkRows) return false;
    while (this.firstRows <= slot && this.firstRows < this.chunkRows) this.firstRows *= 2;
    return true;
  }
}
