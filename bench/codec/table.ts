/** What a field of a row is. Rows are plain objects as `JSON.parse` makes them; a field without a value is not there. */
export type FieldType =
  /** A safe integer, but not -0. */
  | { readonly kind: 'integer' }
  /** A number that need not be whole. */
  | { readonly kind: 'float' }
  | { readonly kind: 'boolean' }
  /** Milliseconds since 1970. */
  | { readonly kind: 'time' }
  | { readonly kind: 'text' }
  /** A UUID in small letters. */
  | { readonly kind: 'uuid' }
  /** One of these names. */
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'list'; readonly items: FieldType }
  /** An object whose keys are data. */
  | { readonly kind: 'map'; readonly values: FieldType }
  | { readonly kind: 'message'; readonly fields: readonly Field[] }
  /** An object whose fields no schema knows, each a number, a text or a boolean. */
  | { readonly kind: 'struct' };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

export type Row = Readonly<Record<string, unknown>>;

/** Rows that are measured. */
export interface Table {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
}

/** A field of the kinds that are no more than their name. */
export function field(
  name: string,
  kind: Exclude<FieldType['kind'], 'enum' | 'list' | 'map' | 'message'>,
): Field {
  return { name, type: { kind } };
}

/** The rows in batches of `rowsMax`, in their order. */
export function batchesOf(rows: readonly Row[], rowsMax: number): (readonly Row[])[] {
  const batches: (readonly Row[])[] = [];
  for (let start = 0; start < rows.length; start += rowsMax) {
    batches.push(rows.slice(start, start + rowsMax));
  }
  return batches;
}
