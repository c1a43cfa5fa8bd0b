import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { file_test_v1_shapes, PlaceSchema, ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { type Mask, maskIndexes, maskOf } from '../../src/base/mask.ts';
import { defaultCell } from '../../src/schema/cell.ts';
import { compileRowCodec, decodeRow, encodeRow, rowCodecOf } from '../../src/schema/row-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { growthMax, growthOfSixteen } from '../support/growth.ts';
import { messages, rows } from '../support/schema-values.ts';

const schema = createSchema([file_test_v1_shapes]);
const shapes = schema.tableByName.get('test.v1.Shapes')!;
const codec = compileRowCodec(shapes);

function encode(cells: readonly Cell[], mask?: Mask): Uint8Array {
  const out = new ByteWriter();
  codec.encode(cells, mask, out);
  return out.finish();
}

function decode(bytes: Uint8Array, limits: Limits = defaultLimits) {
  return codec.decode(bytes, 0, bytes.length, limits);
}

/** A row with these columns set, all others at their default. */
function row(values: Readonly<Record<string, Cell>>): Cell[] {
  const cells = codec.defaultCells();
  for (const [name, cell] of Object.entries(values)) cells[index(name)] = cell;
  return cells;
}

function index(name: string): number {
  return shapes.columnByName.get(name)!.index;
}

function cellsAt(bytes: Uint8Array, ...names: string[]): Cell[] {
  const { cells } = decode(bytes);
  return names.map((name) => cells[index(name)]!);
}

function bytesOf(...parts: (number | string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...new TextEncoder().encode(part)] : part,
    ),
  );
}

function tag(name: string, wireType: number): number[] {
  const out = new ByteWriter();
  out.varint(shapes.columnByName.get(name)!.number * 8 + wireType);
  return [...out.finish()];
}

function refusal(
  bytes: Uint8Array,
  limits?: Limits,
): { reason: string; field: string | undefined } {
  try {
    decode(bytes, limits);
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    const { reason, fields } = error as SyncError;
    return { reason, field: fields[0]?.field };
  }
  throw new Error('the row was accepted');
}

describe('[P16] rows survive their encoding', () => {
  test('[P16] decode(encode(row)) equals row', () => {
    fc.assert(
      fc.property(rows(shapes, ShapesSchema), (cells) => {
        const { cells: read, present } = decode(encode(cells));
        expect(read).toEqual(cells);
        const set = shapes.columns
          .filter((column) => !Object.is(cells[column.index], defaultCell(column)))
          .filter(
            ({ index: at }) =>
              (cells[at] as Uint8Array | null)?.length !== 0 || shapes.columns[at]!.presence,
          );
        expect(maskIndexes(present)).toEqual(set.map((column) => column.index));
      }),
      { numRuns: 300 },
    );
  });

  test('[P16] a row that protobuf-es wrote is encoded to the same bytes again', () => {
    fc.assert(
      fc.property(messages(ShapesSchema), (message) => {
        const bytes = toBinary(ShapesSchema, message as never);
        expect(encode(decode(bytes).cells)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test('[P16] protobuf-es reads every row as it was written', () => {
    fc.assert(
      fc.property(rows(shapes, ShapesSchema), (cells) => {
        const bytes = encode(cells);
        expect(toBinary(ShapesSchema, fromBinary(ShapesSchema, bytes))).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test('[P16] a masked row holds the columns of the mask and no others', () => {
    const masks = fc.uniqueArray(fc.nat(shapes.columns.length - 1));
    fc.assert(
      fc.property(rows(shapes, ShapesSchema), masks, (cells, indexes) => {
        const mask = maskOf(shapes.columns.length, indexes);
        const expected = codec.defaultCells();
        for (const at of indexes) expected[at] = cells[at]!;
        expect(decode(encode(cells, mask)).cells).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

describe('encode', () => {
  test('writes nothing for the empty row', () => {
    expect(encode(codec.defaultCells())).toEqual(new Uint8Array(0));
  });

  test('writes a default where the column has presence', () => {
    const cells = row({ int32_maybe: 0, string_maybe: '', bool_maybe: false, double_maybe: 0 });
    expect(
      cellsAt(encode(cells), 'int32_maybe', 'string_maybe', 'bool_maybe', 'double_maybe'),
    ).toEqual([0, '', false, 0]);
    expect(cellsAt(encode(cells), 'int64_maybe')).toEqual([null]);
  });

  test('writes -0, which is not the default', () => {
    expect(
      cellsAt(encode(row({ double_value: -0, float_value: -0 })), 'double_value', 'float_value'),
    ).toEqual([-0, -0]);
  });

  test('writes one NaN, whatever the bits of the cell', () => {
    const odd = new Float64Array(new BigUint64Array([0xfff8_0000_0000_1234n]).buffer)[0]!;
    const bytes = encode(row({ double_value: odd, float_value: odd }));
    expect(bytes).toEqual(
      bytesOf(
        tag('float_value', 5),
        [0, 0, 0xc0, 0x7f],
        tag('double_value', 1),
        [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
      ),
    );
  });

  test('starts where the writer stands', () => {
    const out = new ByteWriter();
    out.u8(0xaa);
    codec.encode(row({ id: 'x' }), undefined, out);
    expect(out.finish()).toEqual(bytesOf(0xaa, 0x0a, 1, 'x'));
  });
});

describe('decode', () => {
  test('reads the bytes between start and end only', () => {
    const source = bytesOf(0xff, 0x0a, 2, 'ab', 0xff);
    expect(codec.decode(source, 1, 5, defaultLimits).cells[index('id')]).toBe('ab');
  });

  test('hands out copies, not views of its source', () => {
    const source = bytesOf(tag('bytes_value', 2), 2, [7, 8]);
    const [bytes] = cellsAt(source, 'bytes_value');
    source.fill(0);
    expect(bytes).toEqual(Uint8Array.of(7, 8));
  });

  test('takes fields in any order, and the last of a scalar', () => {
    const bytes = bytesOf(
      tag('string_value', 2),
      1,
      'z',
      tag('id', 2),
      1,
      'a',
      tag('id', 2),
      1,
      'b',
    );
    expect(cellsAt(bytes, 'id', 'string_value')).toEqual(['b', 'z']);
  });

  test('accepts negative numbers in ten bytes', () => {
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const bytes = bytesOf(
      tag('int32_value', 0),
      minusOne,
      tag('color', 0),
      minusOne,
      tag('int64_value', 0),
      minusOne,
    );
    expect(cellsAt(bytes, 'int32_value', 'color', 'int64_value')).toEqual([-1, -1, -1n]);
  });

  test('accepts numbers with more bytes than they need', () => {
    expect(
      cellsAt(bytesOf(tag('uint32_value', 0), [0x85, 0x80, 0x80, 0x00]), 'uint32_value'),
    ).toEqual([5]);
    expect(cellsAt(bytesOf([0x8a, 0x80, 0x00], 1, 'a'), 'id')).toEqual(['a']);
  });

  test('takes any number but 0 as true', () => {
    expect(
      cellsAt(bytesOf(tag('bool_value', 0), [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), 'bool_value'),
    ).toEqual([true]);
  });

  test('brings every NaN to one', () => {
    const bytes = bytesOf(tag('double_value', 1), [1, 2, 3, 4, 5, 6, 0xff, 0xff]);
    const [nan] = cellsAt(bytes, 'double_value');
    expect(new BigUint64Array(new Float64Array([nan as number]).buffer)[0]).toBe(
      0x7ff8_0000_0000_0000n,
    );
  });

  test('keeps the last member of a oneof and clears the others', () => {
    const bytes = bytesOf(
      tag('choice_text', 2),
      1,
      'a',
      tag('choice_place', 2),
      0,
      tag('choice_number', 0),
      7,
    );
    const { cells, present } = decode(bytes);
    expect(
      ['choice_text', 'choice_number', 'choice_place'].map((name) => cells[index(name)]),
    ).toEqual([null, 7, null]);
    expect(maskIndexes(present)).toEqual(
      ['choice_text', 'choice_number', 'choice_place'].map(index),
    );
  });

  test('starts a message anew that another member of its oneof has replaced', () => {
    const place = [...tag('choice_place', 2), 3, 0x1a, 1];
    const bytes = bytesOf(
      place,
      'a',
      tag('choice_number', 0),
      7,
      place,
      'b',
      tag('id', 2),
      1,
      'i',
      place,
      'c',
    );
    expect(cellsAt(bytes, 'choice_place', 'choice_number')).toEqual([
      bytesOf(place, 'b', place, 'c'),
      null,
    ]);
  });

  test('joins the records of lists, maps and messages, wherever they stand', () => {
    const place = (name: string) => bytesOf(tag('place', 2), 3, 0x1a, 1, name);
    const bytes = bytesOf([...place('a')], [...place('b')], tag('id', 2), 1, 'i', [...place('c')]);
    const [cell] = cellsAt(bytes, 'place');
    expect(cell).toEqual(bytesOf([...place('a')], [...place('b')], [...place('c')]));
    expect(fromBinary(ShapesSchema, bytes).place?.name).toBe('c');
  });

  test('merges the parts of a time', () => {
    const bytes = bytesOf(tag('at', 2), 2, 0x08, 5, tag('at', 2), 2, 0x10, 7);
    expect(cellsAt(bytes, 'at')).toEqual([5_000_000_007n]);
  });

  test('accepts packed and single numbers in a list, and takes an empty list as absent', () => {
    const mixed = bytesOf(tag('int32_list', 2), 2, [1, 2], tag('int32_list', 0), 3);
    expect(cellsAt(mixed, 'int32_list')).toEqual([mixed]);
    const packed = bytesOf(tag('unpacked_list', 2), 8, [1, 0, 0, 0, 0, 0, 0, 0]);
    expect(cellsAt(packed, 'unpacked_list')).toEqual([packed]);
    expect(cellsAt(bytesOf(tag('int32_list', 2), 0), 'int32_list')).toEqual([null]);
    const one = tag('int32_list', 0);
    expect(cellsAt(bytesOf(one, 1, tag('int32_list', 2), 0, one, 2), 'int32_list')).toEqual([
      bytesOf(one, 1, one, 2),
    ]);
  });

  test('keeps unknown fields within nested messages', () => {
    const bytes = bytesOf(tag('place', 2), 2, [0xf8 & 0x7f, 1]);
    expect(cellsAt(bytes, 'place')).toEqual([bytes]);
  });

  test.each([
    ['a field number the table does not have', bytesOf([0x98, 0x3f], 1), 'UNKNOWN_FIELD', '1011'],
    ['a high one', bytesOf([0x88, 0x80, 0x80, 0x01], 1), 'UNKNOWN_FIELD', '262145'],
    [
      'a scalar under another wire type',
      bytesOf(tag('int32_value', 5), [0, 0, 0, 0]),
      'WRONG_WIRE_TYPE',
      'int32_value',
    ],
    ['a scalar as a list', bytesOf(tag('int32_value', 2), 1, 1), 'WRONG_WIRE_TYPE', 'int32_value'],
    ['a message under another wire type', bytesOf(tag('place', 0), 1), 'WRONG_WIRE_TYPE', 'place'],
    [
      'a list of strings as numbers',
      bytesOf(tag('string_list', 0), 1),
      'WRONG_WIRE_TYPE',
      'string_list',
    ],
    ['a group', bytesOf(tag('place', 3), tag('place', 4)), 'WRONG_WIRE_TYPE', 'place'],
    [
      'a group within a message',
      bytesOf(tag('place', 2), 2, [0x7b, 0x7c]),
      'WRONG_WIRE_TYPE',
      'place',
    ],
    [
      'half of a time under another wire type',
      bytesOf(tag('at', 2), 5, 0x0d, [0, 0, 0, 0]),
      'WRONG_WIRE_TYPE',
      'at',
    ],
    ['a string that ends too early', bytesOf(tag('id', 2), 5, 'ab'), 'MALFORMED_ROW', 'id'],
    [
      'a number that ends too early',
      bytesOf(tag('int32_value', 0), 0x80),
      'MALFORMED_ROW',
      'int32_value',
    ],
    ['a missing number', bytesOf(tag('int32_value', 0)), 'MALFORMED_ROW', 'int32_value'],
    [
      'a double that ends too early',
      bytesOf(tag('double_value', 1), [1, 2, 3]),
      'MALFORMED_ROW',
      'double_value',
    ],
    ['a tag that ends too early', bytesOf(0x80), 'MALFORMED_ROW', 'row'],
    ['field number 0', bytesOf(0x02, 0), 'MALFORMED_ROW', 'row'],
    [
      'a length of more than 32 bits',
      bytesOf(tag('id', 2), [0x80, 0x80, 0x80, 0x80, 0x10]),
      'MALFORMED_ROW',
      'id',
    ],
    [
      'a number of eleven bytes',
      bytesOf(tag('int64_value', 0), Array(10).fill(0x80), 0),
      'MALFORMED_ROW',
      'int64_value',
    ],
    [
      'a number of more than 64 bits',
      bytesOf(tag('int64_value', 0), Array(9).fill(0xff), 2),
      'MALFORMED_ROW',
      'int64_value',
    ],
    ['a string that is not UTF-8', bytesOf(tag('id', 2), 2, [0xc3, 0x28]), 'INVALID_UTF8', 'id'],
    ['a surrogate in UTF-8', bytesOf(tag('id', 2), 3, [0xed, 0xa0, 0x80]), 'INVALID_UTF8', 'id'],
    [
      'a nested string that is not UTF-8',
      bytesOf(tag('place', 2), 3, 0x1a, 1, 0xff),
      'INVALID_UTF8',
      'place',
    ],
    [
      'an int32 of 33 bits',
      bytesOf(tag('int32_value', 0), [0xff, 0xff, 0xff, 0xff, 0x1f]),
      'VALUE_OUT_OF_RANGE',
      'int32_value',
    ],
    [
      'an int32 with its sign cut off',
      bytesOf(tag('int32_value', 0), [0xff, 0xff, 0xff, 0xff, 0x0f]),
      'VALUE_OUT_OF_RANGE',
      'int32_value',
    ],
    [
      'a uint32 of 33 bits',
      bytesOf(tag('uint32_value', 0), [0x80, 0x80, 0x80, 0x80, 0x10]),
      'VALUE_OUT_OF_RANGE',
      'uint32_value',
    ],
    [
      'a sint32 of 33 bits',
      bytesOf(tag('sint32_value', 0), [0x80, 0x80, 0x80, 0x80, 0x10]),
      'VALUE_OUT_OF_RANGE',
      'sint32_value',
    ],
    [
      'an enum of 33 bits',
      bytesOf(tag('color', 0), [0x80, 0x80, 0x80, 0x80, 0x10]),
      'VALUE_OUT_OF_RANGE',
      'color',
    ],
    [
      'a Timestamp with negative nanos',
      bytesOf(tag('at', 2), 11, 0x10, Array(9).fill(0xff), 1),
      'VALUE_OUT_OF_RANGE',
      'at',
    ],
    [
      'a Timestamp with nanos of a second',
      bytesOf(tag('at', 2), 6, 0x10, [0x80, 0x94, 0xeb, 0xdc, 0x03]),
      'VALUE_OUT_OF_RANGE',
      'at',
    ],
    [
      'a Timestamp after the year 9999',
      bytesOf(tag('at', 2), 7, 0x08, [0x80, 0xdb, 0x8d, 0x84, 0xb0, 0x07]),
      'VALUE_OUT_OF_RANGE',
      'at',
    ],
    [
      'a Duration of mixed signs',
      bytesOf(tag('lasts', 2), 13, 0x08, 1, 0x10, Array(9).fill(0xff), 1),
      'VALUE_OUT_OF_RANGE',
      'lasts',
    ],
    ['an unknown field in a Timestamp', bytesOf(tag('at', 2), 2, 0x18, 1), 'UNKNOWN_FIELD', 'at'],
    [
      'packed numbers that do not fill their length',
      bytesOf(tag('double_list', 2), 7, Array(7).fill(0)),
      'MALFORMED_ROW',
      'double_list',
    ],
    [
      'a nested message longer than its parent',
      bytesOf(tag('place', 2), 2, [0x22, 9]),
      'MALFORMED_ROW',
      'place',
    ],
  ])('refuses %s', (_, bytes, reason, field) => {
    expect(refusal(bytes)).toEqual({ reason, field });
  });

  test('accepts the deepest nesting and refuses one more', () => {
    const nested = (depth: number): Uint8Array => {
      let inner = new Uint8Array(0);
      for (let level = 1; level < depth; level++)
        inner = bytesOf(0x22, lengthOf(inner), [...inner]) as never;
      return bytesOf(tag('place', 2), lengthOf(inner), [...inner]);
    };
    const limits = { ...defaultLimits, nestingDepthMax: 20 };
    expect(decode(nested(20), limits).cells[index('place')]).toEqual(nested(20));
    expect(refusal(nested(21), limits)).toEqual({ reason: 'NESTING_TOO_DEEP', field: 'place' });
  });

  test('accepts the largest row and refuses one byte more', () => {
    const limits = { ...defaultLimits, rowBytesMax: 102 };
    const ofLength = (length: number) => bytesOf(tag('id', 2), length - 2, 'x'.repeat(length - 2));
    expect(decode(ofLength(102), limits).cells[index('id')]).toHaveLength(100);
    expect(refusal(ofLength(103), limits)).toEqual({ reason: 'ROW_TOO_LARGE', field: 'row' });
  });
});

function lengthOf(bytes: Uint8Array): number[] {
  const out = new ByteWriter();
  out.varint(bytes.length);
  return [...out.finish()];
}

describe('hostile bytes', () => {
  /** Decodes, and where that succeeds checks that the row is one that survives. */
  function attack(bytes: Uint8Array): void {
    let cells: Cell[];
    try {
      cells = decode(bytes).cells;
    } catch (error) {
      expect(error).toBeInstanceOf(SyncError);
      return;
    }
    const again = encode(cells);
    expect(decode(again).cells).toEqual(cells);
    // Whatever is accepted means the same to an independent reader, but for the bits of a NaN, which it keeps.
    const independent = (source: Uint8Array) =>
      decode(toBinary(ShapesSchema, fromBinary(ShapesSchema, source))).cells;
    expect(independent(again)).toEqual(independent(bytes));
  }

  test('arbitrary bytes are refused or read, and nothing else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), attack), { numRuns: 3000 });
  });

  test('damaged rows are refused or read, and nothing else', () => {
    const damage = fc.array(
      fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'drop', 'insert')),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(rows(shapes, ShapesSchema), damage, (cells, changes) => {
        const bytes = [...encode(cells)];
        for (const [place, value, kind] of changes) {
          const at = place % (bytes.length + 1);
          if (kind === 'set') bytes[at] = value;
          else bytes.splice(at, kind === 'drop' ? 1 : 0, ...(kind === 'drop' ? [] : [value]));
        }
        attack(Uint8Array.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('rows cut anywhere are refused or read, and nothing else', () => {
    fc.assert(
      fc.property(rows(shapes, ShapesSchema), fc.nat(), (cells, cut) => {
        const bytes = encode(cells);
        attack(bytes.subarray(0, cut % (bytes.length + 1)));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      'list records apart from each other',
      [...tag('int32_list', 0), 1, ...tag('bool_value', 0), 1],
    ],
    ['members of a oneof in turns', [...tag('choice_number', 0), 1, ...tag('choice_place', 2), 0]],
    ['empty messages', [...tag('place', 2), 0]],
    ['the same string again and again', [...tag('id', 2), 0]],
    ['times in parts', [...tag('at', 2), 2, 0x10, 7]],
  ])('sixteen times as much of %s takes about sixteen times as long', (_, piece) => {
    const bytes = new Uint8Array(1 << 18);
    for (let at = 0; at + piece.length <= bytes.length; at += piece.length) bytes.set(piece, at);
    const growth = growthOfSixteen(
      (size) => decode(bytes.subarray(0, size - (size % piece.length))),
      bytes.length / 16,
    );
    expect(growth).toBeLessThan(growthMax);
  });
});

test('encodeRow and decodeRow are the codec of the table, made once', () => {
  const out = new ByteWriter();
  encodeRow(shapes, row({ id: 'a' }), undefined, out);
  expect(decodeRow(shapes, out.finish(), 0, out.length, defaultLimits).cells).toEqual(
    row({ id: 'a' }),
  );
  expect(rowCodecOf(shapes)).toBe(rowCodecOf(shapes));
  expect(rowCodecOf(shapes).def).toBe(shapes);
});

test('PlaceSchema stands for messages that contain themselves', () => {
  const { element } = shapes.columnByName.get('place')!.nested!;
  expect(element.type === 'message' && element.name).toBe(PlaceSchema.typeName);
  expect(element.type === 'message' && element.fields.get(4)?.element).toBe(element);
});
