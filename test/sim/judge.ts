import { maskHas } from '../../src/base/mask.ts';
import { stampOf } from '../../src/base/stamp.ts';
import type { Commit, RowEffect } from '../../src/change/commit.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { rowCodecOf } from '../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import type { History, ToldEpoch } from './history.ts';
import { changeIndexOf, differenceOf, type Expected, type Rule } from './ledger-entry.ts';
import { cellsText, sameCell, sameCells, scopeOf } from './model.ts';
import type { PlainEdit } from './workload.ts';
import { conflictTable, inspectionTable, outcomeTable, type World, writerTable } from './world.ts';

/** Who last wrote a column. */
interface Touch {
  readonly seq: number;
  readonly stamp: number;
  readonly writer: string;
}

/** A row with the last touch of each column; no cells where it was deleted. */
interface JudgedRow {
  readonly cells: readonly Cell[] | undefined;
  readonly touches: readonly Touch[];
  /** Who made it at first. */
  readonly made: Touch;
  /** Where it was deleted the one that it was deleted from. */
  readonly scope: string;
}

interface Draft {
  readonly table: TableDef;
  readonly key: string;
  readonly before: JudgedRow | undefined;
  after: JudgedRow | undefined;
}

/** A transaction as its writer made it. */
export interface Judged {
  readonly transaction: Transaction;
  readonly edits: readonly PlainEdit[];
}

class RefusedAs extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Says of each commit what it ought to be: from what its writer wrote, what it had seen, and the commits before. It is
 * the rules of merging once more, over plain rows, and knows nothing of src/merge. So a deleted row comes back only by a
 * write that saw the delete (I4), and of two edits of a field that did not know of each other both versions can be read in
 * the ledger (I6).
 */
export class Judge {
  private readonly world: World;
  private readonly rows = new Map<string, JudgedRow>();
  /** Names of transactions that were refused. */
  private readonly refused = new Set<string>();
  private readonly history: Pick<History, 'epochs'>;

  constructor(world: World, history: Pick<History, 'epochs'>) {
    this.world = world;
    this.history = history;
  }

  /** Judges the next commit of the log, and takes it up. */
  judge(commit: Commit, { transaction, edits }: Judged): void {
    const name = `${commit.replica}/${commit.counter}`;
    const seen = transaction.changes.map(({ base }) => baseIn(this.history.epochs, base ?? 0));
    const trial = new Trial(this.world, this.rows, this.refused, commit, { transaction, seen });
    const refused = this.unfit(edits) ?? trial.refusal(edits);
    if (refused !== undefined) {
      this.refused.add(name);
      trial.compareRefused(name, refused.index, refused.reason);
      return;
    }
    trial.compare(name);
    for (const { table, key, after } of trial.drafts.values()) {
      if (after !== undefined) this.rows.set(`${table.name} ${key}`, after);
    }
  }

  /** It is not looked at what else is wrong with one that can never be. */
  private unfit(edits: readonly PlainEdit[]): RefusedAt | undefined {
    if (this.world.poison !== 'unfit') return undefined;
    const index = edits.findIndex(({ values }) => hasTooLong(Object.values(values)));
    if (index < 0) return undefined;
    this.world.trace.mark('unfit');
    return { index, reason: 'ROW_TOO_LARGE' };
  }
}

interface RefusedAt {
  readonly index: number;
  readonly reason: string;
}

function hasTooLong(cells: readonly Cell[] | undefined): boolean {
  return cells?.some((cell) => typeof cell === 'string' && cell.length > notesLengthMax) ?? false;
}

class Trial {
  readonly drafts = new Map<string, Draft>();
  private readonly expected: Expected[] = [];
  private readonly me: Touch;
  private readonly world: World;
  private readonly rows: ReadonlyMap<string, JudgedRow>;
  private readonly refused: ReadonlySet<string>;
  private readonly commit: Commit;
  private readonly transaction: Transaction;
  /** By change: up to which seq its writer knew the row, in this history. */
  private readonly seen: readonly number[];

  constructor(
    world: World,
    rows: ReadonlyMap<string, JudgedRow>,
    refused: ReadonlySet<string>,
    commit: Commit,
    { transaction, seen }: { transaction: Transaction; seen: readonly number[] },
  ) {
    this.world = world;
    this.rows = rows;
    this.refused = refused;
    this.commit = commit;
    this.transaction = transaction;
    this.seen = seen;
    this.me = { seq: commit.seq, stamp: commit.stamp, writer: commit.replica };
  }

  /** Returns why the whole transaction is refused, and for which of its edits, if it is. */
  refusal(edits: readonly PlainEdit[]): RefusedAt | undefined {
    for (const [index, edit] of edits.entries()) {
      try {
        this.edit(edit, index);
      } catch (error) {
        if (!(error instanceof RefusedAs)) throw error;
        return { index, reason: error.reason };
      }
    }
    return undefined;
  }

  private edit(edit: PlainEdit, index: number): void {
    const draft = this.draft(edit.table, edit.key);
    const row = draft.after;
    if (row?.cells === undefined) this.onAbsent(draft, row, edit, index);
    else if (edit.edit.operation === 'delete') this.onDelete(draft, row, index);
    else this.onLive(draft, row, row.cells, edit, index);
  }

  /** Holds the commit against what was expected of it. */
  compare(name: string): void {
    this.comparePosition(name);
    const outcome = this.commit.effects.find(({ table }) => table === outcomeTable);
    if (outcome !== undefined) {
      const reason = outcome.cells[columnOf(outcomeTable, 'reason')];
      this.world.violation(`I2: ${name} is refused as ${reason}, without a cause`);
      return;
    }
    this.compareRows(name);
    this.compareLedger(name);
    this.compareStamp(name);
  }

  /** Of a refused one nothing takes effect, and its writer is told which change was refused, and why. */
  compareRefused(name: string, index: number, reason: string): void {
    const { world, commit } = this;
    this.comparePosition(name);
    const others = commit.effects.filter(
      ({ table }) => table !== outcomeTable && table !== writerTable,
    );
    for (const { table, key } of others) {
      world.violation(`I2: ${name} is to be refused, and changes ${table.name} ${key}`);
    }
    const outcome = commit.effects.find(({ table }) => table === outcomeTable);
    const { replica, counter, atMs } = commit;
    const problem = differenceIn(outcomeTable, outcome?.cells, {
      id: name,
      replica_id: replica,
      counter: BigInt(counter),
      reason,
      change_index: index,
      current_etag: '',
      refused_at: BigInt(atMs) * 1_000_000n,
    });
    if (problem === undefined) return;
    world.violation(`I2: ${name} ought to be refused as ${reason}, but ${problem}`);
  }

  /** How far its writer is now. */
  private comparePosition(name: string): void {
    const { replica, counter, effects } = this.commit;
    const writer = effects.find(({ table, key }) => table === writerTable && key === replica);
    const position = { counter: BigInt(counter) };
    const problem = differenceIn(writerTable, writer?.cells, position);
    if (problem !== undefined) this.world.violation(`I3: of ${name} ${problem}`);
  }

  private draft(table: TableDef, key: string): Draft {
    const name = `${table.name} ${key}`;
    const known = this.drafts.get(name);
    if (known !== undefined) return known;
    const before = this.rows.get(name);
    const draft = { table, key, before, after: before };
    this.drafts.set(name, draft);
    return draft;
  }

  private onAbsent(draft: Draft, row: JudgedRow | undefined, edit: PlainEdit, index: number): void {
    const { operation } = edit.edit;
    if (operation === 'delete') return;
    if (row !== undefined && !this.knows(draft, index, row.touches[0]!)) {
      this.world.trace.mark('edit met a delete');
      const fields = columnsOf(edit).map(theirs);
      this.meet(draft, index, [row.touches[0]!], {
        ...{ fields, local: cellsOf(edit), remote: undefined },
        localScopes: deletedScopes(edit, row.scope),
      });
      return;
    }
    if (operation === 'patch') throw new RefusedAs(this.absent(index));
    if (row !== undefined) this.world.trace.mark('row brought back');
    this.write(draft, cellsOf(edit), cellsOf(edit));
  }

  private absent(index: number): string {
    const { replica } = this.commit;
    const { baseCounter } = this.transaction.changes[index]!;
    const builds = baseCounter > 0 && this.refused.has(`${replica}/${baseCounter}`);
    return builds ? 'DEPENDS_ON_REFUSED' : 'ROW_NOT_FOUND';
  }

  private onDelete(draft: Draft, row: JudgedRow, index: number): void {
    const columns = row.touches
      .map((touch, column) => ({ touch, column }))
      .filter(({ touch }) => !this.knows(draft, index, touch))
      .map(({ column }) => column);
    if (columns.length === 0) {
      this.write(draft, undefined, undefined);
      return;
    }
    // A delete is judged by the rule of the row, which is the home's: the edits stand.
    this.world.trace.mark('delete met edits');
    const fields = columns.filter((column) => column !== draft.table.key).map(theirs);
    const unknown = columns.map((column) => row.touches[column]!);
    // What others made of it was there before the transaction.
    const remote = draft.before?.cells;
    this.meet(draft, index, unknown, {
      ...{ fields, local: undefined, remote },
      localScopes: [row.scope],
    });
  }

  /** A change met edits that it did not know of: the ledger has to say so. */
  private meet(
    draft: Draft,
    index: number,
    unknown: readonly Touch[],
    what: Pick<Expected, 'fields' | 'local' | 'remote' | 'localScopes'>,
  ): void {
    const { table, key, before } = draft;
    const { touches, scope } = before!;
    const newest = unknown.reduce((left, right) => (right.seq > left.seq ? right : left));
    this.expected.push({
      ...{ ...what, index, table, key, remoteScopes: [scope] },
      base: this.baseOf(draft, index),
      version: Math.max(...touches.map(({ seq }) => seq)),
      remoteWriter: newest.writer,
    });
  }

  private onLive(
    draft: Draft,
    row: JudgedRow,
    current: readonly Cell[],
    edit: PlainEdit,
    index: number,
  ): void {
    const written = cellsOf(edit);
    const differing = columnsOf(edit).filter(
      (column) => !sameCell(written[column]!, current[column]!),
    );
    const fields = differing
      .filter((column) => !this.knows(draft, index, row.touches[column]!))
      .map((column) => ({
        ...{ column, rule: ruleOf(draft.table, column) },
        localWon: this.wins(draft, column, row.touches[column]!),
      }));
    if (fields.length > 0) {
      const unknown = fields.map(({ column }) => row.touches[column]!);
      const wanted = current.map((cell, column) =>
        columnsOf(edit).includes(column) ? written[column]! : cell,
      );
      const localScopes = [scopeOf(draft.table, wanted)];
      const remote = draft.before?.cells;
      this.meet(draft, index, unknown, { fields, local: written, remote, localScopes });
    }
    const lost = new Set(fields.filter(({ localWon }) => !localWon).map(({ column }) => column));
    const kept = differing.filter((column) => !lost.has(column));
    if (kept.length === 0) return;
    const after = current.map((cell, column) => (kept.includes(column) ? written[column]! : cell));
    const brought = kept.map((column) => written[column]!);
    this.write(draft, after, brought);
  }

  private wins({ table }: Draft, column: number, remote: Touch): boolean {
    const { trace } = this.world;
    const rule = ruleOf(table, column);
    if (rule === 'server') trace.mark('conflict, server wins');
    if (rule === 'client') trace.mark('conflict, client wins');
    if (rule !== 'last') return rule === 'client';
    const { stamp, writer } = this.me;
    const isLater = stamp === remote.stamp ? writer > remote.writer : stamp > remote.stamp;
    trace.mark(`conflict, last write wins, ${isLater ? 'local' : 'remote'}`);
    return isLater;
  }

  /** Whether the writer had seen that, or made it itself. */
  private knows(draft: Draft, index: number, { seq, writer }: Touch): boolean {
    if (seq === this.commit.seq || writer === this.commit.replica) return true;
    const base = this.seen[index]!;
    const isVoid = this.baseOf(draft, index) < base;
    if (isVoid && seq <= base) this.world.trace.mark('base void: the row was there unseen');
    return !isVoid && seq <= base;
  }

  /** Up to which seq the writer knew the row: of one that was there and that it did not see it knew nothing. */
  private baseOf({ before, table }: Draft, index: number): number {
    const base = this.seen[index]!;
    const { baseAbsent } = this.transaction.changes[index]!;
    const isVoid =
      baseAbsent && before?.cells !== undefined && before.touches[table.key]!.seq <= base;
    return isVoid ? 0 : base;
  }

  private write(
    draft: Draft,
    cells: readonly Cell[] | undefined,
    brought: readonly Cell[] | undefined,
  ): void {
    if (hasTooLong(brought)) throw new RefusedAs('ROW_INVALID');
    const { before, table } = draft;
    const made = before?.made ?? this.me;
    if (before?.cells === undefined || cells === undefined) {
      const isNothing = before?.cells === undefined && cells === undefined;
      const touches = table.columns.map(() => this.me);
      const scope = cells === undefined ? (before?.scope ?? '') : scopeOf(table, cells);
      draft.after = isNothing ? before : { cells, touches, made, scope };
      return;
    }
    const was = before.cells;
    const touches = cells.map((cell, column) =>
      sameCell(cell, was[column]!) ? before.touches[column]! : this.me,
    );
    const scope = scopeOf(table, cells);
    draft.after = sameCells(cells, was) ? before : { cells, touches, made, scope };
  }

  private compareRows(name: string): void {
    const { world, commit } = this;
    const effects = new Map(
      commit.effects
        .filter(({ table }) => !table.system)
        .map((effect) => [`${effect.table.name} ${effect.key}`, effect]),
    );
    for (const [row, { before, after }] of this.drafts) {
      const effect = effects.get(row);
      effects.delete(row);
      if (after === before || after === undefined) {
        if (effect !== undefined) world.violation(this.unexpected(name, row, before));
      } else if (effect === undefined) {
        world.violation(`I2: ${name} leaves ${row} as it was`);
      } else if (after.cells === undefined || effect.kind === 'delete') {
        const isDelete = after.cells === undefined;
        if (isDelete !== (effect.kind === 'delete')) {
          world.violation(`I2: ${name} is a ${effect.kind} of ${row}`);
        }
      } else {
        const made = resultOf(effect, before?.cells);
        if (sameCells(made, after.cells)) continue;
        const texts = [made, after.cells].map(cellsText);
        world.violation(`I2: ${name} makes ${row} ${texts[0]}, and not ${texts[1]}`);
      }
    }
    for (const row of effects.keys()) world.violation(`I2: ${name} changes ${row}, uncalled for`);
  }

  private unexpected(name: string, row: string, before: JudgedRow | undefined): string {
    const wasDeleted = before !== undefined && before.cells === undefined;
    return wasDeleted
      ? `I4: ${name} brings ${row} back without having seen that it was deleted`
      : `I2: ${name} changes ${row}, and ought to leave it`;
  }

  private compareLedger(name: string): void {
    const { world, commit } = this;
    const entries = new Map<number, readonly Cell[]>();
    for (const { table, cells } of commit.effects) {
      if (table !== conflictTable) continue;
      entries.set(changeIndexOf(cells), cells);
    }
    for (const expected of this.expected) {
      const entry = entries.get(expected.index);
      entries.delete(expected.index);
      const problem = entry === undefined ? 'there is none' : differenceOf(entry, expected, commit);
      if (problem === undefined) continue;
      world.violation(`I6: the ledger entry of change ${expected.index} of ${name}: ${problem}`);
    }
    for (const index of entries.keys()) {
      world.violation(`I6: a ledger entry of change ${index} of ${name}, which met nobody`);
    }
  }

  /**
   * Its writer's, but behind nothing that it had seen of these rows, as far as the bound allows (I11): of when a
   * transaction comes it tells nothing, so who wrote later wins.
   */
  private compareStamp(name: string): void {
    const { world, commit, transaction } = this;
    let seen = transaction.stamp;
    for (const [index, { table, key }] of transaction.changes.entries()) {
      const draft = this.drafts.get(`${table} ${key}`)!;
      const { before } = draft;
      for (const touch of before === undefined ? [] : [...before.touches, before.made]) {
        if (this.knows(draft, index, touch)) seen = Math.max(seen, touch.stamp + 1);
      }
    }
    const bound = stampOf(commit.atMs + world.limits.stampAheadMsMax);
    if (bound < seen) world.trace.mark('stamp bounded');
    const expected = Math.min(seen, bound);
    if (commit.stamp === expected) return;
    world.violation(`I11: the stamp of ${name} is ${commit.stamp}, and ought to be ${expected}`);
  }
}

/** What a writer saw of a history that was lost, it has seen of this one up to where they part, as an epoch tells. */
export function baseIn(epochs: readonly ToldEpoch[], base: number): number {
  return epochs.find(({ forkedAt, first }) => forkedAt < base && base < first)?.forkedAt ?? base;
}

/** The row that an effect results in: of an update only the cells that changed are told. */
function resultOf({ kind, mask, cells }: RowEffect, before: readonly Cell[] = []): Cell[] {
  const isTold = (column: number) => kind === 'insert' || maskHas(mask, column);
  return cells.map((cell, column) => (isTold(column) ? cell : before[column]!));
}

/** What the rules of the simulation's schema say of a note. */
export const notesLengthMax = 200;

const columnOf = (table: TableDef, name: string) => table.columnByName.get(name)!.index;

/** As the proto has it: these two columns have a rule of their own, the others the home's. */
function ruleOf(table: TableDef, column: number): Rule {
  const { name } = table.columns[column]!;
  if (table !== inspectionTable) return 'server';
  if (name === 'visits') return 'client';
  return name === 'status' ? 'last' : 'server';
}

/** Columns that the edit writes: a put writes all but the key. */
function columnsOf({ edit, table, values }: PlainEdit): number[] {
  if (edit.operation === 'put') {
    return table.columns.map(({ index }) => index).filter((index) => index !== table.key);
  }
  return Object.keys(values)
    .map((name) => columnOf(table, name))
    .sort((left, right) => left - right);
}

/** What the edit writes, the other columns with their defaults. */
function cellsOf({ table, key, values }: PlainEdit): Cell[] {
  const cells = [...rowCodecOf(table).defaultCells()];
  cells[table.key] = key;
  for (const [name, cell] of Object.entries(values)) cells[columnOf(table, name)] = cell;
  return cells;
}

/** A field of a row of which one side is a delete: the rule of the row is the home's. */
function theirs(column: number) {
  return { column, rule: 'server', localWon: false } as const;
}

/** The scopes of a row as an edit of a deleted one would have it; none where that is not known. */
function deletedScopes(edit: PlainEdit, deletedFrom: string): readonly string[] {
  const { table, edit: change } = edit;
  if (change.operation === 'put') return [scopeOf(table, cellsOf(edit))];
  return 'station_id' in edit.values ? [] : [deletedFrom];
}

/** What a row of SyncDB's own has otherwise than these columns. */
function differenceIn(
  table: TableDef,
  cells: readonly Cell[] | undefined,
  expected: Readonly<Record<string, Cell>>,
): string | undefined {
  if (cells === undefined) return `there is no ${table.name}`;
  for (const [name, cell] of Object.entries(expected)) {
    const is = cells[columnOf(table, name)]!;
    if (!sameCell(is, cell)) return `${name} is ${is}, not ${cell}`;
  }
  return undefined;
}
