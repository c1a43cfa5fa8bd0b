import {
  type DescField,
  fromBinary,
  type JsonValue,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { ByteWriter } from '../../base/bytes.ts';
import { type OutputStream, write } from '../output.ts';
import { cellText } from './csv-cells.ts';
import { jsonText } from './json-text.ts';
import type { RowFormat } from './row-format.ts';
import { onlyFields, type RowJson } from './row-json.ts';
import { TextTable } from './text-table.ts';

/** A row as a server sends it. */
export interface WrittenRow {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Writes rows in one form. */
export interface RowOutput {
  write(rows: readonly WrittenRow[]): Promise<void>;
  /** Writes what ends the whole. */
  end(): Promise<void>;
}

export interface RowOutputOptions {
  readonly format: RowFormat;
  readonly json: RowJson;
  /** The fields to write, in this order; undefined means all. */
  readonly fields: readonly DescField[] | undefined;
  readonly output: OutputStream;
}

/** Rows as binary protobuf (each behind its length, as a varint), as JSON in an array or a line each, as CSV, or as a table. */
export function createRowOutput(options: RowOutputOptions): RowOutput {
  switch (options.format) {
    case 'binary':
      return new BinaryOutput(options);
    case 'json':
      return new JsonOutput(options, { begin: '[', between: ',', end: ']\n' });
    case 'ndjson':
      return new JsonOutput(options, { begin: '', between: '', end: '' });
    case 'csv':
      return new CsvOutput(options);
    case 'table':
      return new TableOutput(options);
  }
}

class BinaryOutput implements RowOutput {
  private readonly options: RowOutputOptions;
  private readonly out = new ByteWriter();

  constructor(options: RowOutputOptions) {
    this.options = options;
  }

  async write(rows: readonly WrittenRow[]): Promise<void> {
    const { out } = this;
    out.reset();
    for (const { bytes } of rows) out.lengthBytes(this.part(bytes));
    await write(this.options.output, out.finish());
  }

  /** All of a row goes as it came, with what this program knows nothing of. */
  private part(bytes: Uint8Array): Uint8Array {
    const { json, fields } = this.options;
    if (fields === undefined) return bytes;
    return toBinary(json.desc, onlyFields(json.desc, fromBinary(json.desc, bytes), fields));
  }

  async end(): Promise<void> {}
}

/** The JSON of a row, cut down to the fields that were asked for. */
function jsonOf({ json, fields }: RowOutputOptions, { key, bytes }: WrittenRow) {
  const row = fromBinary(json.desc, bytes);
  return json.of(fields === undefined ? row : onlyFields(json.desc, row, fields), key);
}

class JsonOutput implements RowOutput {
  private readonly options: RowOutputOptions;
  private readonly marks: {
    readonly begin: string;
    readonly between: string;
    readonly end: string;
  };
  private count = 0;

  constructor(options: RowOutputOptions, marks: JsonOutput['marks']) {
    this.options = options;
    this.marks = marks;
  }

  async write(rows: readonly WrittenRow[]): Promise<void> {
    const { begin, between } = this.marks;
    const texts = rows.map((row) => {
      const before = this.count++ === 0 ? begin : between;
      return `${before}${before === '' ? '' : '\n'}${jsonText(jsonOf(this.options, row))}`;
    });
    await write(this.options.output, this.marks.end === '' ? lines(texts) : texts.join(''));
  }

  async end(): Promise<void> {
    const { begin, end } = this.marks;
    if (end === '') return;
    await write(this.options.output, `${this.count === 0 ? begin : '\n'}${end}`);
  }
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** The cells of a row, one for each column. */
function cellsOf(
  fields: readonly DescField[],
  json: { readonly [name: string]: JsonValue },
  textOf: (field: DescField, value: JsonValue | undefined) => string,
): string[] {
  return fields.map((field) => textOf(field, json[field.jsonName]));
}

class CsvOutput implements RowOutput {
  private readonly options: RowOutputOptions;
  private readonly fields: readonly DescField[];
  private hasHead = false;

  constructor(options: RowOutputOptions) {
    this.options = options;
    this.fields = options.fields ?? options.json.desc.fields;
  }

  async write(rows: readonly WrittenRow[]): Promise<void> {
    const texts = rows.map((row) =>
      cellsOf(this.fields, jsonOf(this.options, row), cellText).join(','),
    );
    await write(this.options.output, this.head() + lines(texts));
  }

  async end(): Promise<void> {
    const head = this.head();
    if (head !== '') await write(this.options.output, head);
  }

  private head(): string {
    if (this.hasHead) return '';
    this.hasHead = true;
    return `${this.fields.map(({ name }) => name).join(',')}\n`;
  }
}

/** All others are numbers. */
const wordTypes: ReadonlySet<ScalarType> = new Set([
  ScalarType.STRING,
  ScalarType.BYTES,
  ScalarType.BOOL,
]);

class TableOutput implements RowOutput {
  private readonly options: RowOutputOptions;
  private readonly fields: readonly DescField[];
  private readonly table: TextTable;

  constructor(options: RowOutputOptions) {
    this.options = options;
    this.fields = options.fields ?? options.json.desc.fields;
    this.table = new TextTable(
      this.fields.map(({ name }) => name),
      this.fields.map((field) => field.fieldKind === 'scalar' && !wordTypes.has(field.scalar)),
    );
  }

  async write(rows: readonly WrittenRow[]): Promise<void> {
    const shown = (_field: DescField, value: JsonValue | undefined) => {
      if (value === undefined) return '';
      return typeof value === 'string' ? value : jsonText(value);
    };
    const cells = rows.map((row) => cellsOf(this.fields, jsonOf(this.options, row), shown));
    await write(this.options.output, lines(this.table.lines(cells)));
  }

  async end(): Promise<void> {}
}
