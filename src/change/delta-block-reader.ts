import { ByteWriter } from '../base/bytes.ts';
import { type Mask, maskOf } from '../base/mask.ts';
import { readBatch } from '../codec/batch.ts';
import { BlockReader } from '../codec/block-reader.ts';
import { readIntegers } from '../codec/integers.ts';
import { readFieldSets, readScopeSets } from '../codec/packed-sets.ts';
import { countMarks, type RowMarks, readMarks, rowKinds } from '../codec/row-marks.ts';
import { readTexts } from '../codec/texts.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { type BatchRows, rowsOfBatch } from '../table/batch/batch-rows.ts';
import type { RowMasks } from '../table/batch/row-masks.ts';
import type { TeamCodecs } from '../table/batch/team-codec.ts';
import { decidedLimits } from './decided.ts';
import { deltaBlockFormat } from './delta-block.ts';
import type { RowDelta } from './row-delta.ts';

/** What a block may come to. */
export interface BlockLimits {
  /** Values of all its columns together. */
  readonly valuesMax: number;
  /** Bytes of the texts, byte strings and messages of its rows together. */
  readonly bytesMax: number;
}

/**
 * The rows of a Delta from the decompressed frames of its block, in the order in which they were written. Their `row` is made
 * whenever it is asked for, and rows with the same scopes or fields share one array. DATA_LOSS MALFORMED_BYTES where the block cannot
 * have been written, has more than `limits`, or is of other tables than those of `schema`.
 */
export function readDeltas(
  frames: readonly Uint8Array[],
  schema: Schema,
  limits: BlockLimits,
  codecs?: TeamCodecs,
): RowDelta[] {
  const reader = new BlockReader(frames, limits.valuesMax);
  const deltas = new DeltaBlockReader(reader, schema, limits, codecs).read();
  reader.end();
  return deltas;
}

/** What stands of a table before its rows. */
interface TableHead {
  readonly def: TableDef;
  readonly count: number;
  readonly fieldSets: readonly (readonly number[])[];
}

/** Room for a row, as a first guess. */
const rowBytesAbout = 128;

const nothing: readonly never[] = [];
const noBytes = new Uint8Array(0);

class DeltaBlockReader {
  private readonly reader: BlockReader;
  private readonly schema: Schema;
  private readonly limits: BlockLimits;
  private readonly codecs: TeamCodecs | undefined;
  private writers: readonly string[] = nothing;
  private scopeSets: readonly (readonly string[])[] = nothing;

  constructor(
    reader: BlockReader,
    schema: Schema,
    limits: BlockLimits,
    codecs: TeamCodecs | undefined,
  ) {
    this.reader = reader;
    this.schema = schema;
    this.limits = limits;
    this.codecs = codecs;
  }

  read(): RowDelta[] {
    const { reader } = this;
    const { head } = reader;
    if (head.u8() !== deltaBlockFormat.letter) throw reader.fail('it is none of a Delta');
    this.writers = this.readNames();
    this.scopeSets = readScopeSets(head, this.readNames());
    const tables = this.readTables();
    const rowCount = tables.reduce((sum, { count }) => sum + count, 0);
    if (rowCount > deltaBlockFormat.rowsMax) throw reader.fail('there are too many rows');
    const order = tables.length > 1 ? readIntegers(reader, rowCount) : undefined;
    const rows = tables.map((table) => this.readRows(table));
    return order === undefined ? (rows[0] ?? []) : this.inOrder(rows, order);
  }

  private readNames(): string[] {
    return readTexts(this.reader, this.reader.head.varint());
  }

  private readTables(): TableHead[] {
    const { head } = this.reader;
    const tables: TableHead[] = [];
    for (let left = head.count(); left > 0; left--) {
      const name = head.lengthText();
      const def = this.schema.tableByName.get(name);
      if (def === undefined) throw this.reader.fail(`the table ${name} is unknown`);
      tables.push({ def, count: head.varint(), fieldSets: readFieldSets(head) });
    }
    return tables;
  }

  private inOrder(rows: readonly RowDelta[][], order: Float64Array): RowDelta[] {
    const next = rows.map(() => 0);
    return Array.from(order, (table) => {
      const row = rows[table]?.[next[table]!++];
      if (row === undefined) throw this.reader.fail('the order of its rows is not theirs');
      return row;
    });
  }

  private readRows({ def, count, fieldSets }: TableHead): RowDelta[] {
    const { reader, writers, scopeSets } = this;
    const limits = {
      writers: writers.length,
      scopeSets: scopeSets.length,
      fieldSets: fieldSets.length,
    };
    const marks = readMarks(reader, count, limits);
    const { filled } = countMarks(marks.kinds);
    const rows = filled === 0 ? undefined : this.readFilled(def, marks, filled, fieldSets);
    const places = { known: 0, placed: 0, filled: 0, patched: 0, own: 0 };
    return Array.from(marks.kinds, (place, at): RowDelta => {
      const kind = rowKinds[place]!;
      const number = marks.numbers[at]!;
      const version = marks.versions[at]!;
      const row = { kind, table: def.name, number, key: '', version, ...notKnown };
      if (kind === 'evicted') return row;
      const stamp = marks.stamps[places.known]!;
      const writer = writers[marks.writers[places.known++]!]!;
      if (kind === 'deleted') return { ...row, stamp, writer };
      const scopes = scopeSets[marks.scopeSets[places.placed++]!]!;
      if (kind === 'own') {
        const own = {
          counter: marks.counters[places.own]!,
          change: marks.changes[places.own++]!,
        };
        return { ...row, stamp, writer, scopes, own };
      }
      const fields = kind === 'full' ? nothing : fieldSets[marks.fieldSets[places.patched++]!]!;
      return new ColumnRow({ ...row, stamp, writer, scopes, fields }, rows!, places.filled++);
    });
  }

  private readFilled(
    def: TableDef,
    marks: RowMarks,
    count: number,
    fieldSets: TableHead['fieldSets'],
  ): BatchRows {
    const batch = readBatch(this.reader, count);
    if (batch.rowCount !== count) throw this.reader.fail('its rows are not those of their marks');
    const masks = this.masksOf(def, marks, fieldSets);
    const { bytesMax } = this.limits;
    const { codecs } = this;
    const options = { bytesMax, limits: decidedLimits, codecs, ...(masks && { masks }) };
    return rowsOfBatch(def, batch, options);
  }

  /** Which columns each patch names, of the rows that are filled; undefined where all are whole. */
  private masksOf(
    def: TableDef,
    { kinds, fieldSets: places }: RowMarks,
    fieldSets: TableHead['fieldSets'],
  ): RowMasks | undefined {
    if (places.length === 0) return undefined;
    const masks = fieldSets.map((fields) => this.maskOf(def, fields));
    const filled = kinds.filter((kind) => kind === full || kind === patch);
    let patched = 0;
    return Array.from(filled, (kind) => (kind === patch ? masks[places[patched++]!] : undefined));
  }

  private maskOf(def: TableDef, fields: readonly number[]): Mask {
    const indexes = fields.map((number) => {
      const column = def.columnByNumber.get(number);
      if (column === undefined) throw this.reader.fail(`${def.name} has no field ${number}`);
      return column.index;
    });
    return maskOf(def.columns.length, indexes);
  }
}

const full = rowKinds.indexOf('full');
const patch = rowKinds.indexOf('patch');

/** What is not told of a row. */
const notKnown = { stamp: 0, writer: '', fields: nothing, scopes: nothing, row: noBytes };

/** A row that stays in its columns until somebody asks for it: most are only taken into other columns. */
class ColumnRow implements RowDelta {
  readonly kind: RowDelta['kind'];
  readonly table: string;
  readonly number: number;
  readonly key = '';
  readonly version: number;
  readonly stamp: number;
  readonly writer: string;
  readonly fields: readonly number[];
  readonly scopes: readonly string[];
  private readonly rows: BatchRows;
  private readonly place: number;

  constructor(delta: Omit<RowDelta, 'row' | 'cells'>, rows: BatchRows, place: number) {
    this.kind = delta.kind;
    this.table = delta.table;
    this.number = delta.number;
    this.version = delta.version;
    this.stamp = delta.stamp;
    this.writer = delta.writer;
    this.fields = delta.fields;
    this.scopes = delta.scopes;
    this.rows = rows;
    this.place = place;
  }

  get row(): Uint8Array {
    const out = new ByteWriter(rowBytesAbout);
    this.rows.encode(this.place, out);
    return out.finish();
  }

  cells(): Cell[] {
    return this.rows.cells(this.place);
  }
}
