import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import { jsonText } from './json-text.ts';

/**
 * How a field stands in one cell of CSV: its canonical JSON, without the quotes where that is a string anyway. Lists, maps
 * and messages are JSON. An absent field is an empty cell; an empty text that is there is one in quotes.
 */
type CellForm = 'text' | 'number' | 'bool' | 'enum' | 'json';

/** Messages whose JSON is always a string. */
const textMessages = new Set(
  [
    'Timestamp',
    'Duration',
    'FieldMask',
    'StringValue',
    'BytesValue',
    'Int64Value',
    'UInt64Value',
  ].map((name) => `google.protobuf.${name}`),
);

const numberMessages = new Set(
  ['DoubleValue', 'FloatValue', 'Int32Value', 'UInt32Value'].map(
    (name) => `google.protobuf.${name}`,
  ),
);

function formOf(field: DescField): CellForm {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarForm(field.scalar);
    case 'enum':
      return field.enum.typeName === 'google.protobuf.NullValue' ? 'json' : 'enum';
    case 'message':
      return messageForm(field.message);
    default:
      return 'json';
  }
}

function messageForm({ typeName }: DescMessage): CellForm {
  if (textMessages.has(typeName)) return 'text';
  if (numberMessages.has(typeName)) return 'number';
  return 'json';
}

function scalarForm(type: ScalarType): CellForm {
  switch (type) {
    case ScalarType.BOOL:
      return 'bool';
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return 'number';
    default:
      return 'text';
  }
}

/** A cell as it stands in the file. */
export function cellText(field: DescField, value: JsonValue | undefined): string {
  if (value === undefined) return '';
  const form = formOf(field);
  if (form === 'json') return quotedIfNeeded(jsonText(value));
  // Numbers that JSON has no digits for are texts in it.
  return quotedIfNeeded(typeof value === 'string' ? value : jsonText(value));
}

/** What a cell means; undefined where the field is absent. Throws an Error that says what is wrong with it. */
export function cellValue(
  field: DescField,
  text: string,
  isQuoted: boolean,
): JsonValue | undefined {
  if (text === '' && !isQuoted) return undefined;
  switch (formOf(field)) {
    case 'text':
      return text;
    case 'number':
      return text.trim();
    case 'bool':
      return boolValue(text.trim().toLowerCase());
    case 'enum':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'json':
      return jsonValue(text);
  }
}

function boolValue(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new Error('must be true or false');
}

function jsonValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new Error('must be JSON');
  }
}

function quotedIfNeeded(text: string): string {
  const needed = text === '' || /[",\r\n]/.test(text) || text.trim() !== text;
  return needed ? `"${text.replaceAll('"', '""')}"` : text;
}
