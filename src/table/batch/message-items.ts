import type { BatchColumn, ColumnValues } from '../../codec/batch.ts';
import type { NestedMessage } from '../../schema/table-def.ts';
import { WireCursor } from '../../schema/wire-cursor.ts';
import { ColumnForm, columnNumber } from './column-form.ts';
import { FieldItems, type MakeItems } from './field-items.ts';
import { GatheredRows } from './gathered-rows.ts';

/**
 * Gathers messages of one type by their fields. The records of a field stand together and the fields ascend in what every
 * encoder of note writes; a message in which they do not travels as bytes.
 */
export class MessageItems {
  private readonly message: NestedMessage;
  private readonly depth: number;
  private readonly make: MakeItems;
  private readonly fields = new Map<number, FieldItems>();
  private readonly wholeRows = new GatheredRows();
  private readonly whole: Uint8Array[] = [];
  private count = 0;

  /** `depth` is how many messages it stands in, itself included. */
  constructor(message: NestedMessage, depth: number, make: MakeItems) {
    this.message = message;
    this.depth = depth;
    this.make = make;
  }

  /** Takes the message in `source[start, end)`, a checked one. Views of it are kept. */
  add(source: Uint8Array, start: number, end: number): void {
    const at = this.count++;
    const runs = runsOf(source, start, end);
    if (runs === undefined) {
      this.wholeRows.push(at);
      this.whole.push(source.subarray(start, end));
      return;
    }
    for (let run = 0; run < runs.length; run += 3) {
      this.field(runs[run]!).add(at, source, runs[run + 1]!, runs[run + 2]!);
    }
  }

  /** Leaves the place of a message free, which is gathered elsewhere. */
  skip(): void {
    this.count++;
  }

  finish(): ColumnValues {
    const { count, whole } = this;
    if (whole.length === count) return { kind: 'bytes', values: whole };
    return { kind: 'group', count, columns: sorted(this.columns()) };
  }

  /** The columns, in no order. */
  columns(): BatchColumn[] {
    const { count, whole } = this;
    const number = columnNumber(0, ColumnForm.records);
    const bytes = this.wholeRows.column(number, count, () => ({ kind: 'bytes', values: whole }));
    return [...bytes, ...[...this.fields.values()].flatMap((field) => field.columns(count))];
  }

  private field(number: number): FieldItems {
    const known = this.fields.get(number);
    if (known !== undefined) return known;
    const made = new FieldItems(number, this.message.fields.get(number), this.depth, this.make);
    this.fields.set(number, made);
    return made;
  }
}

/** Columns by their numbers, ascending. */
export function sorted(columns: BatchColumn[]): BatchColumn[] {
  return columns.sort((left, right) => left.number - right.number);
}

/** Of each field its number, and where its records begin and end. Undefined where the fields do not ascend. */
function runsOf(source: Uint8Array, start: number, end: number): number[] | undefined {
  const cursor = new WireCursor(source, start, end);
  const runs: number[] = [];
  let last = 0;
  while (cursor.position < end) {
    const recordStart = cursor.position;
    const tag = cursor.tag();
    const number = tag >>> 3;
    cursor.skipValue(tag & 7);
    if (number < last) return undefined;
    if (number === last) runs[runs.length - 1] = cursor.position;
    else runs.push(number, recordStart, cursor.position);
    last = number;
  }
  return runs;
}
