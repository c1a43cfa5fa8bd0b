import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signed64, unsigned64, WireCursor } from '../../src/schema/wire-cursor.ts';
import { refusalOf } from '../support/schema-errors.ts';

function cursorOn(...bytes: number[]): WireCursor {
  const cursor = new WireCursor(Uint8Array.from(bytes));
  cursor.field = 'f';
  return cursor;
}

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

type Scalar = {
  [Name in keyof BinaryWriter & keyof WireCursor]: BinaryWriter[Name] extends (
    value: never,
  ) => BinaryWriter
    ? WireCursor[Name] extends () => unknown
      ? Name
      : never
    : never;
}[keyof BinaryWriter & keyof WireCursor];

describe('reads what protobuf-es writes', () => {
  test.each<[Scalar, fc.Arbitrary<unknown>]>([
    ['int32', int32],
    ['sint32', int32],
    ['sfixed32', int32],
    ['uint32', uint32],
    ['fixed32', uint32],
    ['int64', int64],
    ['sint64', int64],
    ['sfixed64', int64],
    ['uint64', uint64],
    ['fixed64', uint64],
    ['float', fc.float()],
    ['double', fc.double()],
    ['bool', fc.boolean()],
    ['bytes', fc.uint8Array().map((bytes) => new Uint8Array(bytes))],
  ])('%s', (name, values) => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = (new BinaryWriter()[name] as (value: unknown) => BinaryWriter)(
          value,
        ).finish();
        const cursor = new WireCursor(bytes);
        expect(cursor[name]()).toEqual(value);
        expect(cursor.position).toBe(bytes.length);
      }),
    );
  });

  test('text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const cursor = new WireCursor(new BinaryWriter().string(text).finish());
        expect(cursor.text()).toBe(text);
      }),
    );
  });

  test('tags up to the highest field number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x1fffffff }), fc.nat(5), (number, wireType) => {
        const cursor = new WireCursor(new BinaryWriter().tag(number, wireType).finish());
        expect(cursor.tag()).toBe(number * 8 + wireType);
      }),
    );
  });
});

describe('refuses, naming the field', () => {
  test.each([
    ['an empty place', () => cursorOn().varint(), 'MALFORMED_ROW'],
    ['a varint without an end', () => cursorOn(0x80, 0x80).varint(), 'MALFORMED_ROW'],
    ['a varint of 65 bits', () => cursorOn(...Array(9).fill(0x80), 2).varint(), 'MALFORMED_ROW'],
    [
      'a varint of eleven bytes',
      () => cursorOn(...Array(10).fill(0x80), 0).varint(),
      'MALFORMED_ROW',
    ],
    ['field number 0', () => cursorOn(5).tag(), 'MALFORMED_ROW'],
    [
      'a field number of 30 bits',
      () => cursorOn(0x80, 0x80, 0x80, 0x80, 0x10).tag(),
      'MALFORMED_ROW',
    ],
    ['three of four bytes', () => cursorOn(1, 2, 3).sfixed32(), 'MALFORMED_ROW'],
    ['seven of eight bytes', () => cursorOn(1, 2, 3, 4, 5, 6, 7).fixed64(), 'MALFORMED_ROW'],
    ['a length beyond the end', () => cursorOn(2, 0).length(), 'MALFORMED_ROW'],
    ['a length of 2^31', () => cursorOn(0x80, 0x80, 0x80, 0x80, 0x08).length(), 'MALFORMED_ROW'],
    ['a string that is not UTF-8', () => cursorOn(1, 0xff).text(), 'INVALID_UTF8'],
    ['one to step over', () => cursorOn(1, 0xff).skipText(), 'INVALID_UTF8'],
    [
      '33 bits for int32',
      () => cursorOn(0xff, 0xff, 0xff, 0xff, 0x1f).int32(),
      'VALUE_OUT_OF_RANGE',
    ],
    [
      '33 bits for uint32',
      () => cursorOn(0xff, 0xff, 0xff, 0xff, 0x1f).uint32(),
      'VALUE_OUT_OF_RANGE',
    ],
    ['the start of a group', () => cursorOn().skipValue(3), 'WRONG_WIRE_TYPE'],
    ['wire type 7', () => cursorOn().skipValue(7), 'WRONG_WIRE_TYPE'],
  ])('%s', (_, act, reason) => {
    expect(refusalOf(act)).toEqual({ reason, fields: ['f'] });
  });

  test('what lies behind the end it was given', () => {
    const cursor = new WireCursor(Uint8Array.of(0x80, 1, 2, 3, 4), 0, 1);
    expect(refusalOf(() => cursor.varint()).reason).toBe('MALFORMED_ROW');
    expect(refusalOf(() => new WireCursor(Uint8Array.of(8), 0, 0).tag()).reason).toBe(
      'MALFORMED_ROW',
    );
  });
});

test('skipValue steps over a value of each wire type', () => {
  const cursor = cursorOn(0x80, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 9, 1, 2, 3, 4);
  for (const [wireType, position] of [
    [0, 2],
    [1, 10],
    [2, 13],
    [5, 17],
  ] as const) {
    cursor.skipValue(wireType);
    expect(cursor.position).toBe(position);
  }
});

test('64 bits come out of two halves, whether or not a double could hold them', () => {
  fc.assert(
    fc.property(fc.oneof(int64, fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n })), (value) => {
      const low = Number(BigInt.asIntN(32, value));
      const high = Number(BigInt.asIntN(32, value >> 32n));
      expect(signed64(low, high)).toBe(value);
      expect(unsigned64(low, high)).toBe(BigInt.asUintN(64, value));
    }),
  );
});
