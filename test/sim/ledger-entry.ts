import { ByteReader } from '../../src/base/bytes.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { conflictTable } from './world.ts';

/** A row of the ledger, read. */
export interface LedgerEntry {
  /** Of the change in its transaction. */
  readonly index: number;
  /** Numbers of the fields at stake. */
  readonly fields: readonly number[];
  readonly localWon: readonly boolean[];
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  readonly aboutDelete: boolean;
}

export function ledgerEntry(cells: readonly Cell[]): LedgerEntry {
  const cell = (name: string) => cells[conflictTable.columnByName.get(name)!.index]!;
  const id = String(cell('id'));
  return {
    index: Number(id.slice(id.lastIndexOf('/') + 1)),
    fields: numbersOf(cell('fields')),
    localWon: numbersOf(cell('local_won')).map((number) => number === 1),
    local: cell('local_row') as Uint8Array,
    remote: cell('remote_row') as Uint8Array,
    aboutDelete: cell('about_delete') === true,
  };
}

/** Numbers of a packed repeated field. */
function numbersOf(cell: Cell): number[] {
  if (!(cell instanceof Uint8Array)) return [];
  const reader = new ByteReader(cell, 'ledger entry');
  const numbers: number[] = [];
  // The tag, and the length of what follows.
  reader.varint();
  reader.varint();
  while (!reader.done) numbers.push(reader.varint());
  return numbers;
}
