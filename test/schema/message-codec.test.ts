import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Color,
  RecordSchema,
  type Shapes,
  ShapesSchema,
  SiteSchema,
} from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { maskIndexes } from '../../src/base/mask.ts';
import { createMessageCodec, type PatchInit } from '../../src/schema/message-codec.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';
import { shapesColumn, tableOf, testTable } from '../support/schema-tables.ts';
import { messages, rows } from '../support/schema-values.ts';

const shapes = testTable('Shapes');
const codec = createMessageCodec(shapes, ShapesSchema);
const rowCodec = compileRowCodec(shapes);

function cellOf(cells: readonly Cell[], name: string): Cell {
  return cells[shapesColumn(name).index]!;
}

describe('[P16] messages and cells', () => {
  test('[P16] the cells of a message are those of its bytes', () => {
    fc.assert(
      fc.property(messages(ShapesSchema), (message) => {
        const bytes = toBinary(ShapesSchema, message as Shapes);
        const { cells } = rowCodec.decode(bytes, 0, bytes.length, defaultLimits);
        expect(codec.cellsOfMessage(message as Shapes)).toEqual(cells);
      }),
      { numRuns: 200 },
    );
  });

  test('[P16] a row is the same after it was a message', () => {
    fc.assert(
      fc.property(rows(shapes, ShapesSchema), (cells) => {
        expect(codec.cellsOfMessage(codec.messageOfCells(cells))).toEqual(cells);
      }),
      { numRuns: 200 },
    );
  });
});

describe('cellsOfMessage', () => {
  test('takes what create takes', () => {
    const cells = codec.cellsOfMessage({ id: 'a', at: { seconds: 1n, nanos: 2 }, floatValue: 0.1 });
    expect(cellOf(cells, 'id')).toBe('a');
    expect(cellOf(cells, 'at')).toBe(1_000_000_002n);
    expect(cellOf(cells, 'floatValue'.replace('V', '_v'))).toBe(Math.fround(0.1));
    expect(cellOf(cells, 'string_maybe')).toBeNull();
  });

  test('does not share bytes with the message', () => {
    const bytesValue = Uint8Array.of(1, 2);
    const cells = codec.cellsOfMessage({ bytesValue });
    bytesValue.fill(0);
    expect(cellOf(cells, 'bytes_value')).toEqual(Uint8Array.of(1, 2));
  });

  test.each<[string, unknown, string]>([
    ['int32_value', { int32Value: 1.5 }, 'WRONG_TYPE'],
    ['int32_value', { int32Value: 'one' }, 'WRONG_TYPE'],
    ['string_value', { stringValue: '\ud800' }, 'WRONG_TYPE'],
    ['string_value', { stringValue: 5 }, 'WRONG_TYPE'],
    ['uint64_value', { uint64Value: -1n }, 'WRONG_TYPE'],
    ['int32_list', { int32List: ['x'] }, 'WRONG_TYPE'],
    ['place', { place: { marks: ['north'] } }, 'WRONG_TYPE'],
    ['at', { at: { seconds: 0n, nanos: -1 } }, 'VALUE_OUT_OF_RANGE'],
    ['at', { at: { seconds: 2n ** 60n, nanos: 0 } }, 'VALUE_OUT_OF_RANGE'],
    ['lasts', { lasts: { seconds: 'long', nanos: 0 } }, 'VALUE_OUT_OF_RANGE'],
    ['lasts', { lasts: { seconds: 1n, nanos: 0.5 } }, 'VALUE_OUT_OF_RANGE'],
  ])('refuses what does not fit %s', (field, init, reason) => {
    const refusal = refusalOf(() =>
      codec.cellsOfMessage(init as MessageInitShape<typeof ShapesSchema>),
    );
    expect(refusal).toEqual({ reason, fields: [field] });
  });

  test('refuses messages nested too deep', () => {
    const strict = createMessageCodec(shapes, ShapesSchema, {
      ...defaultLimits,
      nestingDepthMax: 1,
    });
    expect(() => strict.cellsOfMessage({ place: {} })).not.toThrow();
    expect(refusalOf(() => strict.cellsOfMessage({ place: { parent: {} } }))).toEqual({
      reason: 'NESTING_TOO_DEEP',
      fields: ['place'],
    });
  });

  test('is for the message of the table only', () => {
    expect(syncErrorOf(() => createMessageCodec(shapes, RecordSchema)).reason).toBe(
      'ASSERTION_FAILED',
    );
  });
});

describe('with a table that is older or newer than the message', () => {
  const older = {
    ...tableOf({ 3: { name: 'code', type: 'string', options: { key: true } } }),
    name: 'test.v1.Site',
  };
  const newer = {
    ...tableOf({
      1: 'name: string',
      3: { name: 'code', type: 'string', options: { key: true } },
      9: 'later: int32',
    }),
    name: 'test.v1.Site',
  };

  test('fields that the table does not have are refused when they are set', () => {
    const codecOfOlder = createMessageCodec(older, SiteSchema);
    expect(codecOfOlder.cellsOfMessage({ code: 'a' })).toEqual(['a']);
    const refused = { reason: 'UNKNOWN_FIELD', fields: ['name'] };
    expect(refusalOf(() => codecOfOlder.cellsOfMessage({ code: 'a', name: 'b' }))).toEqual(refused);
    expect(refusalOf(() => codecOfOlder.cellsOfPatch({ name: 'b' }))).toEqual(refused);
  });

  test('columns that the message does not have survive in it', () => {
    const codecOfNewer = createMessageCodec(newer, SiteSchema);
    const message = codecOfNewer.messageOfCells(['n', 'c', 7]);
    expect(message).toMatchObject({ name: 'n', code: 'c' });
    expect(codecOfNewer.cellsOfMessage({ ...message, name: 'm' })).toEqual(['m', 'c', 7]);
  });

  test('unknown fields that no column has are refused', () => {
    const message = fromBinary(SiteSchema, Uint8Array.of(0x50, 1));
    expect(refusalOf(() => createMessageCodec(newer, SiteSchema).cellsOfMessage(message))).toEqual({
      reason: 'UNKNOWN_FIELD',
      fields: ['10'],
    });
  });
});

describe('cellsOfPatch', () => {
  function patched(patch: PatchInit<typeof ShapesSchema>): Record<string, Cell> {
    const { cells, mask } = codec.cellsOfPatch(patch);
    return Object.fromEntries(
      maskIndexes(mask).map((index) => [shapes.columns[index]!.name, cells[index]!]),
    );
  }

  test('sets what has a value, also a default', () => {
    expect(patched({ id: 'a', int32Value: 0, color: Color.RED })).toEqual({
      id: 'a',
      int32_value: 0,
      color: 1,
    });
  });

  test('clears with null, and leaves alone with undefined', () => {
    expect(patched({ stringMaybe: null, int32Value: null, place: null, at: undefined })).toEqual({
      string_maybe: null,
      int32_value: 0,
      place: null,
    });
  });

  test('sets and clears a oneof as a whole', () => {
    const none = { choice_text: null, choice_number: null, choice_place: null, choice_time: null };
    expect(patched({ choice: { case: 'choiceNumber', value: 0 } })).toEqual({
      ...none,
      choice_number: 0,
    });
    expect(patched({ choice: { case: undefined } })).toEqual(none);
    expect(patched({ choice: null })).toEqual(none);
  });

  test('empties a list with an empty list', () => {
    expect(patched({ int32List: [], stringMap: {} })).toEqual({
      int32_list: null,
      string_map: null,
    });
  });

  test('takes a whole message for all of its own fields', () => {
    const message = create(SiteSchema, { code: 'a' });
    const site = createMessageCodec(testTable('Site'), SiteSchema).cellsOfPatch(message);
    expect(site.cells).toEqual(['', 'a']);
    expect(maskIndexes(site.mask)).toEqual([0, 1]);
  });

  test('refuses names that the message does not have', () => {
    const patch = { int32_value: 5 } as PatchInit<typeof ShapesSchema>;
    expect(refusalOf(() => codec.cellsOfPatch(patch))).toEqual({
      reason: 'UNKNOWN_FIELD',
      fields: ['int32_value'],
    });
  });
});
