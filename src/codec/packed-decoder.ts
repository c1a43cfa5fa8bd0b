import { ByteReader } from '../base/bytes.ts';
import { readColumn } from './packed-column.ts';
import { afterStep, type PackedRow, packedFormat, packedKinds } from './packed-format.ts';
import { readFieldSets, readScopeSets } from './packed-sets.ts';
import { readTables } from './packed-tables.ts';
import { readTexts } from './text-places.ts';

const nothing: readonly never[] = [];
const noBytes = new Uint8Array(0);

/**
 * The rows of a batch, in order. Their `row` bytes are views of `source`, and rows with the same scopes or fields
 * share one array. Whatever `packedFormat` does not allow is DATA_LOSS MALFORMED_BYTES, and so is version 2 without `teamTables`.
 */
export function decodePacked(source: Uint8Array, teamTables?: readonly string[]): PackedRow[] {
  const reader = new ByteReader(source, packedFormat.name);
  if (reader.u8() !== packedFormat.magic) throw reader.fail('the magic byte is missing');
  const format = reader.u8();
  const isShort = format === packedFormat.shortVersion && teamTables !== undefined;
  if (format !== packedFormat.version && !isShort) throw reader.fail('the version is unknown');
  const tables = isShort ? readTables(reader, teamTables) : readTexts(reader);
  const writers = readTexts(reader);
  const scopeSets = readScopeSets(reader, readTexts(reader));
  const fieldSets = readFieldSets(reader);
  const count = reader.varint();
  if (count > packedFormat.rowsMax) throw reader.fail('there are too many rows');
  const kinds = readKinds(reader, count, isShort);
  const table = readColumn(reader, count, tables.length, 'table', isShort);
  const number = readColumn(reader, count, unlimited, 'number', isShort);
  const version = readColumn(reader, count, unlimited, 'version', isShort);
  const stamp = readColumn(reader, kinds.known, unlimited, 'stamp', isShort);
  const writer = readColumn(reader, kinds.known, writers.length, 'writer', isShort);
  const placedCount = kinds.filled + kinds.own;
  const scopeSet = readColumn(reader, placedCount, scopeSets.length, 'scope set', isShort);
  const fieldSet = readColumn(reader, kinds.patched, fieldSets.length, 'field set', isShort);
  const length = readColumn(reader, kinds.filled, unlimited, 'length', isShort);
  const counter = readColumn(reader, kinds.own, unlimited, 'counter', isShort);
  const change = readColumn(reader, kinds.own, unlimited, 'change', isShort);

  const rows: PackedRow[] = [];
  const lastNumbers = new Float64Array(tables.length);
  let lastVersion = 0;
  let lastStamp = 0;
  let known = 0;
  let lastCounter = 0;
  let placed = 0;
  let filled = 0;
  let patched = 0;
  let own = 0;
  for (let at = 0; at < count; at++) {
    const kind = packedKinds[kinds.column[at]! - 1]!;
    const tableIndex = table[at]!;
    lastNumbers[tableIndex] = afterStep(lastNumbers[tableIndex]!, number[at]!);
    lastVersion = afterStep(lastVersion, version[at]!);
    const isKnown = kind !== 'evicted';
    const isFilled = kind === 'full' || kind === 'patch';
    const isOwn = kind === 'own';
    if (isOwn) lastCounter = afterStep(lastCounter, counter[own]!);
    if (isKnown) lastStamp = afterStep(lastStamp, stamp[known]!);
    rows.push({
      kind,
      table: tables[tableIndex]!,
      number: lastNumbers[tableIndex]!,
      key: '',
      version: lastVersion,
      stamp: isKnown ? lastStamp : 0,
      writer: isKnown ? writers[writer[known++]!]! : '',
      fields: kind === 'patch' ? fieldSets[fieldSet[patched++]!]! : nothing,
      scopes: isFilled || isOwn ? scopeSets[scopeSet[placed++]!]! : nothing,
      row: isFilled ? reader.bytes(length[filled++]!) : noBytes,
      ...(isOwn && { own: { counter: lastCounter, change: change[own++]! } }),
    });
  }
  if (!reader.done) throw reader.fail('bytes are left over');
  return rows;
}

/** Every varint is below it. */
const unlimited = 2 ** 53;

interface Kinds {
  /** Of each row: 1 to 4, or 5 in version 2. */
  readonly column: Float64Array;
  /** Rows as their receiver wrote them. */
  readonly own: number;
  /** Rows that have a stamp and a writer. */
  readonly known: number;
  /** Rows that have scopes and bytes. */
  readonly filled: number;
  /** Rows that have fields. */
  readonly patched: number;
}

function readKinds(reader: ByteReader, count: number, isShort: boolean): Kinds {
  const column = readColumn(reader, count, packedKinds.length + 1, 'kind', isShort);
  const counts = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < count; at++) counts[column[at]!]!++;
  const [none, full, patched, deleted, , own] = counts as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (none > 0 || (own > 0 && !isShort))
    throw reader.fail('the column kind has a value out of range');
  return { column, known: full + patched + deleted + own, filled: full + patched, patched, own };
}
