/**
 * A naive twin of the home: rows in maps, and for each field who wrote it last and when. It follows the words of
 * PROTOCOL.md, not the ways of the engine.
 */
import type { Cell, ColumnDef, MergeRule, TableDef } from '../../src/schema/table-def.ts';
import type { Edit } from './model-edits.ts';
import { cellsOf } from './model-schema.ts';

interface Write {
  readonly seq: number;
  readonly writer: string;
  readonly stamp: number;
}

export interface TwinRow {
  /** By column name; undefined: deleted. */
  readonly values: Readonly<Record<string, Cell>> | undefined;
  readonly version: number;
  /** By column name: the last write of the field. */
  readonly last: Readonly<Record<string, Write>>;
  /** The first insertion of all. */
  readonly inserted: Write;
}

/** One conflict as the ledger tells it. */
export interface TwinConflict {
  readonly change: number;
  readonly fields: readonly string[];
  readonly rules: readonly MergeRule[];
  readonly localWon: readonly boolean[];
  readonly aboutDelete: boolean;
  /** Who wrote the newest of what the change did not know of. */
  readonly remote: string;
}

export interface TwinAnswer {
  /** undefined: committed. */
  readonly reason: string | undefined;
  readonly conflicts: readonly TwinConflict[];
}

export interface TwinEdit extends Edit {
  readonly base: number | undefined;
  /** Its writer saw no row at the base. */
  readonly baseAbsent: boolean;
}

export interface TwinTransaction {
  readonly writer: string;
  readonly counter: number;
  /** 0: the time of arrival. */
  readonly stamp: number;
  /** False for callers that share one name. */
  readonly knowsOwn: boolean;
  readonly edits: readonly TwinEdit[];
}

/** Whether the writer of an edit knew of a write, by the seq up to which it had seen the row. */
type Knows = (edit: TwinEdit, write: Write) => boolean;

const nameOf = ({ table, key }: Edit) => `${table.name} ${key}`;

export class TwinEngine {
  head = 0;
  rows: ReadonlyMap<string, TwinRow> = new Map();
  private readonly answers = new Map<string, TwinAnswer>();
  private readonly nowStamp: number;
  private readonly stampMax: number;

  /** Stamps of the time of arrival, and of the furthest that is stored. */
  constructor(nowStamp: number, stampMax: number) {
    this.nowStamp = nowStamp;
    this.stampMax = stampMax;
  }

  apply(transaction: TwinTransaction): TwinAnswer {
    const name = `${transaction.writer}/${transaction.counter}`;
    const known = this.answers.get(name);
    if (known !== undefined) return known;
    const knows: Knows = (edit, write) =>
      write.seq > this.head ||
      (transaction.knowsOwn && write.writer === transaction.writer) ||
      write.seq <= this.seenBy(edit);
    const run = new TwinRun(this.rows, this.writeOf(transaction, knows), knows);
    const reason = run.all(transaction.edits);
    const answer = { reason, conflicts: reason === undefined ? run.conflicts : [] };
    if (reason === undefined) this.rows = run.rows;
    this.head++;
    this.answers.set(name, answer);
    return answer;
  }

  /** Who saw no row where there was one had seen nothing: a row was there since its key was last written. */
  private seenBy(edit: TwinEdit): number {
    const base = edit.base ?? this.head;
    const row = this.rows.get(nameOf(edit));
    if (!edit.baseAbsent || row?.values === undefined) return base;
    const key = edit.table.columns[edit.table.key]!.name;
    return row.last[key]!.seq <= base ? 0 : base;
  }

  private writeOf({ writer, stamp, edits }: TwinTransaction, knows: Knows): Write {
    let seen = 0;
    for (const edit of edits) {
      const row = this.rows.get(nameOf(edit));
      const writes = row === undefined ? [] : [...Object.values(row.last), row.inserted];
      for (const write of writes) if (knows(edit, write)) seen = Math.max(seen, write.stamp);
    }
    const wished = stamp === 0 ? this.nowStamp : stamp;
    const bounded = Math.min(Math.max(wished, seen + 1), this.stampMax);
    return { seq: this.head + 1, writer, stamp: bounded };
  }
}

/** One transaction, on a copy of the rows. */
class TwinRun {
  readonly rows: Map<string, TwinRow>;
  readonly conflicts: TwinConflict[] = [];
  private readonly before: ReadonlyMap<string, TwinRow>;
  private readonly write: Write;
  private readonly knows: Knows;

  constructor(before: ReadonlyMap<string, TwinRow>, write: Write, knows: Knows) {
    this.before = before;
    this.rows = new Map(before);
    this.write = write;
    this.knows = knows;
  }

  all(edits: readonly TwinEdit[]): string | undefined {
    for (const [index, edit] of edits.entries()) {
      const row = this.rows.get(nameOf(edit));
      const reason =
        row?.values === undefined
          ? this.onAbsent(edit, index, row)
          : edit.operation === 'delete'
            ? this.onDelete(edit, index, row)
            : this.onLive(edit, index, row, row.values);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  private onAbsent(edit: TwinEdit, index: number, row: TwinRow | undefined): string | undefined {
    if (edit.operation === 'delete') return undefined;
    const deleted = row && newestOf(Object.values(row.last));
    if (deleted !== undefined && !this.knows(edit, deleted)) {
      const stake = namedColumns(edit).map((column) => settled(column, 'server-wins', false));
      this.dispute(index, stake, true, deleted);
      return undefined;
    }
    if (edit.operation === 'patch') return 'ROW_NOT_FOUND';
    this.become(edit, valuesOf(edit.table, cellsOf(edit.table, withKey(edit))));
    return undefined;
  }

  private onDelete(edit: TwinEdit, index: number, row: TwinRow): undefined {
    const unknown = Object.values(row.last).filter((write) => !this.knows(edit, write));
    const newest = newestOf(unknown);
    if (newest !== undefined) {
      const rule = edit.table.columns[edit.table.key]!.merge;
      const stronger = newestOf(unknown.filter((write) => !wins(rule, this.write, write)));
      const won = stronger === undefined;
      const stake = edit.table.columns.filter(
        (column) => column.index !== edit.table.key && this.unknownOf(edit, row, column),
      );
      this.dispute(
        index,
        stake.map((column) => settled(column, rule, won)),
        true,
        stronger ?? newest,
      );
      if (!won) return;
    }
    this.become(edit, undefined);
  }

  private onLive(
    edit: TwinEdit,
    index: number,
    row: TwinRow,
    values: Readonly<Record<string, Cell>>,
  ): undefined {
    const wanted = cellsOf(edit.table, edit.values);
    const different = namedColumns(edit).filter(
      (column) => !sameCell(values[column.name]!, wanted[column.index]!),
    );
    const stake = different.flatMap((column) => {
      const remote = this.unknownOf(edit, row, column);
      if (remote === undefined) return [];
      const rule = ruleOf(edit.table, column, wanted);
      return [{ ...settled(column, rule, wins(rule, this.write, remote)), remote }];
    });
    if (stake.length > 0) {
      this.dispute(index, stake, false, newestOf(stake.map(({ remote }) => remote))!);
    }
    const lost = new Set(stake.filter(({ won }) => !won).map(({ name }) => name));
    const next = { ...values };
    for (const column of different) {
      if (!lost.has(column.name)) next[column.name] = wanted[column.index]!;
    }
    this.become(edit, next);
  }

  /** The row as it is now; what is as it was before the transaction counts as never written by it. */
  private become(edit: TwinEdit, values: Readonly<Record<string, Cell>> | undefined): void {
    const name = nameOf(edit);
    const before = this.before.get(name);
    const { write } = this;
    const names = edit.table.columns.map((column) => column.name);
    if (before?.values === undefined && values === undefined) {
      if (before === undefined) this.rows.delete(name);
      else this.rows.set(name, before);
      return;
    }
    const kept = (field: string) =>
      before?.values !== undefined &&
      values !== undefined &&
      sameCell(before.values[field]!, values[field]!);
    if (before !== undefined && names.every(kept)) {
      this.rows.set(name, before);
      return;
    }
    const last = Object.fromEntries(
      names.map((field) => [field, kept(field) ? before!.last[field]! : write]),
    );
    this.rows.set(name, { values, version: write.seq, last, inserted: before?.inserted ?? write });
  }

  private dispute(
    change: number,
    stake: readonly Stake[],
    aboutDelete: boolean,
    remote: Write,
  ): void {
    this.conflicts.push({
      change,
      fields: stake.map(({ name }) => name),
      rules: stake.map(({ rule }) => rule),
      localWon: stake.map(({ won }) => won),
      aboutDelete,
      remote: remote.writer,
    });
  }

  /** The newest write of a column, or of its oneof, that the edit's writer did not know of. */
  private unknownOf(edit: TwinEdit, row: TwinRow, column: ColumnDef): Write | undefined {
    const members = [column.index, ...column.oneofSiblings];
    const writes = members.map((member) => row.last[edit.table.columns[member]!.name]!);
    return newestOf(writes.filter((write) => !this.knows(edit, write)));
  }
}

interface Stake {
  readonly name: string;
  readonly rule: MergeRule;
  readonly won: boolean;
}

function settled({ name }: ColumnDef, rule: MergeRule, won: boolean): Stake {
  return { name, rule, won };
}

/** A oneof is one value: its rule is that of the member which the edit sets, or of its first. */
function ruleOf(table: TableDef, column: ColumnDef, wanted: readonly Cell[]): MergeRule {
  const members = [column.index, ...column.oneofSiblings].sort((left, right) => left - right);
  const set = members.find((member) => members.length > 1 && wanted[member] !== null);
  return table.columns[set ?? (members.length > 1 ? members[0]! : column.index)]!.merge;
}

/** The columns that an edit sets or clears; the others of a oneof are cleared with the one that is set. */
function namedColumns({ table, operation, values }: Edit): ColumnDef[] {
  const named = new Set<number>();
  for (const column of table.columns) {
    if (column.index === table.key) continue;
    if (operation === 'put' || column.name in values) named.add(column.index);
    const sets = (values[column.name] ?? null) !== null;
    if (sets) for (const sibling of column.oneofSiblings) named.add(sibling);
  }
  return table.columns.filter((column) => named.has(column.index));
}

function withKey({ table, key, values }: Edit): Edit['values'] {
  const { name, kind } = table.columns[table.key]!;
  return { ...values, [name]: kind === 'int64' ? BigInt(key) : key };
}

function valuesOf(table: TableDef, cells: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(table.columns.map((column) => [column.name, cells[column.index]!]));
}

function wins(rule: MergeRule, local: Write, remote: Write): boolean {
  if (rule === 'client-wins') return true;
  if (rule === 'server-wins') return false;
  if (local.stamp !== remote.stamp) return local.stamp > remote.stamp;
  return local.writer >= remote.writer;
}

function newestOf(writes: readonly Write[]): Write | undefined {
  return writes.reduce<Write | undefined>(
    (best, write) => (best === undefined || write.seq > best.seq ? write : best),
    undefined,
  );
}

export function sameCell(left: Cell, right: Cell): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.compare(left, right) === 0;
  }
  return Object.is(left, right);
}
