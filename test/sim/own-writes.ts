import type { Transaction } from '../../src/change/transaction.ts';
import type { Replica, SavedWrites } from '../../src/replica/replica.ts';
import { rowCodecOf } from '../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { cellsText } from './model.ts';
import type { PlainEdit } from './workload.ts';
import type { World } from './world.ts';

interface Write {
  readonly counter: number;
  readonly edits: readonly PlainEdit[];
}

/** What a client wrote that is not settled, kept plainly: it must see all of it, in order, over its copy (I5). */
export class OwnWrites {
  private readonly world: World;
  private replica: Replica;
  private writes: Write[] = [];
  /** By counter, settled or not: a client may have stored that it wrote something and not that it was settled. */
  private readonly all = new Map<number, Write>();

  constructor(world: World, replica: Replica) {
    this.world = world;
    this.replica = replica;
  }

  wrote({ counter }: Transaction, edits: readonly PlainEdit[]): void {
    const write = { counter, edits };
    this.writes.push(write);
    this.all.set(counter, write);
    this.check();
  }

  settled(counter: number): void {
    this.writes = this.writes.filter((write) => write.counter > counter);
  }

  /** After a crash: what was stored is still there, and nothing else. */
  restored(replica: Replica, { own }: SavedWrites): void {
    this.replica = replica;
    this.writes = own.map(({ counter }) => this.all.get(counter)!);
    this.check();
  }

  check(): void {
    const { replica, world, writes } = this;
    const queued = replica.queue.of(replica.id).map(({ transaction }) => transaction.counter);
    const expected = writes.map(({ counter }) => counter);
    if (queued.join() !== expected.join()) {
      world.violation(`I5: ${replica.id} has [${queued}] queued, and wrote [${expected}]`);
      return;
    }
    // Another writer's tentative edits are in between then.
    if (replica.queue.length > queued.length) return;
    for (const [name, { table, key, cells }] of this.expectedRows()) {
      const row = replica.row(table, key)?.cells;
      if (textOf(row) === textOf(cells)) continue;
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

type Row = readonly Cell[] | undefined;

function textOf(cells: Row): string {
  return cells === undefined ? 'nothing' : cellsText(cells);
}

function applied({ edit, table, key, values }: PlainEdit, row: Row): Row {
  if (edit.operation === 'delete') return undefined;
  const base = edit.operation === 'put' ? rowCodecOf(table).defaultCells() : row;
  if (base === undefined) return undefined;
  const cells = [...base];
  if (edit.operation === 'put') cells[table.key] = key;
  for (const [name, cell] of Object.entries(values)) {
    cells[table.columnByName.get(name)!.index] = cell;
  }
  return cells;
}
