import type { ByteWriter } from '../../base/bytes.ts';
import { encodeUtf8 } from '../../base/utf8.ts';
import type { BatchColumn } from '../../codec/batch.ts';
import type { NestedMessage } from '../../schema/table-def.ts';
import { cellsOfValues } from './cell-values.ts';
import type { MakeWriter, PlaceWriter } from './field-writer.ts';
import { createMessageWriter, type Group } from './message-writer.ts';
import { type Places, placeOf, placesOf } from './places.ts';
import type { Rebuilding } from './rebuilding.ts';
import { StructColumn, structValue } from './struct-shape.ts';

/** What writes Structs that were gathered by their shapes or by their field, without their length. DATA_LOSS for others. */
export function createStructWriter(
  message: NestedMessage,
  { kind, count, columns }: Group,
  depth: number,
  rebuilding: Rebuilding,
  make: MakeWriter,
): PlaceWriter {
  const shapeColumn = columns.find(({ number }) => number === StructColumn.shape);
  const keysColumn = columns.find(({ number }) => number === StructColumn.keys);
  const keyColumns = columns.filter(({ number }) => isKeyColumn(number));
  const others = columns.filter(
    (column) => column !== shapeColumn && column !== keysColumn && !isKeyColumn(column.number),
  );
  const rest = { kind, count, columns: others };
  const byField = createMessageWriter(message, rest, depth, rebuilding, make);
  if (shapeColumn === undefined || keysColumn === undefined) {
    if (columns.length > others.length) throw rebuilding.fail('a Struct has no shape');
    return byField;
  }
  for (const column of others) rebuilding.checkApart([shapeColumn, column], count);
  const shapes = shapesOf(shapeColumn, keysColumn, count, rebuilding);
  checkKeys(shapes, keyColumns, count, rebuilding);
  const keys = keyColumns.map(({ present, values }, index) => ({
    key: encodeUtf8(shapes.keys[index]!),
    places: placesOf(present),
    writer: make(structValue(message), values, depth + 2, rebuilding),
  }));
  return new StructWriter(shapes.ofRow, keys, byField, rebuilding);
}

function isKeyColumn(number: number): boolean {
  return number >= StructColumn.firstKey && number < keyColumnEnd;
}

/** Numbers from here on are of other forms than values. */
const keyColumnEnd = 0x2000_0000;

interface Shapes {
  /** The keys of all shapes. */
  readonly keys: readonly string[];
  /** Of each Struct the numbers of its keys, in order; undefined for those without a shape. */
  readonly ofRow: readonly (readonly number[] | undefined)[];
}

function shapesOf(
  shapeColumn: BatchColumn,
  keysColumn: BatchColumn,
  count: number,
  rebuilding: Rebuilding,
): Shapes {
  const shapeAt = cellsOfValues(
    { kind: 'uint32', typeName: 'shape' },
    shapeColumn.values,
    rebuilding,
  );
  const known = keyLists(keysColumn, rebuilding);
  const shapePlaces = placesOf(shapeColumn.present);
  const keyPlaces = placesOf(keysColumn.present);
  const ofRow: (readonly number[] | undefined)[] = [];
  let next = 0;
  for (let row = 0; row < count; row++) {
    const place = placeOf(shapePlaces, row);
    const shape = place < 0 ? -1 : (shapeAt(place) as number);
    const isFirst = placeOf(keyPlaces, row) >= 0;
    if (isFirst) next++;
    if (isFirst ? shape !== next - 1 : shape >= next) {
      throw rebuilding.fail('the shapes of Structs are not in order');
    }
    ofRow.push(known.shapes[shape]);
  }
  return { keys: known.keys, ofRow };
}

/** The keys by their numbers, and those of each shape. */
function keyLists({ values }: BatchColumn, rebuilding: Rebuilding) {
  if (values.kind !== 'list') throw rebuilding.fail(`${values.kind} are no lists of keys`);
  const textAt = cellsOfValues({ kind: 'string', typeName: 'key' }, values.items, rebuilding);
  const numbers = new Map<string, number>();
  const shapes: number[][] = [];
  let next = 0;
  for (const length of values.lengths) {
    const shape = new Set<number>();
    for (let left = length; left > 0; left--) {
      const key = textAt(next++) as string;
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      shape.add(number);
    }
    if (shape.size !== length) throw rebuilding.fail('a Struct has a key twice');
    shapes.push([...shape]);
  }
  return { keys: [...numbers.keys()], shapes };
}

/** Each Struct has values for the keys of its shape, and for no others. */
function checkKeys(
  { keys, ofRow }: Shapes,
  columns: readonly BatchColumn[],
  count: number,
  rebuilding: Rebuilding,
): void {
  const inOrder = columns.every(({ number }, index) => number === StructColumn.firstKey + index);
  if (!inOrder || columns.length !== keys.length) throw rebuilding.fail('a key has no column');
  const counts = new Uint32Array(count);
  for (const { present } of columns) {
    for (let row = 0; row < count; row++) counts[row]! += present?.[row] ?? 1;
  }
  const isWhole = ofRow.every((shape = noKeys, row) => {
    if (shape.length !== counts[row]) return false;
    return shape.every((key) => columns[key]!.present?.[row] !== 0);
  });
  if (!isWhole) throw rebuilding.fail('a Struct has not the values of its shape');
}

const noKeys: readonly number[] = [];

const entryTag = 0x0a;
const keyTag = 0x0a;
const valueTag = 0x12;

class StructWriter implements PlaceWriter {
  private readonly shapes: Shapes['ofRow'];
  private readonly keys: readonly {
    readonly key: Uint8Array;
    readonly places: Places;
    readonly writer: PlaceWriter;
  }[];
  private readonly byField: PlaceWriter;
  private readonly rebuilding: Rebuilding;

  constructor(
    shapes: Shapes['ofRow'],
    keys: StructWriter['keys'],
    byField: PlaceWriter,
    rebuilding: Rebuilding,
  ) {
    this.shapes = shapes;
    this.keys = keys;
    this.byField = byField;
    this.rebuilding = rebuilding;
  }

  write(row: number, out: ByteWriter): void {
    const shape = this.shapes[row];
    if (shape === undefined) {
      this.byField.write(row, out);
      return;
    }
    for (const number of shape) {
      const { key, places, writer } = this.keys[number]!;
      out.u8(entryTag);
      const mark = out.beginLength();
      out.u8(keyTag);
      out.lengthBytes(key);
      out.u8(valueTag);
      writer.write(placeOf(places, row), out);
      out.endLength(mark);
      this.rebuilding.check(out);
    }
  }
}
