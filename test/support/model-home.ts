/** A home and its log in memory, and the ways to look at what it made of things. */
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import type { Commit } from '../../src/change/commit.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { Change, Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import type { RowRules } from '../../src/merge/row-check.ts';
import { Home } from '../../src/replica/home.ts';
import type { HeapUse } from '../../src/replica/home-memory.ts';
import type { Ordering, Submission } from '../../src/replica/submission.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import type { TableSettings } from '../../src/table/settings.ts';
import { modelSchema, modelTables, transaction } from './model-schema.ts';

export interface ModelHomeOptions {
  readonly limits?: Limits;
  readonly validate?: RowRules;
  readonly tableSettings?: Partial<TableSettings>;
  readonly heap?: HeapUse;
}

/** What a test says of a submission; the rest is as for a writer who may do anything. */
export type Terms = Partial<Omit<Submission, 'prepared'>> & { readonly nowMs?: number };

/** Noon of the first day: stamps of the tests are near it. */
export const noonMs = 43_200_000;

export class ModelHome {
  readonly home: Home;
  readonly records: Uint8Array[] = [];
  readonly commits: Commit[] = [];
  readonly limits: Limits;
  private readonly validate: RowRules;
  private readonly tableSettings: Partial<TableSettings> | undefined;
  private readonly heap: HeapUse | undefined;

  constructor(options: ModelHomeOptions = {}) {
    this.limits = options.limits ?? defaultLimits;
    this.validate = options.validate ?? (() => undefined);
    this.tableSettings = options.tableSettings;
    this.heap = options.heap;
    this.home = this.freshHome();
  }

  get state(): CommittedState {
    return this.home.state;
  }

  /** Orders a transaction; it is not durable yet. */
  order(ordered: Transaction, terms: Terms = {}): Ordering {
    const { nowMs = noonMs, knowsOwnWrites = true, ...rest } = terms;
    const { mayRead = () => true, mayWrite = () => true } = terms;
    const prepared = prepareTransaction(modelSchema, this.limits, ordered, 'transaction');
    const ordering = this.home.order(
      { prepared, knowsOwnWrites, ...rest, mayRead, mayWrite },
      nowMs,
    );
    if (ordering.record !== undefined) this.records.push(ordering.record);
    return ordering;
  }

  /** Orders a transaction and makes it durable. */
  commit(ordered: Transaction, terms: Terms = {}): Ordering {
    const ordering = this.order(ordered, terms);
    if (ordering.record !== undefined) this.commits.push(this.home.durable());
    return ordering;
  }

  /** Commits the next transaction of a writer. */
  write(
    replica: string,
    changes: readonly Change[],
    rest: Partial<Transaction> = {},
    terms: Terms = {},
  ): Ordering {
    const counter = this.home.settled(replica).counter + 1;
    return this.commit(transaction(replica, counter, changes, rest), terms);
  }

  /** Another home that has read the same log. */
  replayed(): Home {
    const home = this.freshHome();
    for (const record of this.records) home.replay(record);
    return home;
  }

  private freshHome(): Home {
    const { limits, validate, tableSettings, heap } = this;
    return new Home({ schema: modelSchema, limits, validate, tableSettings, heap });
  }
}

/** What a reader sees of a row: by column name, what differs from the default; undefined where there is none. */
export type Shown = Record<string, Cell> | undefined;

export function shown(table: TableDef, cells: readonly Cell[] | undefined): Shown {
  if (cells === undefined) return undefined;
  return Object.fromEntries(table.columns.map((column) => [column.name, cells[column.index]!]));
}

/** One row with all that is known of it, in words rather than numbers of this state. */
export function describeRow(state: CommittedState, table: TableDef, key: string) {
  const row = state.rowState(table, key);
  return row && describeState(state, table, row);
}

/** A row state in words rather than numbers of one state, so that states can be compared. */
export function describeState(
  state: CommittedState,
  table: TableDef,
  row: NonNullable<ReturnType<CommittedState['rowState']>>,
) {
  const entries = row.entries.map(({ seq, stamp, writer, mask }) => ({
    seq,
    stamp,
    writer: state.writers.text(writer),
    mask: [...mask],
  }));
  const { version, number } = row;
  return {
    cells: shown(table, row.cells),
    version,
    number,
    scopes: [...row.scopes].sort(),
    entries,
  };
}

/** All live rows of a state: table and key to cells and version. */
export function liveRows(
  state: CommittedState,
  keep: (table: string, scopes: readonly string[]) => boolean = () => true,
): Map<string, { cells: Shown; version: number }> {
  const rows = new Map<string, { cells: Shown; version: number }>();
  for (const table of state.schema.tables) {
    const { columns } = state.table(table);
    for (let slot = 0; slot < columns.slotEnd; slot++) {
      if (!columns.isLive(slot)) continue;
      const scopes = state.scopes.setNames(state.table(table).scopeSetOf(slot));
      if (!keep(table.name, scopes)) continue;
      const version = state.table(table).versionOf(slot);
      rows.set(`${table.name} ${columns.keyOf(slot)}`, {
        cells: shown(table, columns.row(slot)),
        version,
      });
    }
  }
  return rows;
}

/** All that a state says, deleted rows and totals too, in words. */
export function describeWhole(state: CommittedState) {
  const rows: Record<string, unknown> = {};
  for (const table of state.schema.tables) {
    const { columns } = state.table(table);
    for (let slot = 0; slot < columns.slotEnd; slot++) {
      const key = columns.keyOf(slot);
      rows[`${table.name} ${key}`] = describeRow(state, table, key);
    }
  }
  const totals = state.scopes
    .matching(() => true)
    .map((id) => {
      const name = state.scopes.nameOf(id);
      return { name, ...state.scopes.totals([id], () => true) };
    });
  totals.sort((left, right) => (left.name < right.name ? -1 : 1));
  return { head: state.head, rows, totals: totals.filter(({ count }) => count > 0) };
}

/** Keys of the team's rows that were ever there. */
export function knownKeys(state: CommittedState): { table: TableDef; key: string }[] {
  return modelTables.flatMap((table) => {
    const { columns } = state.table(table);
    return Array.from({ length: columns.slotEnd }, (_, slot) => ({
      table,
      key: columns.keyOf(slot),
    }));
  });
}
