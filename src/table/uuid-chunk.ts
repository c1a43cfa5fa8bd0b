import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Bitmap } from './bitmap.ts';
import type { ChunkPart } from './chunks.ts';
import { orderHolds } from './filter.ts';
import type { RangeOperator } from './number-range.ts';
import type { UuidWords } from './uuid.ts';

/** The UUIDs of one chunk, 16 bytes each. */
export class UuidChunk implements ChunkPart {
  /** Four words a row. */
  words: UuidWords;
  /** Rows behind this one were never set. */
  end = 0;

  constructor(rows: number) {
    this.words = new Uint32Array(rows * 4);
  }

  get memoryBytes(): number {
    return this.words.byteLength;
  }

  /** Rows for which there is room. */
  get length(): number {
    return this.words.length >>> 2;
  }

  set(row: number, uuid: UuidWords): void {
    this.words.set(uuid, row << 2);
    if (row >= this.end) this.end = row + 1;
  }

  has(row: number, uuid: UuidWords): boolean {
    const { words } = this;
    const at = row << 2;
    return (
      words[at] === uuid[0] &&
      words[at + 1] === uuid[1] &&
      words[at + 2] === uuid[2] &&
      words[at + 3] === uuid[3]
    );
  }

  /** The order of a UUID here and one of another chunk. */
  compare(row: number, other: UuidChunk, otherRow: number): number {
    return this.compareWords(row, other.words, otherRow << 2);
  }

  /**
   * Keeps the rows of a selection whose UUID compares as asked. The first word decides nearly always, so it is
   * compared without branches; only rows where it is the same are looked at one by one.
   */
  keep(operator: RangeOperator, uuid: UuidWords, selection: Bitmap): void {
    const { words } = this;
    const first = uuid[0]!;
    const below = operator === 'lt' || operator === 'le';
    const above = operator === 'gt' || operator === 'ge';
    for (let word = 0; word < selection.length; word++) {
      if (selection[word] === 0) continue;
      let less = 0;
      let level = 0;
      for (let at = (word << 7) + 124; at >= word << 7; at -= 4) {
        const value = words[at]!;
        less = (less << 1) | Number(value < first);
        level = (level << 1) | Number(value === first);
      }
      let kept = selection[word]! & (below ? less : above ? ~(less | level) : 0);
      for (let rest = selection[word]! & level; rest !== 0; rest &= rest - 1) {
        const bit = rest & -rest;
        const row = (word << 5) + 31 - Math.clz32(bit);
        if (orderHolds(operator, this.compareWords(row, uuid, 0))) kept |= bit;
      }
      selection[word] = kept;
    }
  }

  resize(rows: number): void {
    const grown = new Uint32Array(rows * 4);
    grown.set(this.words);
    this.words = grown;
  }

  save(row: number, count: number, out: ByteWriter): void {
    out.bytes(this.bytes(row, count));
  }

  restore(row: number, count: number, reader: ByteReader): void {
    const bytes = this.bytes(row, count);
    bytes.set(reader.bytes(bytes.length));
    this.end = Math.max(this.end, row + count);
  }

  private bytes(row: number, count: number): Uint8Array {
    return new Uint8Array(this.words.buffer, row * 16, count * 16);
  }

  private compareWords(row: number, words: UuidWords, offset: number): number {
    const at = row << 2;
    for (let index = 0; index < 4; index++) {
      const difference = this.words[at + index]! - words[offset + index]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
