import { assert } from '../base/errors.ts';
import { finish, type Steps } from '../base/steps.ts';
import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readStream, writeStream } from './byte-stream.ts';
import { readByteStrings, writeByteStrings } from './byte-strings.ts';
import { readFloats, writeFloats } from './floats.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { readLongs, writeLongs } from './longs.ts';
import type { Plan } from './plan.ts';
import { readTexts, writeTexts } from './texts.ts';

/** The values of a column, one after the other. */
export type ColumnValues =
  /** Safe integers: numbers of 32 bits, enums, and 0 and 1 for booleans. */
  | { readonly kind: 'integers'; readonly values: Float64Array }
  /** Integers of 64 bits, unsigned ones by their bits; times in nanoseconds. */
  | { readonly kind: 'longs'; readonly values: BigInt64Array }
  /** Floats of 32 or 64 bits; every NaN is the canonical one. */
  | { readonly kind: 'floats'; readonly values: Float64Array }
  /** Well-formed strings. */
  | { readonly kind: 'texts'; readonly values: readonly string[] }
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  /** Lists, by how many items each has, and the items of all. */
  | { readonly kind: 'list'; readonly lengths: Float64Array; readonly items: ColumnValues }
  /** Messages, by their fields. */
  | { readonly kind: 'group'; readonly count: number; readonly columns: readonly BatchColumn[] }
  | CodedValues;

/** All values of a column as a codec of the team's own has written them, which only who has it can read. */
export interface CodedValues {
  readonly kind: 'coded';
  /** How many values they are. */
  readonly count: number;
  /** The name of the codec. */
  readonly codec: string;
  readonly bytes: Uint8Array;
}

/** One field of the rows of a batch. */
export interface BatchColumn {
  /** The field's number, or one above those of fields for what else rows have of it. */
  readonly number: number;
  /** A byte for each row: 0 where it has no value. Undefined where all have one. */
  readonly present: Uint8Array | undefined;
  /** As many as rows have one. */
  readonly values: ColumnValues;
}

/** Rows, field by field. */
export interface Batch {
  readonly rowCount: number;
  /** By their numbers, ascending. A field that no row has need not be there. */
  readonly columns: readonly BatchColumn[];
}

/** How the kinds are told from each other in a block. */
const kinds = ['integers', 'longs', 'floats', 'texts', 'bytes', 'list', 'group', 'coded'] as const;

/** Groups and lists in each other. */
export const depthMax = 32;

/** Added to the number of a kind where not all rows have a value. */
const someAbsent = 8;

/** What a kind and this come to is below. */
const tagLimit = 16;

/** Writes a batch: the number of rows, then its columns. */
export function writeBatch(out: BlockWriter, batch: Batch, plan: Plan): void {
  finish(batchSteps(out, batch, plan));
}

/** The same a column in a step. Others may use the plan between two of them. */
export function* batchSteps(
  out: BlockWriter,
  { rowCount, columns }: Batch,
  plan: Plan,
): Steps<void> {
  out.head.varint(rowCount);
  yield* columnSteps(out, columns, plan);
}

/**
 * The number of columns; of each a varint, which rows have it if not all do, and its values. The varint is the number of the kind, and
 * 8 more where not all have it, and 16 times as many as there are numbers between the column's and the one before (the first: 0).
 */
function* columnSteps(out: BlockWriter, columns: readonly BatchColumn[], plan: Plan): Steps<void> {
  out.head.varint(columns.length);
  let last = 0;
  for (const [index, { number, present, values }] of columns.entries()) {
    if (index > 0) yield;
    assert(number > last, 'the numbers of columns ascend');
    const part = plan.part(index);
    const kind = kinds.indexOf(values.kind) + (present === undefined ? 0 : someAbsent);
    out.head.varint((number - last - 1) * tagLimit + kind);
    last = number;
    if (present !== undefined) {
      writeIntegers(out, Float64Array.from(present), present.length, part.part(0));
    }
    writeValues(out, values, part.part(1));
  }
}

function writeValues(out: BlockWriter, column: ColumnValues, plan: Plan): void {
  const { kind } = column;
  if (kind === 'integers') writeIntegers(out, column.values, column.values.length, plan);
  else if (kind === 'longs') writeLongs(out, column.values, plan);
  else if (kind === 'floats') writeFloats(out, column.values, column.values.length, plan);
  else if (kind === 'texts') writeTexts(out, column.values, plan);
  else if (kind === 'bytes') writeByteStrings(out, column.values, plan);
  else if (kind === 'group') finish(columnSteps(out, column.columns, plan));
  else if (kind === 'coded') writeCoded(out, column);
  else {
    writeIntegers(out, column.lengths, column.lengths.length, plan.part(0));
    out.head.u8(kinds.indexOf(column.items.kind));
    writeValues(out, column.items, plan.part(1));
  }
}

/** The codec's name as a length and UTF-8, the number of bytes as a varint, and these as a stream. */
function writeCoded(out: BlockWriter, { codec, bytes }: CodedValues): void {
  out.head.lengthText(codec);
  out.head.varint(bytes.length);
  writeStream(out, bytes);
}

/** Reads what `writeBatch` wrote. DATA_LOSS where it has more than `rowsMax` rows, or is damaged. */
export function readBatch(reader: BlockReader, rowsMax: number): Batch {
  const rowCount = reader.head.varint();
  if (rowCount > rowsMax) throw reader.fail('there are too many rows');
  return { rowCount, columns: readColumns(reader, rowCount, depthMax) };
}

function readColumns(reader: BlockReader, rowCount: number, depth: number): BatchColumn[] {
  const columns: BatchColumn[] = [];
  let last = 0;
  for (let left = reader.head.count(); left > 0; left--) {
    const all = reader.head.varint();
    const tag = all % tagLimit;
    const number = last + 1 + (all - tag) / tagLimit;
    if (!Number.isSafeInteger(number)) throw reader.fail('a column has no such number');
    last = number;
    const present = tag < someAbsent ? undefined : readPresent(reader, rowCount);
    const count = present === undefined ? rowCount : presentCount(present);
    columns.push({ number, present, values: readValues(reader, tag % someAbsent, count, depth) });
  }
  return columns;
}

function readPresent(reader: BlockReader, count: number): Uint8Array {
  const bits = readIntegers(reader, count);
  const present = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    if (bits[at] !== 0 && bits[at] !== 1) throw reader.fail('a value is neither there nor not');
    present[at] = bits[at]!;
  }
  return present;
}

/** How many values there are. */
export function countOf(values: ColumnValues): number {
  if (values.kind === 'group' || values.kind === 'coded') return values.count;
  return values.kind === 'list' ? values.lengths.length : values.values.length;
}

function presentCount(present: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < present.length; at++) count += present[at]!;
  return count;
}

function readValues(reader: BlockReader, tag: number, count: number, depth: number): ColumnValues {
  const kind = kinds[tag];
  switch (kind) {
    case 'integers':
      return { kind, values: readIntegers(reader, count) };
    case 'longs':
      return { kind, values: readLongs(reader, count) };
    case 'floats':
      return { kind, values: readFloats(reader, count) };
    case 'texts':
      return { kind, values: readTexts(reader, count) };
    case 'bytes':
      return { kind, values: readByteStrings(reader, count) };
    case 'list': {
      const lengths = readIntegers(reader, count);
      const total = sumOf(reader, lengths);
      return {
        kind,
        lengths,
        items: readValues(reader, reader.head.u8(), total, deeper(reader, depth)),
      };
    }
    case 'group':
      // A message without fields takes no bytes, and still is one.
      reader.allow(count);
      return { kind, count, columns: readColumns(reader, count, deeper(reader, depth)) };
    case 'coded': {
      // However many its bytes stand for.
      reader.allow(count);
      const codec = reader.head.lengthText();
      return { kind, count, codec, bytes: readStream(reader, reader.head.varint()) };
    }
    default:
      throw reader.fail('there is no such kind of column');
  }
}

function deeper(reader: BlockReader, depth: number): number {
  if (depth === 0) throw reader.fail('columns are nested too deep');
  return depth - 1;
}

function sumOf(reader: BlockReader, lengths: Float64Array): number {
  let total = 0;
  for (let at = 0; at < lengths.length; at++) {
    if (lengths[at]! < 0) throw reader.fail('a list has no length');
    total += lengths[at]!;
  }
  if (!Number.isSafeInteger(total)) throw reader.fail('lists are too long');
  return total;
}
