import type { Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { TentativeTransaction } from '../../src/replica/tentative-queue.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { everything } from '../../src/table/filter.ts';
import { runQuery } from '../../src/table/query.ts';
import { type Checker, digestText, type Write } from './checker.ts';
import { cellsText, sameCells } from './model.ts';
import { applied, type Row } from './plain-rows.ts';
import type { PlainEdit } from './workload.ts';
import { schema, type World } from './world.ts';

/** By key: what a replica has to show of the rows with tentative edits. */
type ExpectedRows = Map<TableDef, Map<string, Row>>;

const noRows: ReadonlyMap<string, Row> = new Map();
const tables = schema.tables.filter(({ system }) => !system);

/** What a client wrote that is not settled, kept plainly: it must see all of it, in order, over its copy (I5). */
export class OwnWrites {
  private readonly world: World;
  private readonly checker: Checker;
  private replica: Replica;
  private writes: readonly Write[] = [];

  constructor(world: World, checker: Checker, replica: Replica) {
    this.world = world;
    this.checker = checker;
    this.replica = replica;
  }

  /** Those that wait, in order. */
  get pending(): readonly Write[] {
    return this.writes;
  }

  /** A transaction, as it will be sealed. */
  wrote(transaction: Transaction): void {
    this.writes = [...this.writes, this.checker.written.get(digestText(transaction))!];
    this.check();
  }

  /** The newest has become another, as it will be sealed. */
  amended(transaction: Transaction): void {
    this.writes = this.writes.slice(0, -1);
    this.wrote(transaction);
  }

  settled(counter: number): void {
    this.writes = this.writes.filter(({ transaction }) => transaction.counter > counter);
  }

  /** After a crash, under another id, or where the home lost something: what waits now, as it is sealed. */
  restored(replica: Replica, sealed: readonly Transaction[]): void {
    this.replica = replica;
    this.writes = sealed.map((own) => this.checker.written.get(digestText(own))!);
    this.check();
  }

  check(): void {
    const { replica, world, writes } = this;
    const queued = replica.queue.of(replica.id).map(({ transaction }) => transaction.counter);
    const expected = writes.map(({ transaction }) => transaction.counter);
    if (queued.join() !== expected.join()) {
      world.violation(`I5: ${replica.id} has [${queued}] queued, and wrote [${expected}]`);
      return;
    }
    for (const [table, rows] of this.expectedRows()) {
      for (const [key, cells] of rows) {
        this.compare(table, key, replica.row(table, key)?.cells, cells);
      }
    }
  }

  /** The same of all rows, as a query finds them: nothing else is shown or hidden than what waits. */
  checkQueries(): void {
    const { replica, world } = this;
    const expected = this.expectedRows();
    for (const table of tables) {
      const rows = expected.get(table) ?? noRows;
      const { columns } = replica.committed.table(table);
      let count = columns.liveCount;
      for (const [key, cells] of rows) {
        if (replica.committed.has(table, key)) count--;
        if (cells !== undefined) count++;
      }
      const keys = new Set(rows.keys());
      for (let slot = 0; slot < columns.slotEnd; slot++) {
        if (columns.isLive(slot)) keys.add(columns.keyOf(slot));
      }
      for (const key of keys) {
        this.compare(table, key, replica.row(table, key)?.cells, this.rowOf(table, key, rows));
      }
      // By their keys they are found by another way.
      const byKey = { column: table.key, op: 'in', cells: [...keys] } as const;
      for (const filter of [everything, byKey]) {
        const query = { filter, orderBy: [], withCells: true };
        const { hits } = runQuery(replica.rows(table), query);
        for (const { key, cells } of hits) {
          this.compare(table, key, cells, this.rowOf(table, key, rows));
        }
        if (hits.length === count) continue;
        const text = `${hits.length} rows of ${table.name}, not ${count}`;
        world.violation(`I5: a query of ${replica.id} finds ${text}`);
      }
    }
  }

  private rowOf(table: TableDef, key: string, rows: ReadonlyMap<string, Row>): Row {
    return rows.has(key) ? rows.get(key) : this.replica.committed.cells(table, key);
  }

  private compare(table: TableDef, key: string, shown: Row, expected: Row): void {
    if (isSame(shown, expected)) return;
    const [is, ought] = [shown, expected].map(textOf);
    this.world.violation(
      `I5: ${this.replica.id} shows ${table.name} ${key} as ${is}, not ${ought}`,
    );
  }

  private expectedRows(): ExpectedRows {
    const { committed } = this.replica;
    const expected: ExpectedRows = new Map();
    for (const edit of this.edits()) {
      const { table, key } = edit;
      let rows = expected.get(table);
      if (rows === undefined) {
        rows = new Map();
        expected.set(table, rows);
      }
      const row = rows.has(key) ? rows.get(key) : committed.cells(table, key);
      rows.set(key, applied(edit, row));
    }
    return expected;
  }

  /** All that wait, of whichever writer, in the order in which they apply. */
  private edits(): PlainEdit[] {
    const { replica, writes } = this;
    const own = replica.queue.of(replica.id);
    if (replica.queue.length === own.length) return writes.flatMap(({ edits }) => edits);
    const lines = replica.queue.replicas().map((writer) => this.lineOf(writer));
    return lines
      .flat()
      .sort(
        (left, right) =>
          left.entry.orderStamp - right.entry.orderStamp ||
          (left.writer === right.writer ? left.index - right.index : 0) ||
          (left.writer < right.writer ? -1 : 1),
      )
      .flatMap(({ write }) => write?.edits ?? []);
  }

  /** One writer's in its own order, which its stamps never change. */
  private lineOf(writer: string) {
    const { replica, checker, world, writes } = this;
    const line = replica.queue.of(writer);
    const isOrdered = (entry: TentativeTransaction, index: number) =>
      index === 0 || line[index - 1]!.orderStamp <= entry.orderStamp;
    if (!line.every(isOrdered)) {
      world.violation(`I5: ${replica.id} shows what ${writer} wrote in another order`);
    }
    return line.map((entry, index) => {
      const isOwn = writer === replica.id;
      const write = isOwn ? writes[index] : checker.writeOf(entry.transaction);
      return { writer, index, entry, write };
    });
  }
}

function isSame(left: Row, right: Row): boolean {
  return left === undefined || right === undefined ? left === right : sameCells(left, right);
}

function textOf(cells: Row): string {
  return cells === undefined ? 'nothing' : cellsText(cells);
}
