import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { ByteWriter } from '../base/bytes.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { type Mask, maskHas, maskIndexes } from '../base/mask.ts';
import type { Edit } from '../replica/amendment.ts';
import { LiveRows, type RowReader } from '../replica/live-rows.ts';
import { keyOfCells } from '../schema/key.ts';
import type { MessageCodec, PatchInit } from '../schema/message-codec.ts';
import { compileRowCodec, type RowCodec } from '../schema/row-codec.ts';
import type { Cell } from '../schema/table-def.ts';
import { checkFilter } from '../table/filter-check.ts';
import { countRows, type Query, runQuery } from '../table/query.ts';
import { checkQuery } from '../table/query-check.ts';
import type { Keyset } from '../table/row-order.ts';
import type { LiveQueries } from './live-queries.ts';
import { type LiveQuery, LiveTableQuery } from './live-query.ts';
import { columnOf, type FieldName, filterOf, type Where } from './where.ts';

/** A key as the row's own message has it. */
export type Key = string | number | bigint | boolean | Uint8Array;

export interface QueryOptions<Desc extends DescMessage> {
  readonly where?: Where<Desc>;
  /** Field names, first to last; ties, and no order at all, go by key. */
  readonly orderBy?: readonly { readonly field: FieldName<Desc>; readonly descending?: boolean }[];
  /** Rows at the most; all when left out. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: Keyset;
}

export interface QueryPage<Desc extends DescMessage> {
  readonly rows: MessageShape<Desc>[];
  /** Where the next page begins; undefined on the last. */
  readonly next: Keyset | undefined;
}

/** What a row carries beside its message. */
export interface RowInfo {
  /** `pending` while edits of this replica or its neighbours are on top of the committed row; `local` where it never leaves. */
  readonly syncStatus: 'synced' | 'pending' | 'local';
  /** Seq of the committed version; 0 where there is none yet. */
  readonly version: number;
}

/** Reads of one table; what a transaction and the client itself have in common. */
export interface TableReader<Desc extends DescMessage> {
  get(key: Key): MessageShape<Desc> | undefined;
  info(key: Key): RowInfo | undefined;
  query(options?: QueryOptions<Desc>): QueryPage<Desc>;
  count(where?: Where<Desc>): number;
}

/** Turns typed rows into edits and cells into typed rows, for one table of one replica. */
export class TypedTable<Desc extends DescMessage> implements TableReader<Desc> {
  /** Whether its rows never leave the device. */
  readonly isLocal: boolean;
  private readonly shown: RowReader;
  private readonly limits: Limits;
  private readonly codec: MessageCodec<Desc>;
  private readonly rows: RowCodec;
  /** Rows are encoded in it one after the other. */
  private readonly out = new ByteWriter();

  constructor(shown: RowReader, codec: MessageCodec<Desc>, limits: Limits, isLocal = false) {
    this.shown = shown;
    this.limits = limits;
    this.isLocal = isLocal;
    this.codec = codec;
    this.rows = compileRowCodec(codec.def);
  }

  /** Full name of the message. */
  get name(): string {
    return this.codec.def.name;
  }

  get(key: Key): MessageShape<Desc> | undefined {
    const row = this.shown.row(this.codec.def, keyText(key));
    return row === undefined ? undefined : this.codec.messageOfCells(row.cells);
  }

  info(key: Key): RowInfo | undefined {
    const row = this.shown.row(this.codec.def, keyText(key));
    if (row === undefined) return undefined;
    if (this.isLocal) return { syncStatus: 'local', version: 0 };
    return { syncStatus: row.pending ? 'pending' : 'synced', version: row.version };
  }

  query(options: QueryOptions<Desc> = {}): QueryPage<Desc> {
    const { def } = this.codec;
    const page = runQuery(this.shown.rows(def), this.checked(options));
    return {
      rows: page.hits.map(({ cells }) => this.codec.messageOfCells(cells as readonly Cell[])),
      next: page.next,
    };
  }

  watch(queries: LiveQueries, options: QueryOptions<Desc> = {}): LiveQuery<Desc> {
    const live = new LiveRows(this.shown, this.codec.def, this.checked(options));
    return new LiveTableQuery(queries, this.codec, live);
  }

  private checked(options: QueryOptions<Desc>): Query {
    const { where = {}, orderBy = [], limit, after } = options;
    const { def } = this.codec;
    const query: Query = {
      filter: filterOf(this.codec, where as Where<Desc>),
      orderBy: orderBy.map(({ field, descending = false }) => ({
        column: columnOf(this.codec, field).index,
        descending,
      })),
      limit,
      after,
      withCells: true,
    };
    return checkQuery(def, query, this.limits);
  }

  count(where: Where<Desc> = {}): number {
    const { def } = this.codec;
    const filter = checkFilter(def, filterOf(this.codec, where), this.limits);
    return countRows(this.shown.rows(def), filter);
  }

  putEdit(row: MessageInitShape<Desc>): Edit {
    const cells = this.codec.cellsOfMessage(row);
    return this.edit('put', keyOfCells(this.codec.def, cells), cells, undefined);
  }

  patchEdit(key: Key, patch: PatchInit<Desc>): Edit {
    const { cells, mask } = this.codec.cellsOfPatch(patch);
    const { def } = this.codec;
    if (maskHas(mask, def.key)) {
      throw invalidField(
        def.columns[def.key]!.name,
        'KEY_CHANGE',
        'the key of a row cannot change',
      );
    }
    return this.edit('patch', keyText(key), cells, mask);
  }

  deleteEdit(key: Key): Edit {
    return this.edit('delete', keyText(key), undefined, undefined);
  }

  private edit(
    operation: Edit['operation'],
    key: string,
    cells: readonly Cell[] | undefined,
    mask: Mask | undefined,
  ): Edit {
    const { out } = this;
    const { def } = this.codec;
    out.reset();
    if (cells !== undefined) this.rows.encode(cells, mask, out);
    const fields =
      mask === undefined ? [] : maskIndexes(mask).map((index) => def.columns[index]!.number);
    return {
      operation,
      table: def.name,
      key,
      row: out.finish(),
      fields,
      ifMatch: '',
      ifNoneMatch: false,
    };
  }
}

/** What of a table only reads. */
export function readerOf<Desc extends DescMessage>(typed: TypedTable<Desc>): TableReader<Desc> {
  return {
    get: (key) => typed.get(key),
    info: (key) => typed.info(key),
    query: (options) => typed.query(options),
    count: (where) => typed.count(where),
  };
}

/** The text form of a key; see `syncdb.v1.Row.key`. */
export function keyText(key: Key): string {
  if (key instanceof Uint8Array) return Buffer.from(key).toString('base64url');
  if (key === '') throw new SyncError(Code.invalidArgument, 'BAD_KEY', 'a key must not be empty');
  return String(key);
}
