import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { ChunkPart } from './chunks.ts';

/** 64-bit integers of one chunk, eight bytes each. */
export class WideChunk implements ChunkPart {
  private words: BigInt64Array | BigUint64Array;

  constructor(rows: number, unsigned: boolean) {
    this.words = unsigned ? new BigUint64Array(rows) : new BigInt64Array(rows);
  }

  get memoryBytes(): number {
    return this.words.byteLength;
  }

  get(row: number): bigint {
    return this.words[row]!;
  }

  set(row: number, value: bigint): void {
    this.words[row] = value;
  }

  resize(rows: number): void {
    const grown =
      this.words instanceof BigInt64Array ? new BigInt64Array(rows) : new BigUint64Array(rows);
    grown.set(this.words);
    this.words = grown;
  }

  save(row: number, count: number, out: ByteWriter): void {
    out.bytes(this.bytes(row, count));
  }

  restore(row: number, count: number, reader: ByteReader): void {
    const bytes = this.bytes(row, count);
    bytes.set(reader.bytes(bytes.length));
  }

  private bytes(row: number, count: number): Uint8Array {
    return new Uint8Array(this.words.buffer, row * 8, count * 8);
  }
}
