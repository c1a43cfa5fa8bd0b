import { type Bitmap, isSparse, keepRows } from './bitmap.ts';
import type { ChunkPart } from './chunks.ts';

/** Dictionary codes of one chunk: a byte each up to the first code above 255, then two. */
export class CodeChunk implements ChunkPart {
  private codes: Uint8Array | Uint16Array;

  constructor(rows: number) {
    this.codes = new Uint8Array(rows);
  }

  get memoryBytes(): number {
    return this.codes.byteLength;
  }

  /** Rows for which there is room. */
  get length(): number {
    return this.codes.length;
  }

  get(row: number): number {
    return this.codes[row]!;
  }

  set(row: number, code: number): void {
    if (code > 0xff && this.codes instanceof Uint8Array) this.codes = new Uint16Array(this.codes);
    this.codes[row] = code;
  }

  resize(rows: number): void {
    const grown = this.codes instanceof Uint8Array ? new Uint8Array(rows) : new Uint16Array(rows);
    grown.set(this.codes);
    this.codes = grown;
  }

  /** Keeps the rows of a selection for whose code `verdicts` has a 1. */
  keep(verdicts: Uint8Array, selection: Bitmap): void {
    let { codes } = this;
    if (isSparse(selection)) {
      keepRows(selection, (row) => verdicts[this.codes[row]!] === 1);
      return;
    }
    if (codes instanceof Uint8Array) {
      codes = scratch(codes.length);
      codes.set(this.codes);
    }
    keepVerdicts(codes, verdicts, selection);
  }
}

/** As `keepInRange`: words without a selected row are passed over, the others worked out without branches. */
function keepVerdicts(codes: Uint16Array, verdicts: Uint8Array, selection: Bitmap): void {
  for (let word = 0; word < selection.length; word++) {
    if (selection[word] === 0) continue;
    const first = word << 5;
    let bits = 0;
    for (let row = first + 31; row >= first; row--) {
      bits = (bits << 1) | verdicts[codes[row]!]!;
    }
    selection[word]! &= bits;
  }
}

let shared = new Uint16Array(0);

/** Room for the codes of one chunk, shared by all scans: valid until the next one. */
function scratch(length: number): Uint16Array {
  if (shared.length < length) shared = new Uint16Array(length);
  return shared;
}
