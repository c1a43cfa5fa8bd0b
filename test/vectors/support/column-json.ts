/** Columns as test vectors have them in JSON, which every language reads alike. */
import { toHex } from '../../../src/base/bytes.ts';
import type { BatchColumn, ColumnValues } from '../../../src/codec/batch.ts';

/**
 * Integers are below 2^53, so a double holds them. Longs are decimal, and signed. Floats are the bits of doubles, the highest
 * first, in hexadecimal; so are byte strings.
 */
export type ColumnJson =
  | { readonly kind: 'integers'; readonly values: readonly number[] }
  | { readonly kind: FlatKind; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly lengths: readonly number[]; readonly items: ColumnJson }
  | { readonly kind: 'group'; readonly count: number; readonly columns: readonly FieldJson[] }
  /** What a codec of a team has written, which nobody else can read. */
  | {
      readonly kind: 'coded';
      readonly count: number;
      readonly codec: string;
      readonly bytes: string;
    };

type FlatKind = 'longs' | 'floats' | 'texts' | 'bytes';

/** A column of a batch. `present` has a 1 for each row with a value and a 0 for the others; it is not there where all have one. */
export type FieldJson = {
  readonly number: number;
  readonly present?: string;
  readonly column: ColumnJson;
};

export function columnJson(column: ColumnValues): ColumnJson {
  const { kind } = column;
  switch (kind) {
    case 'integers':
      // Both zeros are one integer.
      return { kind, values: Array.from(column.values, (value) => value + 0) };
    case 'longs':
      return { kind, values: Array.from(column.values, String) };
    case 'floats':
      return { kind, values: Array.from(column.values, hexOfDouble) };
    case 'texts':
      return { kind, values: column.values };
    case 'bytes':
      return { kind, values: column.values.map(toHex) };
    case 'list': {
      const { lengths, items } = column;
      return { kind, lengths: Array.from(lengths), items: columnJson(items) };
    }
    case 'group':
      return { kind, count: column.count, columns: column.columns.map(fieldJson) };
    case 'coded':
      return { kind, count: column.count, codec: column.codec, bytes: toHex(column.bytes) };
  }
}

export function fieldJson({ number, present, values }: BatchColumn): FieldJson {
  return { number, ...(present && { present: present.join('') }), column: columnJson(values) };
}

/** Undoes `columnJson` for columns that are neither lists nor groups. */
export function columnOf(json: ColumnJson): ColumnValues {
  const { kind } = json;
  switch (kind) {
    case 'integers':
      return { kind, values: Float64Array.from(json.values) };
    case 'longs':
      return { kind, values: BigInt64Array.from(json.values, BigInt) };
    case 'floats':
      return { kind, values: Float64Array.from(json.values, doubleOfHex) };
    case 'texts':
      return { kind, values: json.values };
    case 'bytes':
      return { kind, values: json.values.map(bytesOf) };
    default:
      throw new Error(`${kind} is made of other columns`);
  }
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function hexOfDouble(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function doubleOfHex(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}
