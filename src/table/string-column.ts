import { type ByteReader, type ByteWriter, varintBytes } from '../base/bytes.ts';
import { compareUtf8, decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import { readFixed, writeFixed } from '../codec/fixed-column.ts';
import { encodeCell } from '../schema/cell-encoder.ts';
import type { ColumnCodec } from '../schema/column-codec.ts';
import type { Cell, ColumnDef } from '../schema/table-def.ts';
import { ArenaChunk } from './arena-chunk.ts';
import { byteTest } from './byte-test.ts';
import { type Chunks, createChunks } from './chunks.ts';
import { CodeChunk } from './code-chunk.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import { createDictionary, type Dictionary } from './dictionary.ts';
import { cellMatches } from './filter.ts';
import type { Layout } from './layout.ts';
import type { TableSettings } from './settings.ts';
import { TextGatherer } from './text-gatherer.ts';
import { createUtf8Scratch } from './utf8-scratch.ts';

/**
 * A column of strings. A chunk holds codes of the column's dictionary until a new entry would make that larger
 * than it is worth: more than 256 entries and more than one for each eight rows that use it, or more than 65,536, or of
 * more than four million characters.
 * Then the chunk turns to text in an arena, for good; chunks begun after it are text from the start, and those
 * before it keep their codes.
 */
export function createStringColumn(
  def: ColumnDef,
  codec: ColumnCodec,
  layout: Layout,
  settings: TableSettings,
): Column {
  return new StringColumn(def, codec, layout, settings);
}

type StringChunk = CodeChunk | ArenaChunk;

const scratch = createUtf8Scratch();
/** Codes of the rows that are restored, shared by all. */
let places = new Float64Array(0);

/** What a snapshot has of a chunk that was never written, of one of codes and of one of text. */
const Saved = { nothing: 0, codes: 1, text: 2 } as const;

class StringColumn implements Column {
  private readonly def: ColumnDef;
  private readonly codec: ColumnCodec;
  private readonly layout: Layout;
  private readonly settings: TableSettings;
  private readonly dictionary: Dictionary = createDictionary();
  private readonly chunks: Chunks<StringChunk>;

  constructor(def: ColumnDef, codec: ColumnCodec, layout: Layout, settings: TableSettings) {
    this.def = def;
    this.codec = codec;
    this.layout = layout;
    this.settings = settings;
    this.chunks = createChunks<StringChunk>(layout, (rows, chunk) => this.begin(rows, chunk));
  }

  get memoryBytes(): number {
    return this.chunks.memoryBytes + this.dictionary.memoryBytes;
  }

  get(slot: number): string {
    const chunk = this.chunks.peek(slot >>> this.layout.chunkBits);
    if (chunk === undefined) return '';
    const row = slot & this.layout.rowMask;
    return chunk instanceof CodeChunk ? this.dictionary.text(chunk.get(row)) : textOf(chunk, row);
  }

  set(slot: number, cell: Cell): void {
    if (typeof cell === 'string') this.setString(slot, cell);
    else this.setBytes(slot, cell as Uint8Array);
  }

  /** The UTF-8 bytes of a string that is not empty. */
  private setBytes(slot: number, bytes: Uint8Array): void {
    const chunk = this.chunks.peek(slot >>> this.layout.chunkBits);
    if (chunk instanceof ArenaChunk) chunk.set(slot & this.layout.rowMask, bytes);
    else this.setString(slot, decodeUtf8(bytes));
  }

  private setString(slot: number, text: string): void {
    const index = slot >>> this.layout.chunkBits;
    if (text === '' && this.chunks.peek(index) === undefined) return;
    const row = slot & this.layout.rowMask;
    let chunk = this.chunks.open(index);
    if (chunk instanceof CodeChunk) {
      let code = this.dictionary.find(text);
      if (code < 0 && this.hasRoomInDictionary(text)) code = this.dictionary.add(text);
      if (code >= 0) {
        this.setCode(chunk, row, code);
        return;
      }
      chunk = this.turnToText(index, chunk);
    }
    setText(chunk, row, text);
  }

  clear(slot: number): void {
    const chunk = this.chunks.peek(slot >>> this.layout.chunkBits);
    const row = slot & this.layout.rowMask;
    if (chunk instanceof CodeChunk) this.setCode(chunk, row, 0);
    else chunk?.clear(row);
  }

  equals(slot: number, cell: Cell): boolean {
    return this.get(slot) === cell;
  }

  compare(left: number, right: number): number {
    return compareUtf8(this.get(left), this.get(right));
  }

  encode(slot: number, out: ByteWriter): void {
    const chunk = this.chunks.peek(slot >>> this.layout.chunkBits);
    const row = slot & this.layout.rowMask;
    if (chunk instanceof ArenaChunk && !chunk.isEmpty(row)) {
      out.varint(this.codec.tag);
      chunk.read(row, (bytes, start, end) => out.lengthBytes(bytes.subarray(start, end)));
    } else encodeCell(this.codec, this.get(slot), out);
  }

  gather(slots: ArrayLike<number>): GatheredCells {
    const { chunkBits, rowMask } = this.layout;
    const values = new Array<string>(slots.length).fill('');
    const texts = new TextGatherer(values);
    for (let at = 0; at < slots.length; at++) {
      const chunk = this.chunks.peek(slots[at]! >>> chunkBits);
      const row = slots[at]! & rowMask;
      if (chunk instanceof CodeChunk) values[at] = this.dictionary.text(chunk.get(row));
      else chunk?.read(row, (bytes, start, end) => texts.add(at, bytes, start, end));
    }
    texts.finish();
    return { present: undefined, values: { kind: 'texts', values } };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    if (operator === 'absent') return undefined;
    const comparison = { column: this.def.index, op: operator, cells };
    const verdicts = new Uint8Array(this.dictionary.codeEnd);
    for (let code = 0; code < verdicts.length; code++) {
      verdicts[code] = Number(cellMatches(this.def, comparison, this.dictionary.text(code)));
    }
    const test = byteTest(
      operator,
      cells.map((cell) => encodeUtf8(cell as string)),
    );
    return {
      keep: (index, selection) => {
        const chunk = this.chunks.peek(index);
        if (chunk instanceof CodeChunk) chunk.keep(verdicts, selection);
        else if (chunk !== undefined) chunk.keep(test, selection);
        else if (verdicts[0] === 0) selection.fill(0);
      },
    };
  }

  resize(): void {
    this.chunks.resize();
  }

  arenaBytes(index: number): number {
    const chunk = this.chunks.peek(index);
    if (!(chunk instanceof CodeChunk)) return chunk?.liveBytes ?? 0;
    // What it would take as text. It is counted only where all of the column's together could be too much.
    const atMost = this.dictionary.usedCharacters * 3 + chunk.length * 4;
    return atMost <= this.settings.arenaBytesMax / 4 ? atMost : this.bytesAsText(chunk);
  }

  shrink(): void {
    for (const chunk of this.chunks) if (chunk instanceof ArenaChunk) chunk.shrink();
  }

  savedBytes(slot: number): number {
    const chunk = this.chunks.peek(slot >>> this.layout.chunkBits);
    const row = slot & this.layout.rowMask;
    if (chunk instanceof CodeChunk) return this.dictionary.text(chunk.get(row)).length;
    return chunk?.bytesOf(row) ?? 0;
  }

  save(first: number, count: number, out: ByteWriter): void {
    const chunk = this.chunks.peek(first >>> this.layout.chunkBits);
    const row = first & this.layout.rowMask;
    if (chunk === undefined) out.u8(Saved.nothing);
    else if (chunk instanceof CodeChunk) {
      out.u8(Saved.codes);
      this.saveCodes(chunk, row, count, out);
    } else {
      out.u8(Saved.text);
      chunk.save(row, count, out);
    }
  }

  restore(first: number, count: number, reader: ByteReader): void {
    const kind = reader.u8();
    if (kind === Saved.nothing) return;
    if (kind === Saved.codes) this.restoreCodes(first, count, reader);
    else this.textChunk(first).restore(first & this.layout.rowMask, count, reader);
  }

  /** Codes of a dictionary of their own, which has the strings of these rows alone. */
  private saveCodes(chunk: CodeChunk, row: number, count: number, out: ByteWriter): void {
    const texts: string[] = [];
    const places = new Map<number, number>();
    const codes = new Float64Array(count);
    for (let at = 0; at < count; at++) {
      const code = chunk.get(row + at);
      let place = places.get(code);
      if (place === undefined) {
        place = texts.push(this.dictionary.text(code)) - 1;
        places.set(code, place);
      }
      codes[at] = place;
    }
    out.varint(texts.length);
    for (const text of texts) out.lengthText(text);
    writeFixed(out, codes, count);
  }

  private restoreCodes(first: number, count: number, reader: ByteReader): void {
    const texts: string[] = [];
    for (let left = reader.count(); left > 0; left--) texts.push(reader.lengthText());
    if (places.length < count) places = new Float64Array(count);
    readFixed(reader, places, count, texts.length, 'code');
    const index = first >>> this.layout.chunkBits;
    const row = first & this.layout.rowMask;
    const known = new Int32Array(texts.length).fill(-1);
    for (let at = 0; at < count; at++) {
      const place = places[at]!;
      const chunk = this.chunks.peek(index);
      // A string that does not fit in the dictionary turns the chunk to text, and then all go the long way.
      if (known[place]! >= 0 && chunk instanceof CodeChunk) {
        this.setCode(chunk, row + at, known[place]!);
        continue;
      }
      this.setString(first + at, texts[place]!);
      if (this.chunks.peek(index) instanceof CodeChunk) {
        known[place] = this.dictionary.find(texts[place]!);
      }
    }
  }

  private textChunk(slot: number): ArenaChunk {
    const index = slot >>> this.layout.chunkBits;
    const chunk = this.chunks.open(index);
    return chunk instanceof CodeChunk ? this.turnToText(index, chunk) : chunk;
  }

  private begin(rows: number, chunk: number): StringChunk {
    const previous = this.chunks.peek(chunk - 1);
    if (!(previous instanceof ArenaChunk)) return new CodeChunk(rows);
    previous.trim();
    return this.newArena(rows);
  }

  private newArena(rows: number): ArenaChunk {
    return new ArenaChunk(rows, this.settings.arenaWasteMin, this.settings.arenaBytesMax);
  }

  private bytesAsText(codes: CodeChunk): number {
    const bytesOf = new Float64Array(this.dictionary.codeEnd);
    let sum = 1;
    for (let row = 0; row < codes.length; row++) {
      const code = codes.get(row);
      if (code === 0) continue;
      bytesOf[code] ||= storedBytes(this.dictionary.text(code));
      sum += bytesOf[code]!;
    }
    return sum;
  }

  private setCode(chunk: CodeChunk, row: number, code: number): void {
    this.dictionary.retain(code);
    this.dictionary.release(chunk.get(row));
    chunk.set(row, code);
  }

  private hasRoomInDictionary(text: string): boolean {
    const { dictionary, settings } = this;
    const { dictionaryEntriesMin, dictionaryEntriesMax, dictionaryRowsPerEntry } = settings;
    const paying = dictionary.uses / dictionaryRowsPerEntry;
    const max = Math.min(dictionaryEntriesMax, Math.max(dictionaryEntriesMin, paying));
    const characters = dictionary.characters + text.length;
    return dictionary.size + 1 <= max && characters <= settings.dictionaryCharactersMax;
  }

  private turnToText(index: number, codes: CodeChunk): ArenaChunk {
    const text = this.newArena(codes.length);
    for (let row = 0; row < codes.length; row++) {
      const code = codes.get(row);
      if (code === 0) continue;
      setText(text, row, this.dictionary.text(code));
      this.dictionary.release(code);
    }
    this.chunks.replace(index, text);
    return text;
  }
}

function setText(chunk: ArenaChunk, row: number, text: string): void {
  scratch.encode(text);
  chunk.set(row, scratch.bytes, 0, scratch.length);
}

function textOf(chunk: ArenaChunk, row: number): string {
  return chunk.read(row, decodeUtf8);
}

function storedBytes(text: string): number {
  const { length } = encodeUtf8(text);
  return varintBytes(length) + length;
}
