import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { murmur32 } from '../base/digest.ts';
import { compareUtf8, decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import { ArenaChunk } from './arena-chunk.ts';
import { keepRows } from './bitmap.ts';
import { byteTest } from './byte-test.ts';
import { type Chunks, createChunks } from './chunks.ts';
import type { ChunkTest, TestOperator } from './column.ts';
import type { Layout } from './layout.ts';
import { isRangeOperator } from './number-range.ts';
import type { TableSettings } from './settings.ts';
import { createUtf8Scratch, type Utf8Scratch } from './utf8-scratch.ts';
import {
  formatUuid,
  formatUuidInto,
  hashUuid,
  parseUuid,
  type UuidWords,
  uuidTextLength,
} from './uuid.ts';
import { UuidChunk } from './uuid-chunk.ts';

/**
 * The keys of a table, by slot. A chunk keeps canonical UUIDs in 16 bytes each until the first other key; then
 * it turns to text in an arena, for good.
 *
 * To look for a key, `seek` it first: its hash and `isSought` are then at hand without anything being made for
 * each look-up.
 */
export interface KeyStore {
  readonly memoryBytes: number;
  get(slot: number): string;
  set(slot: number, key: string): void;
  clear(slot: number): void;
  /** Takes a key up for `soughtHash` and `isSought`. */
  seek(key: string): void;
  /** Hash of the key taken up: 32 bits, unsigned, the same in every form. */
  readonly soughtHash: number;
  isSought(slot: number): boolean;
  /** Hash of the key of a slot. */
  hashAt(slot: number): number;
  /** The order of the keys of two slots by their UTF-8 bytes. */
  compare(left: number, right: number): number;
  /** Calls `read` with the key's UTF-8 bytes, of which nothing may be kept. */
  read<Result>(slot: number, read: ReadBytes<Result>): Result;
  /** Tests keys by the order of their UTF-8 bytes. */
  test(operator: KeyOperator, keys: readonly string[]): ChunkTest;
  /** The first chunk of the layout has grown. */
  resize(): void;
  /** About how many bytes `save` writes for a slot. */
  savedBytes(slot: number): number;
  /** Appends the keys of some slots of one chunk. */
  save(first: number, count: number, out: ByteWriter): void;
  restore(first: number, count: number, reader: ByteReader): void;
}

type ReadBytes<Result> = (bytes: Uint8Array, start: number, end: number) => Result;

type KeyOperator = Exclude<TestOperator, 'absent'>;

export function createKeyStore(layout: Layout, settings: TableSettings): KeyStore {
  return new ChunkedKeyStore(layout, settings);
}

type KeyChunk = UuidChunk | ArenaChunk;

class ChunkedKeyStore implements KeyStore {
  soughtHash = 0;
  private readonly layout: Layout;
  private readonly settings: TableSettings;
  private readonly chunks: Chunks<KeyChunk>;
  /** The key taken up: as it came, as a UUID if it is one, otherwise, or once it is asked for, as UTF-8. */
  private sought: string | undefined;
  private readonly soughtWords: UuidWords = new Uint32Array(4);
  private readonly soughtText = createUtf8Scratch();
  private soughtIsUuid = false;
  private soughtHasText = false;

  constructor(layout: Layout, settings: TableSettings) {
    this.layout = layout;
    this.settings = settings;
    this.chunks = createChunks<KeyChunk>(layout, (rows, chunk) => {
      const previous = this.chunks.peek(chunk - 1);
      if (previous instanceof ArenaChunk) previous.trim();
      return new UuidChunk(rows);
    });
  }

  get memoryBytes(): number {
    return this.chunks.memoryBytes;
  }

  get(slot: number): string {
    const chunk = this.chunkOf(slot);
    const row = slot & this.layout.rowMask;
    if (chunk instanceof UuidChunk) return formatUuid(chunk.words, row << 2);
    return chunk.read(row, decodeUtf8);
  }

  set(slot: number, key: string): void {
    this.seek(key);
    const row = slot & this.layout.rowMask;
    let chunk = this.chunkOf(slot);
    if (chunk instanceof UuidChunk) {
      if (this.soughtIsUuid) {
        chunk.set(row, this.soughtWords);
        return;
      }
      chunk = this.turnToText(slot >>> this.layout.chunkBits, chunk);
    }
    const text = this.textSought();
    chunk.set(row, text.bytes, 0, text.length);
  }

  clear(slot: number): void {
    const chunk = this.chunkOf(slot);
    if (chunk instanceof ArenaChunk) chunk.clear(slot & this.layout.rowMask);
  }

  seek(key: string): void {
    // Whoever adds a key has looked for it before, and then it is the same string.
    if (key === this.sought) return;
    this.sought = key;
    this.soughtIsUuid = parseUuid(key, this.soughtWords, 0);
    this.soughtHasText = !this.soughtIsUuid;
    if (this.soughtIsUuid) this.soughtHash = hashUuid(this.soughtWords, 0);
    else {
      this.soughtText.encode(key);
      this.soughtHash = murmur32(this.soughtText.bytes, 0, this.soughtText.length, 0);
    }
  }

  isSought(slot: number): boolean {
    const chunk = this.chunkOf(slot);
    const row = slot & this.layout.rowMask;
    if (chunk instanceof UuidChunk) return this.soughtIsUuid && chunk.has(row, this.soughtWords);
    const text = this.textSought();
    return chunk.equals(row, text.bytes, text.length);
  }

  hashAt(slot: number): number {
    const chunk = this.chunkOf(slot);
    const row = slot & this.layout.rowMask;
    if (chunk instanceof UuidChunk) return hashUuid(chunk.words, row << 2);
    return chunk.read(row, hashText);
  }

  compare(left: number, right: number): number {
    const leftChunk = this.chunkOf(left);
    const rightChunk = this.chunkOf(right);
    const leftRow = left & this.layout.rowMask;
    const rightRow = right & this.layout.rowMask;
    if (leftChunk instanceof UuidChunk && rightChunk instanceof UuidChunk) {
      return leftChunk.compare(leftRow, rightChunk, rightRow);
    }
    if (leftChunk instanceof ArenaChunk && rightChunk instanceof ArenaChunk) {
      return leftChunk.compare(leftRow, rightChunk, rightRow);
    }
    return compareUtf8(this.get(left), this.get(right));
  }

  read<Result>(slot: number, read: ReadBytes<Result>): Result {
    const chunk = this.chunkOf(slot);
    const row = slot & this.layout.rowMask;
    return chunk instanceof UuidChunk ? readUuid(chunk, row, read) : chunk.read(row, read);
  }

  test(operator: KeyOperator, keys: readonly string[]): ChunkTest {
    const test = byteTest(operator, keys.map(encodeUtf8));
    const words: UuidWords = new Uint32Array(4);
    const isUuid = keys.length === 1 && parseUuid(keys[0]!, words, 0);
    return {
      keep: (index, selection) => {
        const chunk = this.chunks.open(index);
        if (chunk instanceof ArenaChunk) chunk.keep(test, selection);
        else if (isUuid && isRangeOperator(operator)) chunk.keep(operator, words, selection);
        else keepRows(selection, (row) => readUuid(chunk, row, test));
      },
    };
  }

  resize(): void {
    this.chunks.resize();
  }

  savedBytes(slot: number): number {
    const chunk = this.chunkOf(slot);
    return chunk instanceof UuidChunk ? 16 : chunk.bytesOf(slot & this.layout.rowMask);
  }

  save(first: number, count: number, out: ByteWriter): void {
    const chunk = this.chunkOf(first);
    out.u8(Number(chunk instanceof ArenaChunk));
    chunk.save(first & this.layout.rowMask, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    const isText = reader.u8() === 1;
    const row = first & this.layout.rowMask;
    const chunk = this.chunkOf(first);
    if (chunk instanceof ArenaChunk && !isText) this.restoreAsText(chunk, row, count, reader);
    else if (chunk instanceof UuidChunk && isText) {
      this.turnToText(first >>> this.layout.chunkBits, chunk).restore(row, count, reader);
    } else chunk.restore(row, count, reader);
  }

  /** UUIDs that were saved before the first other key of their chunk came. */
  private restoreAsText(chunk: ArenaChunk, row: number, count: number, reader: ByteReader): void {
    const uuids = new UuidChunk(count);
    uuids.restore(0, count, reader);
    for (let at = 0; at < count; at++) {
      readUuid(uuids, at, (bytes, start, end) => chunk.set(row + at, bytes, start, end));
    }
  }

  private chunkOf(slot: number): KeyChunk {
    return this.chunks.open(slot >>> this.layout.chunkBits);
  }

  private textSought(): Utf8Scratch {
    if (!this.soughtHasText) this.soughtText.encode(formatUuid(this.soughtWords, 0));
    this.soughtHasText = true;
    return this.soughtText;
  }

  private turnToText(index: number, uuids: UuidChunk): ArenaChunk {
    const text = new ArenaChunk(uuids.length, this.settings.arenaWasteMin);
    for (let row = 0; row < uuids.end; row++) {
      readUuid(uuids, row, (bytes, start, end) => text.set(row, bytes, start, end));
    }
    this.chunks.replace(index, text);
    return text;
  }
}

const uuidText = new Uint8Array(uuidTextLength);

function readUuid<Result>(chunk: UuidChunk, row: number, read: ReadBytes<Result>): Result {
  formatUuidInto(chunk.words, row << 2, uuidText);
  return read(uuidText, 0, uuidTextLength);
}

const textWords: UuidWords = new Uint32Array(4);

function hashText(bytes: Uint8Array, start: number, end: number): number {
  const isUuid =
    end - start === uuidTextLength && parseUuid(decodeUtf8(bytes, start, end), textWords, 0);
  return isUuid ? hashUuid(textWords, 0) : murmur32(bytes, start, end, 0);
}
