import { create, type Message } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Shapes, ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { createMessageCodec } from '../../src/schema/message-codec.ts';
import { sameValue } from '../../src/schema/same-records.ts';
import type { ColumnDef } from '../../src/schema/table-def.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';
import { messages } from '../support/schema-values.ts';

const table = testTable('Shapes');
const codec = createMessageCodec(table, ShapesSchema);
const wireColumns = table.columns.filter(({ kind }) => kind === 'wire');

describe('wire cells', () => {
  test('are the same value when another language writes maps in another order', () => {
    fc.assert(
      fc.property(messages(ShapesSchema, 3), (message) => {
        const turned = create(ShapesSchema, reversed(message) as Shapes);
        const cells = codec.cellsOfMessage(message as Shapes);
        const others = codec.cellsOfMessage(turned);
        for (const column of wireColumns) {
          const { index } = column;
          expect(sameValue(column, cells[index]!, others[index]!), column.name).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('are another value when the messages differ', () => {
    fc.assert(
      fc.property(messages(ShapesSchema, 2), messages(ShapesSchema, 2), (one, other) => {
        const [left, right] = [one as Shapes, other as Shapes];
        const [cells, others] = [codec.cellsOfMessage(left), codec.cellsOfMessage(right)];
        for (const column of wireColumns) {
          const { index } = column;
          const found = sameValue(column, cells[index]!, others[index]!);
          if (found) expect(only(left, column)).toEqual(only(right, column));
          else expect(only(left, column)).not.toEqual(only(right, column));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('are the same value whether a list is packed or not', () => {
    const column = shapesColumn('int32_list');
    const [packed, apart] = [new ByteWriter(), new ByteWriter()];
    packed.varint(column.number * 8 + 2);
    packed.lengthBytes(Uint8Array.of(1, 0, 0x96, 0x01));
    for (const bytes of [[1], [0], [0x96, 0x01]]) {
      apart.varint(column.number * 8);
      apart.bytes(Uint8Array.from(bytes));
    }
    expect(sameValue(column, packed.finish(), apart.finish())).toBe(true);
    expect(sameValue(column, packed.finish(), null)).toBe(false);
  });

  const entry = (column: ColumnDef, ...bytes: number[]) => {
    const out = new ByteWriter();
    out.varint(column.number * 8 + 2);
    out.lengthBytes(Uint8Array.from(bytes));
    return [...out.finish()];
  };

  test('are the same value whether defaults in an entry are written or not', () => {
    const doubles = shapesColumn('double_map');
    const written = entry(doubles, 8, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(same(doubles, written, entry(doubles))).toBe(true);
    const places = shapesColumn('place_map');
    expect(same(places, entry(places, 8, 0, 0x12, 0), entry(places))).toBe(true);
    const texts = shapesColumn('string_map');
    expect(same(texts, entry(texts, 0x0a, 0, 0x12, 0), entry(texts))).toBe(true);
    expect(same(texts, entry(texts, 0x0a, 1, 0), entry(texts))).toBe(false);
  });

  test('are what the last entry of a key says, and what all parts of a message say together', () => {
    const texts = shapesColumn('string_map');
    const [a, b] = [0x61, 0x62].map((letter) => entry(texts, 0x0a, 1, 0x6b, 0x12, 1, letter));
    expect(same(texts, [...a!, ...b!], b!)).toBe(true);
    expect(same(texts, [...a!, ...b!], a!)).toBe(false);
    const place = shapesColumn('place');
    const name = [0x1a, 1, 0x61];
    const unknown = [0xb8, 0x3e, 7];
    const parts = [...entry(place, ...name), ...entry(place, ...unknown)];
    expect(same(place, parts, entry(place, ...unknown, ...name))).toBe(true);
    expect(same(place, parts, entry(place, ...name))).toBe(false);
  });
});

test('of a oneof within a message the last member on the wire counts', () => {
  const column = shapesColumn('anything');
  const record = (...bytes: number[]) => [...headOf(column, bytes.length), ...bytes];
  const text = [0x1a, 1, 0x78];
  const yes = [0x20, 1];
  expect(same(column, record(...text, ...yes), record(...yes))).toBe(true);
  expect(same(column, record(...yes, ...text), record(...text))).toBe(true);
  expect(same(column, record(...text, ...yes), record(...yes, ...text))).toBe(false);
  expect(same(column, [...record(...text), ...record(...yes)], record(...yes))).toBe(true);
});

function headOf({ number }: ColumnDef, length: number): number[] {
  const out = new ByteWriter();
  out.varint(number * 8 + 2);
  out.varint(length);
  return [...out.finish()];
}

function same(column: ColumnDef, left: readonly number[], right: readonly number[]): boolean {
  return sameValue(column, Uint8Array.from(left), Uint8Array.from(right));
}

/** A message with just one of its fields. */
function only(message: Shapes, { number }: ColumnDef): Shapes {
  const field = ShapesSchema.fields.find((each) => each.number === number)!;
  const bytes = create(ShapesSchema);
  const key = (field.oneof ?? field).localName as keyof Shapes;
  const value = message[key] as { case?: string } | undefined;
  if (field.oneof !== undefined && value?.case !== field.localName) return bytes;
  return Object.assign(bytes, { [key]: value });
}

/** The same message with all its maps turned round. */
function reversed(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value).map(([key, part]) => [key, reversed(part)] as const);
  const isMessage = '$typeName' in (value as Message);
  return Object.fromEntries(isMessage ? entries : entries.toReversed());
}
