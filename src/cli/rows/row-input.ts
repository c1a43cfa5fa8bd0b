import { type DescField, fromBinary, type JsonValue, type Message } from '@bufbuild/protobuf';
import { cellValue } from './csv-cells.ts';
import { type CsvRecord, CsvShapeError, csvRecords } from './csv-records.ts';
import { DelimiterError, delimitedMessages } from './delimited-messages.ts';
import { badInput, type Place } from './input-error.ts';
import type { InputFile } from './input-file.ts';
import { JsonShapeError, jsonValues, textLines } from './json-values.ts';
import { fieldNamed, type RowJson } from './row-json.ts';
import { utf8Text } from './utf8-text.ts';

/** A row of an input: what it is, or what is wrong with it. */
export type InputRow = { readonly place: Place; readonly source: string } & (
  | { readonly row: Message; readonly problem?: never }
  | { readonly row?: never; readonly problem: string }
);

/**
 * The rows of a file, each with its place and as it stands there (binary ones in Base64). A row that cannot be read is one
 * with a problem; INVALID_ARGUMENT BAD_INPUT where nothing behind it can be told either.
 */
export async function* inputRows(file: InputFile, json: RowJson): AsyncGenerator<InputRow> {
  try {
    switch (file.format) {
      case 'binary':
        yield* binaryRows(file, json);
        break;
      case 'csv':
        yield* csvRows(file, json);
        break;
      default:
        yield* jsonRows(file, json);
    }
  } catch (error) {
    throw shapeError(file, error);
  }
}

/** What is wrong with a file as a whole, with its place. */
export function shapeError({ name }: InputFile, error: unknown): unknown {
  const at = (number: number, isLine: boolean) => ({ file: name, number, isLine });
  if (error instanceof JsonShapeError || error instanceof CsvShapeError) {
    return badInput(at(error.line, true), error.message, error);
  }
  if (error instanceof DelimiterError)
    return badInput(at(error.number, false), error.message, error);
  const isText = error instanceof TypeError && 'code' in error && error.code === encodingCode;
  return isText ? badInput(at(1, true), 'is not text in UTF-8', error) : error;
}

const encodingCode = 'ERR_ENCODING_INVALID_ENCODED_DATA';

function readRow(place: Place, source: string, read: () => Message): InputRow {
  try {
    return { place, source, row: read() };
  } catch (error) {
    return { place, source, problem: (error as Error).message };
  }
}

async function* binaryRows(file: InputFile, { desc }: RowJson): AsyncGenerator<InputRow> {
  for await (const { number, bytes } of delimitedMessages(file.chunks())) {
    const source = Buffer.from(bytes).toString('base64');
    const place = { file: file.name, number, isLine: false };
    yield readRow(place, source, () => fromBinary(desc, bytes));
  }
}

async function* jsonRows(file: InputFile, json: RowJson): AsyncGenerator<InputRow> {
  const texts = utf8Text(file.chunks());
  const values = file.format === 'ndjson' ? textLines(texts) : jsonValues(texts);
  for await (const { line, text } of values) {
    const place = { file: file.name, number: line, isLine: true };
    yield readRow(place, text, () => json.read(JSON.parse(text) as JsonValue));
  }
}

async function* csvRows(file: InputFile, json: RowJson): AsyncGenerator<InputRow> {
  let head: readonly DescField[] | undefined;
  for await (const record of csvRecords(utf8Text(file.chunks()))) {
    const place = { file: file.name, number: record.line, isLine: true };
    if (head === undefined) head = headOf(record, json, place);
    else {
      const fields = head;
      yield readRow(place, record.text, () => json.read(recordValue(fields, record)));
    }
  }
}

function headOf({ cells }: CsvRecord, { desc }: RowJson, place: Place): DescField[] {
  const fields = cells.map(({ text }) => {
    try {
      return fieldNamed(desc, text.trim(), 'fields');
    } catch {
      const known = desc.fields.map(({ name }) => name).join(', ');
      const problem = `the head names ${JSON.stringify(text)}, and ${desc.typeName} has ${known}`;
      throw badInput(place, problem);
    }
  });
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice !== undefined) throw badInput(place, `the head names ${twice.name} twice`);
  return fields;
}

function recordValue(fields: readonly DescField[], { cells }: CsvRecord): JsonValue {
  if (cells.length !== fields.length) {
    throw new Error(`has ${cells.length} cells, and the head has ${fields.length}`);
  }
  const value: { [name: string]: JsonValue } = {};
  cells.forEach(({ text, isQuoted }, index) => {
    const field = fields[index]!;
    try {
      const cell = cellValue(field, text, isQuoted);
      if (cell !== undefined) value[field.jsonName] = cell;
    } catch (error) {
      throw new Error(`${field.name}: ${(error as Error).message}`);
    }
  });
  return value;
}
