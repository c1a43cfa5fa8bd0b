import type { BatchColumn, ColumnValues } from '../../codec/batch.ts';
import type { NestedMessage } from '../../schema/table-def.ts';
import { WireCursor, WireType } from '../../schema/wire-cursor.ts';
import type { MakeItems, NestedItems } from './field-items.ts';
import { GatheredRows } from './gathered-rows.ts';
import { MessageItems, sorted } from './message-items.ts';
import { NumberList } from './number-list.ts';
import { isMinimal } from './scalar-items.ts';
import { StructColumn, structValue } from './struct-shape.ts';

/** A key in fewer Structs than one of so many has no column: it would say of each Struct that it is not there. */
const structsPerKeyMax = 16;

/**
 * Gathers Structs by their keys, as `StructColumn` has it. Structs with a key that few of them have, or the same key twice, are
 * gathered as lists of keys and values.
 */
export class StructItems implements NestedItems {
  private readonly byField: MessageItems;
  private readonly value: NestedMessage;
  private readonly depth: number;
  private readonly make: MakeItems;
  private readonly sources: Uint8Array[] = [];

  constructor(message: NestedMessage, depth: number, make: MakeItems) {
    this.byField = new MessageItems(message, depth, make);
    this.value = structValue(message);
    this.depth = depth;
    this.make = make;
  }

  add(source: Uint8Array, start: number, end: number): void {
    this.sources.push(source.subarray(start, end));
  }

  finish(): ColumnValues {
    const { sources, byField } = this;
    const forms = new Forms();
    const structs = sources.map((source) => {
      const entries = entriesOf(source);
      return entries && { form: forms.of(entries.keys), ranges: entries.ranges };
    });
    const isCommon = commonForms(forms.list, structs.length);
    const shapes = new Shapes(this.value, this.depth + 2, this.make);
    structs.forEach((struct, at) => {
      const source = sources[at]!;
      if (struct !== undefined && isCommon.has(struct.form)) {
        shapes.add(at, source, struct.form, struct.ranges);
        byField.skip();
      } else byField.add(source, 0, source.length);
    });
    if (shapes.isEmpty) return byField.finish();
    const count = sources.length;
    const columns = sorted([...byField.columns(), ...shapes.columns(count)]);
    return { kind: 'group', count, columns };
  }
}

/** A Struct's keys, and of each value where its message begins and ends. */
interface Entries {
  readonly keys: readonly string[];
  readonly ranges: readonly number[];
}

/** Keys in an order, and how many Structs have just these. */
interface Form {
  readonly keys: readonly string[];
  count: number;
}

class Forms {
  readonly list: Form[] = [];
  private readonly byKeys = new Map<string, Form>();
  private last: Form | undefined;

  /** The form of these keys, which one more Struct has. */
  of(keys: readonly string[]): Form {
    let form = this.last;
    if (form === undefined || !sameKeys(form.keys, keys)) form = this.find(keys);
    form.count++;
    this.last = form;
    return form;
  }

  private find(keys: readonly string[]): Form {
    const name = JSON.stringify(keys);
    const known = this.byKeys.get(name);
    if (known !== undefined) return known;
    const form = { keys, count: 0 };
    this.byKeys.set(name, form);
    this.list.push(form);
    return form;
  }
}

function sameKeys(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((key, index) => key === right[index]);
}

/** The forms that have no key that few of `structCount` Structs have. */
function commonForms(forms: readonly Form[], structCount: number): ReadonlySet<Form> {
  const counts = new Map<string, number>();
  for (const { keys, count } of forms) {
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  const countMin = Math.max(2, structCount / structsPerKeyMax);
  return new Set(forms.filter(({ keys }) => keys.every((key) => counts.get(key)! >= countMin)));
}

/** Gathers Structs of which each has its shape and its values. */
class Shapes {
  private readonly value: NestedMessage;
  private readonly depth: number;
  private readonly make: MakeItems;
  private readonly numbers = new Map<Form, number>();
  private readonly rows = new GatheredRows();
  private readonly shapes = new NumberList();
  private readonly firstRows = new GatheredRows();
  private readonly lengths = new NumberList();
  private readonly keys: string[] = [];
  private readonly keyColumns = new Map<
    string,
    { readonly rows: GatheredRows; readonly items: NestedItems }
  >();

  constructor(value: NestedMessage, depth: number, make: MakeItems) {
    this.value = value;
    this.depth = depth;
    this.make = make;
  }

  get isEmpty(): boolean {
    return this.rows.count === 0;
  }

  add(at: number, source: Uint8Array, form: Form, ranges: readonly number[]): void {
    this.rows.push(at);
    this.shapes.push(this.shapeOf(at, form));
    for (const [index, key] of form.keys.entries()) {
      const { rows, items } = this.keyColumn(key);
      rows.push(at);
      items.add(source, ranges[2 * index]!, ranges[2 * index + 1]!);
    }
  }

  columns(count: number): BatchColumn[] {
    const { shapes, lengths, keys } = this;
    const ofKeys = [...this.keyColumns.values()].flatMap(({ rows, items }, index) =>
      rows.column(StructColumn.firstKey + index, count, () => items.finish()),
    );
    return [
      ...this.rows.column(StructColumn.shape, count, () => ({
        kind: 'integers',
        values: shapes.peek(),
      })),
      ...this.firstRows.column(StructColumn.keys, count, () => ({
        kind: 'list',
        lengths: lengths.peek(),
        items: { kind: 'texts', values: keys },
      })),
      ...ofKeys,
    ];
  }

  private shapeOf(at: number, form: Form): number {
    const known = this.numbers.get(form);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(form, number);
    this.firstRows.push(at);
    this.lengths.push(form.keys.length);
    this.keys.push(...form.keys);
    return number;
  }

  private keyColumn(key: string) {
    const known = this.keyColumns.get(key);
    if (known !== undefined) return known;
    const made = { rows: new GatheredRows(), items: this.make(this.value, this.depth) };
    this.keyColumns.set(key, made);
    return made;
  }
}

const entryTag = (1 << 3) | WireType.length;
const keyTag = (1 << 3) | WireType.length;
const valueTag = (2 << 3) | WireType.length;

/** Undefined where a Struct has no keys, one twice, or is not what an encoder writes. */
function entriesOf(source: Uint8Array): Entries | undefined {
  const cursor = new WireCursor(source);
  const keys = new Set<string>();
  const ranges: number[] = [];
  while (cursor.position < source.length) {
    const entryEnd = partEnd(cursor, entryTag);
    const keyStart = cursor.position + 1;
    const keyEnd = entryEnd && partEnd(cursor, keyTag);
    if (keyEnd === undefined || keyEnd >= entryEnd!) return undefined;
    cursor.position = keyStart;
    keys.add(cursor.text());
    const end = partEnd(cursor, valueTag);
    if (end === undefined || end !== entryEnd) return undefined;
    ranges.push(cursor.position, end);
    cursor.position = end;
  }
  return keys.size > 0 && keys.size * 2 === ranges.length ? { keys: [...keys], ranges } : undefined;
}

/** Steps over the tag and length of a part, and gives where it ends. Undefined where there is another one. */
function partEnd(cursor: WireCursor, tag: number): number | undefined {
  if (cursor.source[cursor.position] !== tag) return undefined;
  cursor.position++;
  const start = cursor.position;
  const length = cursor.length();
  return isMinimal(cursor, start) ? cursor.position + length : undefined;
}
