import { ByteWriter } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { writeColumn } from './packed-column.ts';
import { type PackedRow, packedFormat, packedKinds, stepOf } from './packed-format.ts';
import { SetPlaces, writeFieldSets, writeScopeSets } from './packed-sets.ts';
import { writeTables } from './packed-tables.ts';
import { TextPlaces } from './text-places.ts';

/** Bytes before the rows, as a first guess. */
const headerBytesPerRow = 6;
const headerBytes = 512;

/**
 * One batch of up to `packedFormat.rowsMax` rows, laid out as `packedFormat` says. The bytes of each row are copied
 * once. Rows may come in any order; few bytes come of rows in the order of their versions. With an `out`, which is empty, they
 * are a view of it: valid until it is written to. With the names of the team's tables, in ascending order, it is of version 2.
 */
export function encodePacked(
  rows: readonly PackedRow[],
  out?: ByteWriter,
  teamTables?: readonly string[],
): Uint8Array {
  assert(
    rows.length <= packedFormat.rowsMax,
    `a packed batch has ${packedFormat.rowsMax} rows at most`,
  );
  const encoder = new PackedEncoder(rows.length, teamTables);
  for (const row of rows) encoder.add(row);
  return encoder.finish(rows, out);
}

class PackedEncoder {
  private readonly teamTables: readonly string[] | undefined;
  private readonly tables = new TextPlaces();
  private readonly writers = new TextPlaces();
  private readonly scopes = new TextPlaces();
  private readonly scopeSets = new SetPlaces();
  private readonly fieldSets = new SetPlaces();

  private readonly kind: Column;
  private readonly table: Column;
  private readonly number: Column;
  private readonly version: Column;
  private readonly stamp: Column;
  private readonly writer: Column;
  private readonly scopeSet: Column;
  private readonly fieldSet: Column;
  private readonly length: Column;
  private readonly counter: Column;
  private readonly change: Column;

  /** Number of the last row of each table. */
  private readonly lastNumbers: number[] = [];
  private lastVersion = 0;
  private lastStamp = 0;
  private lastCounter = 0;
  private rowBytes = 0;

  constructor(rowCount: number, teamTables: readonly string[] | undefined) {
    this.teamTables = teamTables;
    this.kind = new Column(rowCount);
    this.table = new Column(rowCount);
    this.number = new Column(rowCount);
    this.version = new Column(rowCount);
    this.stamp = new Column(rowCount);
    this.writer = new Column(rowCount);
    this.scopeSet = new Column(rowCount);
    this.fieldSet = new Column(rowCount);
    this.length = new Column(rowCount);
    this.counter = new Column(rowCount);
    this.change = new Column(rowCount);
  }

  add(row: PackedRow): void {
    const { kind } = row;
    const table = this.tables.placeOf(row.table);
    this.kind.push(packedKinds.indexOf(kind) + 1);
    this.table.push(table);
    this.number.push(stepOf(this.lastNumbers[table] ?? 0, row.number));
    this.lastNumbers[table] = row.number;
    this.version.push(stepOf(this.lastVersion, row.version));
    this.lastVersion = row.version;
    if (kind === 'evicted') return;
    this.stamp.push(stepOf(this.lastStamp, row.stamp));
    this.lastStamp = row.stamp;
    this.writer.push(this.writers.placeOf(row.writer));
    if (kind === 'deleted') return;
    this.scopeSet.push(
      this.scopeSets.placeOf(row.scopes.map((scope) => this.scopes.placeOf(scope))),
    );
    if (kind === 'own') {
      this.pushOwn(row);
      return;
    }
    if (kind === 'patch') this.fieldSet.push(this.fieldSets.placeOf(row.fields));
    this.length.push(row.row.length);
    this.rowBytes += row.row.length;
  }

  private pushOwn({ own }: PackedRow): void {
    assert(this.teamTables !== undefined, 'version 1 has no own rows');
    const { counter, change } = own!;
    this.counter.push(stepOf(this.lastCounter, counter));
    this.lastCounter = counter;
    this.change.push(change);
  }

  finish(rows: readonly PackedRow[], into?: ByteWriter): Uint8Array {
    const bytes = headerBytes + rows.length * headerBytesPerRow + this.rowBytes;
    const out = into ?? new ByteWriter(bytes);
    out.u8(packedFormat.magic);
    const isShort = this.teamTables !== undefined;
    out.u8(isShort ? packedFormat.shortVersion : packedFormat.version);
    if (isShort) writeTables(out, this.tables.texts, this.teamTables);
    else this.tables.write(out);
    for (const texts of [this.writers, this.scopes]) texts.write(out);
    writeScopeSets(out, this.scopeSets.sets);
    writeFieldSets(out, this.fieldSets.sets);
    out.varint(rows.length);
    const { kind, table, number, version, stamp, writer, scopeSet, fieldSet, length } = this;
    const { counter, change } = this;
    for (const column of [
      kind,
      table,
      number,
      version,
      stamp,
      writer,
      scopeSet,
      fieldSet,
      length,
      counter,
      change,
    ]) {
      column.write(out, isShort);
    }
    writeRows(out, rows);
    // Nobody writes to it again, so what it holds needs no copy.
    return out.peek();
  }
}

/** Rows that lie one behind the other in memory are copied in one go. */
function writeRows(out: ByteWriter, rows: readonly PackedRow[]): void {
  let first: Uint8Array = noBytes;
  let length = 0;
  for (const { kind, row } of rows) {
    if (kind !== 'full' && kind !== 'patch') continue;
    if (row.buffer === first.buffer && row.byteOffset === first.byteOffset + length) {
      length += row.length;
      continue;
    }
    out.bytes(new Uint8Array(first.buffer, first.byteOffset, length));
    first = row;
    length = row.length;
  }
  out.bytes(new Uint8Array(first.buffer, first.byteOffset, length));
}

const noBytes = new Uint8Array(0);

class Column {
  private readonly values: Float64Array;
  private count = 0;

  constructor(countMax: number) {
    this.values = new Float64Array(countMax);
  }

  push(value: number): void {
    this.values[this.count++] = value;
  }

  write(out: ByteWriter, isShort: boolean): void {
    writeColumn(out, this.values, this.count, isShort);
  }
}
