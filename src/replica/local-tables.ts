import { ByteWriter } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { CommittedState } from '../change/committed-state.ts';
import { applyDelta } from '../change/delta-apply.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { wholeRows } from '../change/whole-rows.ts';
import { type PreparedChange, prepareTransaction } from '../merge/prepared.ts';
import { encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import type { RowSource } from '../table/row-source.ts';
import { type Edit, withBase } from './amendment.ts';
import type { JournalRecord } from './journal-record.ts';
import { keyIn, knownFieldsOf } from './known-fields.ts';
import type { ReplicaRow } from './replica-row.ts';
import { applyTentative, type ShownWatcher } from './tentative-view.ts';

export interface LocalTablesOptions {
  /** Of the tables that never leave the device; undefined for none. */
  readonly schema: Schema | undefined;
  readonly limits: Limits;
  /** What is wrong with a row by the rules of its message. */
  readonly validate: (table: TableDef, cells: readonly Cell[]) => SyncError | undefined;
}

/** Rows of one record of a state, and their bytes. */
const rowsMax = 1_000;
const bytesMax = 1 << 20;

/**
 * Tables that never leave the device: rows as they were written last, of one writer, with no history and no merging. They are
 * stored in the journal of the replica beside them, whose edits may be made together with theirs.
 *
 * Their messages may change from one run to the next: fields that are gone lose their values. Rows of tables that are not asked
 * for, and rows that the message of now cannot read, are kept as they were, and are seen again where it can, unless something
 * was written under their keys meanwhile.
 */
export class LocalTables {
  readonly options: LocalTablesOptions;
  /** Told of rows that are shown otherwise than before. */
  readonly view: { watcher: ShownWatcher | undefined } = { watcher: undefined };
  /** Called with what was written, after it was taken. */
  onInput: ((record: JournalRecord) => void) | undefined;
  private readonly state: CommittedState | undefined;
  /** By table and number: rows of tables that are not asked for, and those that cannot be read. */
  private readonly others = new Map<string, RowDelta>();
  /** By table and key: the numbers of those that cannot be read, also where they are not among the others any more. */
  private readonly otherNumbers = new Map<string, number>();
  private lastNumber = 0;
  /** While the rows are copied: what was written meanwhile. */
  private written: RowDelta[] | undefined;

  constructor(options: LocalTablesOptions) {
    const { schema } = options;
    this.options = options;
    this.state = schema && new CommittedState(schema, 'leaf');
  }

  /** Whether a table is one of these. */
  has(name: string): boolean {
    return this.options.schema?.tableByName.get(name)?.system === false;
  }

  row(table: TableDef, key: string): ReplicaRow | undefined {
    const cells = this.state!.cells(table, key);
    return cells && { cells, version: 0, pending: false };
  }

  rows(table: TableDef): RowSource {
    return { table: this.state!.table(table).columns };
  }

  /**
   * What edits make of the rows, all of them or none: INVALID_ARGUMENT where one is not well formed, or its row breaks the rules
   * of its message; NOT_FOUND ROW_NOT_FOUND for a patch of a row that is not there. Nothing is written before `write`.
   */
  prepare(edits: readonly Edit[]): readonly RowDelta[] {
    const { schema, limits } = this.options;
    const changes = edits.map((edit) => withBase(edit, 0));
    const head = { replica: 'local', counter: 1, previousDigest: new Uint8Array(0), stamp: 0 };
    const draft = { ...head, schemaVersion: schema!.version, changes };
    const after = new Map<string, LocalRow>();
    const prepared = prepareTransaction(schema!, limits, draft, 'transaction');
    return prepared.changes.flatMap((change, index) => this.deltaOf(change, index, after));
  }

  /** Writes what `prepare` has made, before which nothing else was written. */
  write(deltas: readonly RowDelta[]): void {
    if (deltas.length === 0) return;
    for (const delta of deltas) this.others.delete(nameOf(delta));
    this.take(deltas);
    this.written?.push(...deltas);
    this.onInput?.({ kind: 'local', deltas });
  }

  /** Takes a record of a journal, which may be of an app with other tables. */
  apply(deltas: readonly RowDelta[]): void {
    for (const delta of deltas) {
      this.lastNumber = Math.max(this.lastNumber, delta.number);
      const name = nameOf(delta);
      this.others.delete(name);
      if (this.takeKnown(delta) || delta.kind !== 'full') continue;
      this.others.set(name, delta);
      const def = this.options.schema?.tableByName.get(delta.table);
      const key = def && keyIn(def, delta.row);
      if (key !== undefined) this.otherNumbers.set(`${delta.table} ${key}`, delta.number);
    }
  }

  /**
   * All rows for a journal that is written anew. Edits go on between two records: those made meanwhile come again with
   * `endCopy`.
   */
  *copyRecords(): Generator<JournalRecord, void> {
    this.written = [];
    yield* rowRecords(this.others.values());
    if (this.state === undefined) return;
    for (const deltas of wholeRows(this.state, rowsMax, bytesMax)) {
      yield { kind: 'localRows', deltas };
    }
  }

  endCopy(): JournalRecord[] {
    const { written = [] } = this;
    this.written = undefined;
    return [...rowRecords(written)];
  }

  /** What a change makes of its row; nothing where that is not there before and after. */
  private deltaOf(
    change: PreparedChange,
    index: number,
    after: Map<string, LocalRow>,
  ): readonly RowDelta[] {
    const { table, key, operation } = change;
    const name = `${table.name} ${key}`;
    const before = after.get(name) ?? this.localRow(table, key);
    if (operation === 'patch' && before.cells === undefined) throw rowNotFound(table, key, index);
    const cells = applyTentative(change, before.cells);
    const problem = cells && this.options.validate(table, cells);
    if (problem !== undefined) throw problem;
    after.set(name, { ...before, cells });
    if (cells !== undefined) {
      const out = new ByteWriter();
      encodeRow(table, cells, undefined, out);
      return [
        deltaWith({ kind: 'full', table: table.name, number: before.number, row: out.finish() }),
      ];
    }
    // One that cannot be read is not there, but it must not come again.
    const isThere =
      before.cells !== undefined || this.others.has(nameOf({ ...before, table: table.name }));
    if (!isThere) return [];
    return [deltaWith({ kind: 'deleted', table: table.name, number: before.number })];
  }

  /** The row as it is, or as it would be. */
  private localRow(table: TableDef, key: string): LocalRow {
    const state = this.state!.table(table);
    const slot = state.columns.slotOf(key);
    const isThere = slot >= 0 && state.columns.isLive(slot);
    if (!isThere) {
      const number = this.otherNumber(table, key) ?? ++this.lastNumber;
      return { cells: undefined, number };
    }
    return { cells: state.columns.row(slot), number: state.numberOf(slot) };
  }

  /** Of a row under this key that cannot be read: what is written takes its place. */
  private otherNumber({ name: table }: TableDef, key: string): number | undefined {
    const number = this.otherNumbers.get(`${table} ${key}`);
    return number !== undefined && this.others.has(nameOf({ table, number })) ? number : undefined;
  }

  private take(deltas: readonly RowDelta[]): void {
    for (const delta of deltas) {
      this.lastNumber = Math.max(this.lastNumber, delta.number);
      const row = applyDelta(this.state!, delta);
      if (row !== undefined) this.view.watcher?.row(row.table, row.key);
    }
  }

  /** Takes a row as the message of now has it; false where it cannot be read as such: a field has another type, say. */
  private takeKnown(delta: RowDelta): boolean {
    const def = this.options.schema?.tableByName.get(delta.table);
    if (def === undefined || def.system) return false;
    try {
      // What cannot be read is found before anything of it is applied.
      this.take([{ ...delta, row: knownFieldsOf(def, delta.row) }]);
      return true;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      // Nor is the row as it was before.
      const { table, number } = delta;
      this.take([deltaWith({ kind: 'deleted', table, number })]);
      return false;
    }
  }
}

function nameOf({ table, number }: Pick<RowDelta, 'table' | 'number'>): string {
  return `${table} ${number}`;
}

/** Where no tables are asked for; what a journal has of such is kept. */
export function noLocalTables(limits: Limits): LocalTables {
  return new LocalTables({ schema: undefined, limits, validate: () => undefined });
}

/** Records that take no further row once they have `bytesMax` bytes of rows or `rowsMax` rows, as those of a state. */
function* rowRecords(rows: Iterable<RowDelta>): Generator<JournalRecord, void> {
  let deltas: RowDelta[] = [];
  let bytes = 0;
  for (const delta of rows) {
    deltas.push(delta);
    bytes += delta.row.length;
    if (deltas.length < rowsMax && bytes < bytesMax) continue;
    yield { kind: 'localRows', deltas };
    deltas = [];
    bytes = 0;
  }
  if (deltas.length > 0) yield { kind: 'localRows', deltas };
}

/** A row on its way to be written. */
interface LocalRow {
  /** undefined: not there. */
  readonly cells: readonly Cell[] | undefined;
  readonly number: number;
}

const nothing = new Uint8Array(0);

function deltaWith(of: Pick<RowDelta, 'kind' | 'table' | 'number'> & Partial<RowDelta>): RowDelta {
  const rest = { key: '', version: 1, stamp: 0, writer: '', fields: [], scopes: [], row: nothing };
  return { ...rest, ...of };
}

function rowNotFound({ name }: TableDef, key: string, index: number): SyncError {
  const field = `changes[${index}].key`;
  const description = `${name} has no row ${JSON.stringify(key)}`;
  const fields = [{ field, description }];
  return new SyncError(Code.notFound, 'ROW_NOT_FOUND', `${field}: ${description}`, { fields });
}
