import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Cell } from '../schema/table-def.ts';
import type { ChunkTest, Column, GatheredCells, TestOperator } from './column.ts';
import type { Layout } from './layout.ts';
import { createPresence, type Presence } from './presence.ts';

/** A column whose cells may be null, over one whose cells may not. */
export function createOptionalColumn(values: Column, layout: Layout): Column {
  return new OptionalColumn(values, createPresence(layout));
}

class OptionalColumn implements Column {
  private readonly values: Column;
  private readonly presence: Presence;

  constructor(values: Column, presence: Presence) {
    this.values = values;
    this.presence = presence;
  }

  get memoryBytes(): number {
    return this.values.memoryBytes + this.presence.memoryBytes;
  }

  get(slot: number): Cell {
    return this.presence.has(slot) ? this.values.get(slot) : null;
  }

  set(slot: number, cell: Cell): void {
    if (cell !== null) this.values.set(slot, cell);
    else if (this.presence.has(slot)) this.values.clear(slot);
    this.presence.set(slot, cell !== null);
  }

  clear(slot: number): void {
    // The bit stays as it is: a chunk whose rows are all alike remains so when some of them are buried.
    if (this.presence.has(slot)) this.values.clear(slot);
  }

  equals(slot: number, cell: Cell): boolean {
    if (!this.presence.has(slot)) return cell === null;
    return cell !== null && this.values.equals(slot, cell);
  }

  compare(left: number, right: number): number {
    const leftPresent = this.presence.has(left);
    const rightPresent = this.presence.has(right);
    if (leftPresent && rightPresent) return this.values.compare(left, right);
    return Number(leftPresent) - Number(rightPresent);
  }

  encode(slot: number, out: ByteWriter): void {
    if (this.presence.has(slot)) this.values.encode(slot, out);
  }

  gather(slots: ArrayLike<number>): GatheredCells | undefined {
    const present = this.presence.gather(slots);
    if (present === undefined) return this.values.gather(slots);
    const there: number[] = [];
    for (let at = 0; at < slots.length; at++) if (present[at] === 1) there.push(slots[at]!);
    const gathered = this.values.gather(there);
    return gathered && { present, values: gathered.values };
  }

  test(operator: TestOperator, cells: readonly Cell[]): ChunkTest | undefined {
    const { presence } = this;
    if (operator === 'absent') {
      return { keep: (chunk, selection) => presence.keepAbsent(chunk, selection) };
    }
    const test = this.values.test(operator, cells);
    if (test === undefined) return undefined;
    return {
      keep: (chunk, selection) => {
        presence.keepPresent(chunk, selection);
        test.keep(chunk, selection);
      },
    };
  }

  resize(): void {
    this.values.resize();
    this.presence.resize();
  }

  arenaBytes(chunk: number): number {
    return this.values.arenaBytes?.(chunk) ?? 0;
  }

  shrink(): void {
    this.values.shrink?.();
  }

  savedBytes(slot: number): number {
    return this.values.savedBytes(slot);
  }

  save(first: number, count: number, out: ByteWriter): void {
    this.presence.save(first, count, out);
    this.values.save(first, count, out);
  }

  restore(first: number, count: number, reader: ByteReader): void {
    this.presence.restore(first, count, reader);
    this.values.restore(first, count, reader);
  }
}
