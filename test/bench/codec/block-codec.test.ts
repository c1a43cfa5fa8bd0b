import { describe, expect, test } from 'vitest';
import { blockCodecOf, levels } from '../../../bench/codec/block-codec.ts';
import { inspections } from '../../../bench/codec/generated/inspections.ts';
import { messages } from '../../../bench/codec/generated/messages.ts';
import { orders } from '../../../bench/codec/generated/orders.ts';
import { readings } from '../../../bench/codec/generated/readings.ts';
import { tracks } from '../../../bench/codec/generated/tracks.ts';
import { users } from '../../../bench/codec/generated/users.ts';
import { batchesOf, type Field, field, type Row } from '../../../bench/codec/table.ts';

async function back(fields: readonly Field[], rows: readonly Row[]): Promise<Row[]> {
  const codec = blockCodecOf(fields);
  return (await codec.encode([rows], 'balanced')).flatMap(codec.decode);
}

const makers = { users, orders, messages, inspections, readings, tracks };

describe.each(Object.entries(makers))('%s', (_, make) => {
  const table = make(700);

  test('are the same whenever they are made', () => {
    expect(make(700)).toEqual(table);
    expect(make(20).rows).toEqual(table.rows.slice(0, 20));
  });

  test('are what JSON gives back', () => {
    expect(JSON.parse(JSON.stringify(table.rows))).toStrictEqual(table.rows);
  });

  test.each(levels)('come out of blocks as they went in: %s', async (level) => {
    const codec = blockCodecOf(table.fields);
    const batches = batchesOf(table.rows, 300);
    expect(batches.map(({ length }) => length)).toEqual([300, 300, 100]);
    expect((await codec.encode(batches, level)).map(codec.decode)).toStrictEqual(batches);
  });
});

test('what an order comes to is the sum of its items', () => {
  for (const row of orders(200).rows) {
    const { items, subtotal } = row as {
      items: { quantity: number; price: number; total: number }[];
      subtotal: number;
    };
    const cents = (value: number) => Math.round(value * 100);
    for (const { quantity, price, total } of items) {
      expect(cents(total)).toBe(quantity * cents(price));
    }
    expect(cents(subtotal)).toBe(items.reduce((sum, { total }) => sum + cents(total), 0));
  }
});

test('fields without a value, and empty lists, maps, messages and Structs stay what they are', async () => {
  const fields: Field[] = [
    field('a', 'integer'),
    field('never', 'text'),
    { name: 'list', type: { kind: 'list', items: { kind: 'list', items: { kind: 'float' } } } },
    { name: 'map', type: { kind: 'map', values: { kind: 'text' } } },
    { name: 'message', type: { kind: 'message', fields: [field('x', 'boolean')] } },
    field('struct', 'struct'),
  ];
  const rows: Row[] = [
    {},
    { a: 1, list: [], map: {}, message: {}, struct: {} },
    { list: [[], [1.5, 2]], map: { k: 'v', l: '' }, message: { x: false } },
    { a: -3, struct: { n: 0.1, t: 'x', b: true } },
    { struct: { n: 'now a text', other: 1 } },
  ];
  expect(await back(fields, rows)).toStrictEqual(rows);
  expect(await back(fields, [])).toEqual([]);
});
