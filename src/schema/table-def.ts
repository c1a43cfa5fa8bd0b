import type { Mask } from '../base/mask.ts';

/**
 * The value of one column of one row.
 *
 * | kind | cell |
 * |---|---|
 * | bool | boolean |
 * | int32, uint32, enum, float, double | number |
 * | int64, uint64 | bigint |
 * | time | bigint: nanoseconds (since 1970 for a Timestamp, of length for a Duration) |
 * | string | string, well-formed |
 * | bytes | Uint8Array |
 * | wire | Uint8Array: the field's own records of the protobuf encoding, tags included, in order |
 *
 * `null` is an absent value; only columns with presence have it, and wire columns, where it is also the empty
 * list or map. Columns without presence hold the default of their type instead.
 */
export type Cell = null | boolean | number | bigint | string | Uint8Array;

/** How a column is stored and compared. */
export type ColumnKind =
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float'
  | 'double'
  | 'enum'
  | 'string'
  | 'bytes'
  | 'time'
  | 'wire';

/** How one value stands in the protobuf encoding of a row. */
export type WireForm =
  | 'varint'
  | 'zigzag'
  | 'fixed32'
  | 'fixed64'
  | 'text'
  | 'bytes'
  | 'time'
  | 'records';

/** How concurrent edits of a column are settled. */
export type MergeRule = 'server-wins' | 'client-wins' | 'last-write-wins';

export interface ColumnDef {
  /** Position in `TableDef.columns`, and bit in its masks. */
  readonly index: number;
  /** Field number: the column's identity for ever. */
  readonly number: number;
  /** Name in the proto file. */
  readonly name: string;
  readonly kind: ColumnKind;
  readonly wire: WireForm;
  /** The type for people, for example `repeated string` or `google.protobuf.Timestamp`. */
  readonly typeName: string;
  /** True where an absent value differs from the default: cells may be null. */
  readonly presence: boolean;
  readonly merge: MergeRule;
  /** Full name of the table whose key this column holds. */
  readonly references: string | undefined;
  /** Name of the codec of the team's own with which the column travels where both ends have it (`TeamCodec`). */
  readonly codec: string | undefined;
  /** Indexes of the other members of the column's oneof: setting this column clears them. */
  readonly oneofSiblings: readonly number[];
  /** Enum columns: value name to number. */
  readonly enumNumbers: ReadonlyMap<string, number> | undefined;
  /** Wire columns: what their records may contain. */
  readonly nested: NestedField | undefined;
}

/** What the records of a wire column may contain, checked before bytes are stored. */
export interface NestedField {
  readonly repeated: boolean;
  /** A repeated message that is a map: the order of its entries means nothing. */
  readonly map: boolean;
  /** Element: a scalar's wire form, or a message. */
  readonly element: NestedScalar | NestedMessage;
}

export interface NestedScalar {
  readonly type: 'scalar';
  readonly kind: Exclude<ColumnKind, 'time' | 'wire'>;
  readonly wire: Exclude<WireForm, 'time' | 'records'>;
}

export interface NestedMessage {
  readonly type: 'message';
  readonly name: string;
  /** By field number. Unknown numbers are kept as they are. May be recursive. */
  readonly fields: ReadonlyMap<number, NestedField>;
  /** Of fields that share a oneof with others: the lowest number among its members. */
  readonly oneofs: ReadonlyMap<number, number>;
}

/** One part of a scope template: literal text, or the value of a column. */
export type ScopePart = { readonly text: string } | { readonly column: number };

/** `site/{site_id}` in parts. A wire column (repeated strings or integers) gives one scope for each element. */
export interface ScopeTemplate {
  readonly source: string;
  readonly parts: readonly ScopePart[];
}

export interface TableDef {
  /** Full name of the message. */
  readonly name: string;
  /** Position in `Schema.tables`. */
  readonly index: number;
  /** True for the tables that SyncDB itself keeps. */
  readonly system: boolean;
  /** By field number, ascending. */
  readonly columns: readonly ColumnDef[];
  /** Index of the key's column. */
  readonly key: number;
  readonly scopes: readonly ScopeTemplate[];
  /** Mask of all columns. */
  readonly allColumns: Mask;
  readonly columnByNumber: ReadonlyMap<number, ColumnDef>;
  readonly columnByName: ReadonlyMap<string, ColumnDef>;
}

/** One version of a database's schema. */
export interface Schema {
  readonly version: number;
  /** 16 hexadecimal digits: what two sides compare before they speak. */
  readonly fingerprint: string;
  /** The team's tables by name, then the system's by name. */
  readonly tables: readonly TableDef[];
  readonly tableByName: ReadonlyMap<string, TableDef>;
}
