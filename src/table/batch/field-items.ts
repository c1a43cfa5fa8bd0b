import type { BatchColumn, ColumnValues } from '../../codec/batch.ts';
import { wireTypeOfForm } from '../../schema/nested-check.ts';
import type { NestedField, NestedMessage, NestedScalar } from '../../schema/table-def.ts';
import { WireCursor, WireType } from '../../schema/wire-cursor.ts';
import { ColumnForm, columnNumber } from './column-form.ts';
import { GatheredRows } from './gathered-rows.ts';
import { NumberList } from './number-list.ts';
import { createScalarItems, isMinimal, type ScalarItems } from './scalar-items.ts';

/** Gathers messages of one type. */
export interface NestedItems {
  /** Takes the message in `source[start, end)`, a checked one. Views of it are kept. */
  add(source: Uint8Array, start: number, end: number): void;
  finish(): ColumnValues;
}

/** Makes what gathers messages of a type that stand in so many others, themselves included. */
export type MakeItems = (message: NestedMessage, depth: number) => NestedItems;

/**
 * Gathers one field of rows or messages: its values, or its records where these would not come back to the byte. That is so for
 * several records of what is no list, for numbers with needless bytes, for lists that are packed in parts or not all, for the
 * bits of another NaN than the one, for what is out of the range of its type, and for fields that the schema does not know.
 */
export class FieldItems {
  private readonly number: number;
  private readonly values: ValueItems | undefined;
  private readonly unpacked: ScalarList | undefined;
  private readonly recordRows = new GatheredRows();
  private readonly records: Uint8Array[] = [];

  /** `field` is undefined for one that the schema does not know, `depth` that of the message that has it; 0 for a row. */
  constructor(number: number, field: NestedField | undefined, depth: number, make: MakeItems) {
    this.number = number;
    if (field === undefined) return;
    const { element, repeated } = field;
    if (element.type === 'message') {
      this.values = new MessageValues(number, repeated, make(element, depth + 1));
    } else if (!repeated) this.values = new ScalarValues(number, element);
    else {
      const isPackable = wireTypeOfForm[element.wire] !== WireType.length;
      this.values = isPackable ? new PackedList(number, element) : new ScalarList(number, element);
      if (isPackable) this.unpacked = new ScalarList(number, element);
    }
  }

  /** Takes the field's records in `source[start, end)`, at least one, which are of row `at`. Rows ascend. */
  add(at: number, source: Uint8Array, start: number, end: number): void {
    const isTaken =
      this.values?.add(at, source, start, end) || this.unpacked?.add(at, source, start, end);
    if (isTaken) return;
    this.recordRows.push(at);
    this.records.push(source.subarray(start, end));
  }

  columns(rowCount: number): BatchColumn[] {
    const { number, values, unpacked, records } = this;
    const columns = values?.columns(columnNumber(number, ColumnForm.values), rowCount) ?? [];
    const ofRecords = this.recordRows.column(
      columnNumber(number, ColumnForm.records),
      rowCount,
      () => ({ kind: 'bytes', values: records }),
    );
    const ofUnpacked = unpacked?.columns(columnNumber(number, ColumnForm.unpacked), rowCount) ?? [];
    return [...columns, ...ofRecords, ...ofUnpacked];
  }
}

/** Gathers values of which each has come in the one way that the form stands for. */
interface ValueItems {
  /** False, and nothing is taken, where the records are not of this form. */
  add(at: number, source: Uint8Array, start: number, end: number): boolean;
  columns(number: number, rowCount: number): BatchColumn[];
}

/** One record of a scalar. */
class ScalarValues implements ValueItems {
  private readonly tag: number;
  private readonly items: ScalarItems;
  private readonly rows = new GatheredRows();

  constructor(number: number, element: NestedScalar) {
    this.tag = tagOf(number, wireTypeOfForm[element.wire]);
    this.items = createScalarItems(element);
  }

  add(at: number, source: Uint8Array, start: number, end: number): boolean {
    const { items } = this;
    const cursor = new WireCursor(source, start, end);
    if (!isTag(cursor, this.tag) || !items.take(cursor)) return false;
    if (cursor.position !== end) {
      items.truncate(items.length - 1);
      return false;
    }
    this.rows.push(at);
    return true;
  }

  columns(number: number, rowCount: number): BatchColumn[] {
    return this.rows.column(number, rowCount, () => this.items.finish());
  }
}

/** A list, of which each element has a record. */
class ScalarList implements ValueItems {
  private readonly tag: number;
  private readonly items: ScalarItems;
  private readonly rows = new GatheredRows();
  private readonly lengths = new NumberList();

  constructor(number: number, element: NestedScalar) {
    this.tag = tagOf(number, wireTypeOfForm[element.wire]);
    this.items = createScalarItems(element);
  }

  add(at: number, source: Uint8Array, start: number, end: number): boolean {
    const { items } = this;
    const before = items.length;
    const cursor = new WireCursor(source, start, end);
    while (cursor.position < end) {
      if (isTag(cursor, this.tag) && items.take(cursor)) continue;
      items.truncate(before);
      return false;
    }
    this.rows.push(at);
    this.lengths.push(items.length - before);
    return true;
  }

  columns(number: number, rowCount: number): BatchColumn[] {
    return this.rows.column(number, rowCount, () => listOf(this.lengths, this.items));
  }
}

/** A list of numbers in one record. */
class PackedList implements ValueItems {
  private readonly tag: number;
  private readonly items: ScalarItems;
  private readonly rows = new GatheredRows();
  private readonly lengths = new NumberList();

  constructor(number: number, element: NestedScalar) {
    this.tag = tagOf(number, WireType.length);
    this.items = createScalarItems(element);
  }

  add(at: number, source: Uint8Array, start: number, end: number): boolean {
    const { items } = this;
    const before = items.length;
    const cursor = new WireCursor(source, start, end);
    if (!isTag(cursor, this.tag) || wholeEnd(cursor) !== end) return false;
    while (cursor.position < end) {
      if (items.take(cursor)) continue;
      items.truncate(before);
      return false;
    }
    // A packed list of nothing is not what an encoder writes.
    if (items.length === before) return false;
    this.rows.push(at);
    this.lengths.push(items.length - before);
    return true;
  }

  columns(number: number, rowCount: number): BatchColumn[] {
    return this.rows.column(number, rowCount, () => listOf(this.lengths, this.items));
  }
}

/** One message, or a list of them with a record for each. What is odd within a message is that one's own matter. */
class MessageValues implements ValueItems {
  private readonly tag: number;
  private readonly repeated: boolean;
  private readonly items: NestedItems;
  private readonly rows = new GatheredRows();
  private readonly lengths = new NumberList();

  constructor(number: number, repeated: boolean, items: NestedItems) {
    this.tag = tagOf(number, WireType.length);
    this.repeated = repeated;
    this.items = items;
  }

  add(at: number, source: Uint8Array, start: number, end: number): boolean {
    const ranges: number[] = [];
    const cursor = new WireCursor(source, start, end);
    while (cursor.position < end) {
      if (!isTag(cursor, this.tag)) return false;
      const messageEnd = wholeEnd(cursor);
      if (messageEnd === undefined) return false;
      ranges.push(cursor.position, messageEnd);
      cursor.position = messageEnd;
    }
    if (!this.repeated && ranges.length > 2) return false;
    this.rows.push(at);
    this.lengths.push(ranges.length / 2);
    for (let range = 0; range < ranges.length; range += 2) {
      this.items.add(source, ranges[range]!, ranges[range + 1]!);
    }
    return true;
  }

  columns(number: number, rowCount: number): BatchColumn[] {
    const values = () => (this.repeated ? listOf(this.lengths, this.items) : this.items.finish());
    return this.rows.column(number, rowCount, values);
  }
}

function listOf(lengths: NumberList, items: { finish(): ColumnValues }): ColumnValues {
  return { kind: 'list', lengths: lengths.peek(), items: items.finish() };
}

function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}

/** Steps over a tag. False where it is another one, or has needless bytes. */
function isTag(cursor: WireCursor, tag: number): boolean {
  const start = cursor.position;
  return cursor.tag() === tag && isMinimal(cursor, start);
}

/** Steps over a length, and gives where what it counts ends; undefined where it has needless bytes. */
function wholeEnd(cursor: WireCursor): number | undefined {
  const start = cursor.position;
  const length = cursor.length();
  return isMinimal(cursor, start) ? cursor.position + length : undefined;
}
