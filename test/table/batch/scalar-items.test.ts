import { describe, expect, test } from 'vitest';
import type { NestedScalar } from '../../../src/schema/table-def.ts';
import { WireCursor } from '../../../src/schema/wire-cursor.ts';
import { createScalarItems } from '../../../src/table/batch/scalar-items.ts';

type Form = [kind: NestedScalar['kind'], wire: NestedScalar['wire']];

/** What is taken of these bytes: the values, or `odd`. */
function taken([kind, wire]: Form, ...bytes: number[]): unknown {
  const items = createScalarItems({ type: 'scalar', kind, wire });
  const cursor = new WireCursor(Uint8Array.from(bytes));
  if (!items.take(cursor)) return items.length === 0 ? 'odd' : 'odd, and something is left';
  const values = items.finish();
  if (!('values' in values)) throw new Error('no scalars');
  expect(cursor.position).toBe(bytes.length);
  return { [values.kind]: [...values.values] };
}

const negative = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

describe('a scalar is taken', () => {
  test.each<[Form, number[], unknown]>([
    [['bool', 'varint'], [1], { integers: [1] }],
    [['enum', 'varint'], [0x80, 0x01], { integers: [128] }],
    [['int32', 'varint'], negative, { integers: [-1] }],
    [['int32', 'zigzag'], [0xff, 0xff, 0xff, 0xff, 0x0f], { integers: [-0x8000_0000] }],
    [['int32', 'fixed32'], [0xff, 0xff, 0xff, 0xff], { integers: [-1] }],
    [['uint32', 'varint'], [0xff, 0xff, 0xff, 0xff, 0x0f], { integers: [0xffff_ffff] }],
    [['uint32', 'fixed32'], [0xff, 0xff, 0xff, 0xff], { integers: [0xffff_ffff] }],
    [['int64', 'varint'], negative, { longs: [-1n] }],
    [['int64', 'zigzag'], negative, { longs: [-(2n ** 63n)] }],
    [['int64', 'fixed64'], [0, 0, 0, 0, 0, 0, 0, 0x80], { longs: [-(2n ** 63n)] }],
    // Unsigned ones by their bits.
    [['uint64', 'varint'], negative, { longs: [-1n] }],
    [['uint64', 'fixed64'], [0, 0, 0, 0, 0, 0, 0, 0x80], { longs: [-(2n ** 63n)] }],
    [['float', 'fixed32'], [0, 0, 0, 0x80], { floats: [-0] }],
    [['float', 'fixed32'], [0, 0, 0xc0, 0x7f], { floats: [Number.NaN] }],
    [['double', 'fixed64'], [0, 0, 0, 0, 0, 0, 0xf0, 0x7f], { floats: [Infinity] }],
    [['string', 'text'], [2, 0xc3, 0xa9], { texts: ['é'] }],
    [['bytes', 'bytes'], [1, 0xff], { bytes: [Uint8Array.of(0xff)] }],
  ])('%s', (form, bytes, values) => {
    expect(taken(form, ...bytes)).toEqual(values);
  });
});

describe('a scalar is odd', () => {
  test.each<[Form, number[]]>([
    [['bool', 'varint'], [2]],
    [
      ['bool', 'varint'],
      [0x81, 0],
    ],
    [['bool', 'varint'], negative],
    [
      ['int32', 'varint'],
      [0x80, 0],
    ],
    [
      ['int32', 'varint'],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
    ],
    [
      ['uint32', 'varint'],
      [0x80, 0x80, 0x80, 0x80, 0x10],
    ],
    [
      ['int32', 'zigzag'],
      [0x80, 0x80, 0x80, 0x80, 0x10],
    ],
    [
      ['int64', 'varint'],
      [0x80, 0],
    ],
    [
      ['int64', 'zigzag'],
      [0x80, 0],
    ],
    [
      ['float', 'fixed32'],
      [1, 0, 0xc0, 0x7f],
    ],
    [
      ['float', 'fixed32'],
      [0, 0, 0xc0, 0xff],
    ],
    [
      ['double', 'fixed64'],
      [1, 0, 0, 0, 0, 0, 0xf8, 0x7f],
    ],
    [
      ['double', 'fixed64'],
      [0, 0, 0, 0, 0, 0, 0xf8, 0xff],
    ],
    [
      ['string', 'text'],
      [0x81, 0, 97],
    ],
    [
      ['bytes', 'bytes'],
      [0x81, 0, 97],
    ],
  ])('that would come back in other bytes: %s %j', (form, bytes) => {
    expect(taken(form, ...bytes)).toBe('odd');
  });
});

test('what was taken can be given back', () => {
  for (const kind of ['int32', 'string', 'int64'] as const) {
    const wire = kind === 'string' ? 'text' : 'varint';
    const items = createScalarItems({ type: 'scalar', kind, wire });
    const cursor = new WireCursor(Uint8Array.of(1, 97, 1, 98, 0));
    while (cursor.position < cursor.end) items.take(cursor);
    items.truncate(1);
    expect(items.length).toBe(1);
    expect(items.finish()).toHaveProperty('values.length', 1);
  }
});
