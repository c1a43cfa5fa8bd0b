import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { Code, SyncError } from '../../../src/base/errors.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { type Mask, maskOf } from '../../../src/base/mask.ts';
import { encodeUtf8 } from '../../../src/base/utf8.ts';
import type { BatchColumn, ColumnValues } from '../../../src/codec/batch.ts';
import { batchOfRows } from '../../../src/table/batch/batch-of-rows.ts';
import { rowsOfBatch } from '../../../src/table/batch/batch-rows.ts';
import { ColumnForm, columnNumber } from '../../../src/table/batch/column-form.ts';
import type { RowMasks } from '../../../src/table/batch/row-masks.ts';
import { shapesColumn, testTable } from '../../support/schema-tables.ts';
import { rows as rowsOf } from '../../support/schema-values.ts';
import { cellsOf, options, refusalOf, rowsWith } from './support/batch-scene.ts';
import { batchOfFrames, framesOf } from './support/through-block.ts';

const shapes = testTable('Shapes');

const integers = (...values: number[]): ColumnValues => ({
  kind: 'integers',
  values: Float64Array.from(values),
});
const longs = (...values: bigint[]): ColumnValues => ({
  kind: 'longs',
  values: BigInt64Array.from(values),
});
const floats = (...values: number[]): ColumnValues => ({
  kind: 'floats',
  values: Float64Array.from(values),
});
const texts = (...values: string[]): ColumnValues => ({ kind: 'texts', values });
const bytes = (...values: Uint8Array[]): ColumnValues => ({ kind: 'bytes', values });

/** A column of rows that all have a value, unless `present` says otherwise. */
function column(
  name: string,
  values: ColumnValues,
  {
    form = ColumnForm.values as ColumnForm,
    present,
  }: {
    form?: ColumnForm;
    present?: number[];
  } = {},
): BatchColumn {
  const number = columnNumber(shapesColumn(name).number, form);
  return { number, present: present && Uint8Array.from(present), values };
}

function refusal(columns: BatchColumn[], rowCount = 1, masks?: RowMasks): string {
  return refusalOf(shapes, columns, rowCount, masks && { masks });
}

/** The mask of these columns. */
function naming(...names: string[]): Mask {
  return maskOf(
    shapes.columns.length,
    names.map((name) => shapesColumn(name).index),
  );
}

describe('a batch is refused, and the column named', () => {
  const malformed = `${Code.dataLoss} MALFORMED_BYTES column batch: `;

  test('that the table does not have', () => {
    const stranger = { number: 19, present: undefined, values: integers(1) };
    expect(refusal([stranger])).toBe(`${malformed}test.v1.Shapes has no field 19`);
    expect(refusal([{ ...stranger, number: 0 }])).toContain('has no field 0');
  });

  test.each<[string, ColumnValues, string]>([
    ['int32_value', texts('1'), 'texts are no values of int32'],
    ['string_value', integers(1), 'integers are no values of string'],
    ['double_value', integers(1), 'integers are no values of double'],
    ['int64_value', integers(1), 'integers are no values of int64'],
    ['bytes_value', texts('1'), 'texts are no values of bytes'],
    ['at', integers(1), 'integers are no values of google.protobuf.Timestamp'],
    ['place', integers(1), 'integers are no values of test.v1.Place'],
    ['place', longs(1n), 'longs are no values of test.v1.Place'],
    ['place_list', bytes(new Uint8Array(1)), 'bytes are no lists'],
    ['bool_value', integers(2), 'a value is out of the range of bool'],
    ['bool_value', integers(-1), 'a value is out of the range of bool'],
    ['int32_value', integers(2 ** 31), 'a value is out of the range of int32'],
    ['color', integers(-(2 ** 31) - 1), 'a value is out of the range of enum'],
    ['uint32_value', integers(-1), 'a value is out of the range of uint32'],
    ['uint32_value', integers(2 ** 32), 'a value is out of the range of uint32'],
    ['float_value', floats(0.1), 'a value has over 32 bits'],
    ['float_value', floats(1e300), 'a value has over 32 bits'],
    ['string_value', texts('\ud800'), 'a text has a lone surrogate'],
  ])('whose values are none of it: %s', (name, values, problem) => {
    expect(refusal([column(name, values)])).toBe(`${malformed}${name}: ${problem}`);
  });

  test('whose times are in no year', () => {
    // 64 bits hold no time that a Timestamp or Duration does not, so this shows with records alone.
    const record = (seconds: bigint) => {
      const out = new ByteWriter();
      out.varint(40 * 8 + 2);
      const mark = out.beginLength();
      out.u8(0x08);
      out.varint64(seconds);
      out.endLength(mark);
      return out.finish();
    };
    const form = ColumnForm.records;
    const of = (seconds: bigint) => refusal([column('at', bytes(record(seconds)), { form })]);
    expect(of(253_402_300_799n)).toBe('none');
    expect(of(253_402_300_800n)).toBe(
      `${malformed}at: at: is outside the range that its type documents`,
    );
    expect(refusal([column('at', bytes(new Uint8Array(0)), { form })])).toContain(
      'at: a time has no record',
    );
    expect(refusal([column('at', texts('x'), { form })])).toContain('at: texts are no records');
  });

  test('that has no value where there always is one', () => {
    const given = column('int32_value', integers(1), { present: [1, 0] });
    const problem = `${malformed}int32_value: a value is missing that is always there`;
    expect(refusal([given], 2)).toBe(problem);
    const named = naming('int32_value');
    expect(refusal([given], 2, [named, naming('id')])).toBe('none');
    expect(refusal([given], 2, [named, named])).toBe(problem);
    expect(refusal([given], 2, [named, undefined])).toBe(problem);
    const maybe = column('int32_maybe', integers(1), { present: [1, 0] });
    expect(refusal([maybe], 2)).toBe('none');
  });

  test('unless there is a mask for each row', () => {
    expect(refusal([], 2, [undefined])).toBe(`${malformed}1 masks for 2 rows`);
    expect(refusal([], 2, [undefined, naming('id')])).toBe('none');
  });

  test('of which the patch says nothing', () => {
    const given = column('int32_maybe', integers(1));
    expect(refusal([given], 1, [naming('int32_maybe')])).toBe('none');
    expect(refusal([given], 1, [undefined])).toBe('none');
    expect(refusal([given], 1, [naming('int32_value')])).toBe(
      `${malformed}int32_maybe: a patch has a value that it does not name`,
    );
  });

  test('that has a value in two forms', () => {
    const records = bytes(Uint8Array.of(0xc2, 2, 0));
    const both = [column('at', longs(1n)), column('at', records, { form: ColumnForm.records })];
    expect(refusal(both)).toBe(`${malformed}at: a row has two values`);
  });

  test('that is in a oneof with another one', () => {
    const text = column('choice_text', texts('a'));
    const number = column('choice_number', integers(1));
    expect(refusal([text, number])).toContain('a row has two values');
    const apart = [
      column('choice_text', texts('a'), { present: [1, 0] }),
      column('choice_number', integers(1), { present: [0, 1] }),
    ];
    expect(refusal(apart, 2)).toBe('none');
  });

  test('in a form that it does not have', () => {
    for (const form of [ColumnForm.records, ColumnForm.unpacked, 7 as ColumnForm]) {
      expect(refusal([column('int32_value', integers(1), { form })])).toContain(
        `int32_value: there is no form ${form}`,
      );
    }
    const list = { kind: 'list', lengths: Float64Array.of(1), items: texts('a') } as const;
    expect(refusal([column('string_list', list, { form: ColumnForm.unpacked })])).toContain(
      'string_list: field 76 has no form 2',
    );
  });
});

describe('a batch is refused for nested data', () => {
  const record = (...parts: number[]) => bytes(Uint8Array.from(parts));
  const form = ColumnForm.records;

  test('that is no protobuf, or another field', () => {
    const place = (values: ColumnValues) => refusal([column('place', values, { form })]);
    // Tag of field 42, a message of four bytes: name `ab`.
    expect(place(record(0xd2, 0x02, 4, 0x1a, 2, 97, 98))).toBe('none');
    expect(place(record(0xd2, 0x02, 4, 0x1a, 2, 97, 0xff))).toContain('place: is not valid UTF-8');
    expect(place(record(0xd2, 0x02, 5, 0x1a, 2, 97, 98))).toContain('the bytes end too early');
    expect(place(record(0xda, 0x02, 0))).toContain('holds a record of field number 43');
    expect(place(record())).toContain('place: a value has no bytes');
  });

  test('whose messages have fields that the schema does not know', () => {
    const group = (number: number, values: ColumnValues): ColumnValues => ({
      ...{ kind: 'group', count: 1, columns: [{ number, present: undefined, values }] },
    });
    expect(refusal([column('place', group(3, texts('name')))])).toBe('none');
    expect(refusal([column('place', group(99, texts('name')))])).toContain(
      'place: there is no field 99',
    );
    expect(refusal([column('place', group(3, integers(1)))])).toContain(
      'place: integers are no values of string',
    );
    // Unknown ones come as records, which are looked at.
    const unknown = columnNumber(99, ColumnForm.records);
    expect(refusal([column('place', group(unknown, record(0x98, 0x06, 1)))])).toBe('none');
    expect(refusal([column('place', group(unknown, record(0x98, 0x06)))])).toContain(
      'place: place: the bytes end too early',
    );
  });

  test('that is deeper than rows may be', () => {
    let values: ColumnValues = { kind: 'group', count: 1, columns: [] };
    for (let depth = 1; depth < 5; depth++) {
      const parent: BatchColumn = { number: 4, present: undefined, values };
      values = { kind: 'group', count: 1, columns: [parent] };
    }
    const at = (nestingDepthMax: number) =>
      refusalOf(shapes, [column('place', values)], 1, {
        limits: { ...defaultLimits, nestingDepthMax },
      });
    expect(at(5)).toBe('none');
    expect(at(4)).toContain('place: messages are nested too deep');
  });

  test('that has lists of nothing', () => {
    const list = (items: ColumnValues): ColumnValues => ({
      ...{ kind: 'list', lengths: Float64Array.of(0), items },
    });
    expect(refusal([column('int32_list', list(integers()))])).toContain(
      'int32_list: a list has no items',
    );
  });
});

describe('a batch is refused that would come to too many bytes', () => {
  test('of texts and byte strings', () => {
    const columns = [
      column('string_value', texts('abc', 'abc')),
      column('bytes_value', bytes(new Uint8Array(4), new Uint8Array(0))),
    ];
    expect(refusalOf(shapes, columns, 2, { bytesMax: 10 })).toBe('none');
    expect(refusalOf(shapes, columns, 2, { bytesMax: 9 })).toContain(
      'bytes_value: the rows are longer than a batch may be',
    );
  });

  test('of nested messages, before they are made', () => {
    const text = 'x'.repeat(1_000);
    const items: ColumnValues = { kind: 'texts', values: new Array(100_000).fill(text) };
    const list: ColumnValues = { kind: 'list', lengths: Float64Array.of(100_000), items };
    expect(refusalOf(shapes, [column('string_list', list)], 1, { bytesMax: 5_000 })).toContain(
      'string_list: the rows are longer than a batch may be',
    );
  });

  test('in one row, when that is encoded', () => {
    const { encode } = testRows(1_000);
    expect(() => encode(1_010)).not.toThrow();
    expect(() => encode(1_002)).toThrow('a row takes');
  });

  function testRows(length: number) {
    const batch = batchOfRows(shapes, rowsWith(shapes, 'string_value', ['x'.repeat(length)]));
    return {
      encode: (rowBytesMax: number) =>
        rowsOfBatch(shapes, batch, {
          ...options,
          limits: { ...defaultLimits, rowBytesMax },
        }).encode(0, new ByteWriter()),
    };
  }
});

test('[P16] damaged blocks give whole rows or DATA_LOSS, and nothing else', () => {
  const frames = fc
    .array(rowsOf(shapes, ShapesSchema), { minLength: 1, maxLength: 6 })
    .map((rows) => framesOf(batchOfRows(shapes, rows)));
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(frames, damage, (sound, places) => {
      const damaged = sound.map((frame) => frame.slice());
      for (const [at, byte] of places) damaged[0]![at % damaged[0]!.length] = byte;
      try {
        const batch = batchOfFrames(damaged);
        const rows = rowsOfBatch(shapes, batch, options);
        const out = new ByteWriter();
        for (let row = 0; row < Math.min(rows.rowCount, 100); row++) rows.encode(row, out);
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        expect([error.code, error.reason]).toEqual([Code.dataLoss, 'MALFORMED_BYTES']);
      }
    }),
    { numRuns: 1_500 },
  );
});

test('byte strings are views of the batch', () => {
  const held = encodeUtf8('abc');
  const [cells] = cellsOf(shapes, {
    rowCount: 1,
    columns: [column('bytes_value', bytes(held))],
  });
  expect(cells![shapesColumn('bytes_value').index]).toBe(held);
});
