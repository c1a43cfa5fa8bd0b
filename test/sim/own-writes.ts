import type { Transaction } from '../../src/change/transaction.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { type Checker, digestText, type Write } from './checker.ts';
import { cellsText, sameCells } from './model.ts';
import { applied, type Row } from './plain-rows.ts';
import type { World } from './world.ts';

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
    // Another writer's tentative edits are in between then.
    if (replica.queue.length > queued.length) return;
    for (const [name, { table, key, cells }] of this.expectedRows()) {
      const row = replica.row(table, key)?.cells;
      if (isSame(row, cells)) continue;
      world.violation(`I5: ${replica.id} shows ${name} as ${textOf(row)}, not ${textOf(cells)}`);
    }
  }

  private expectedRows() {
    const rows = new Map<string, { table: TableDef; key: string; cells: Row }>();
    for (const { edits } of this.writes) {
      for (const edit of edits) {
        const { table, key } = edit;
        const name = `${table.name} ${key}`;
        const row = rows.get(name) ?? {
          table,
          key,
          cells: this.replica.committed.cells(table, key),
        };
        rows.set(name, { ...row, cells: applied(edit, row.cells) });
      }
    }
    return rows;
  }
}

function isSame(left: Row, right: Row): boolean {
  return left === undefined || right === undefined ? left === right : sameCells(left, right);
}

function textOf(cells: Row): string {
  return cells === undefined ? 'nothing' : cellsText(cells);
}
