import { create, createRegistry } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { fieldNamed, onlyFields, RowJson } from '../../../src/cli/rows/row-json.ts';

const json = new RowJson(ShapesSchema, createRegistry());

test('is the canonical JSON of Protocol Buffers, both ways', () => {
  const row = create(ShapesSchema, {
    id: 'a',
    int64Value: 2n ** 60n,
    color: 2,
    place: { name: 'x' },
  });
  const value = json.of(row, 'a');
  expect(value).toEqual({
    id: 'a',
    int64Value: '1152921504606846976',
    color: 'COLOR_GREEN',
    place: { name: 'x' },
  });
  expect(json.read(value)).toEqual(row);
});

test('names the row that has none, and the form that it has', () => {
  const row = create(ShapesSchema, {
    id: 'a',
    anything: { kind: { case: 'numberValue', value: Number.NaN } },
  });
  expect(() => json.of(row, 'a')).toThrow(
    expect.objectContaining({
      reason: 'NO_JSON_FORM',
      message: expect.stringMatching(/^the row "a" of test.v1.Shapes .* --format binary: /),
    }),
  );
});

test('fields have their name in the proto file, and that in JSON', () => {
  expect(fieldNamed(ShapesSchema, 'site_id', 'where')).toBe(
    fieldNamed(ShapesSchema, 'siteId', 'where'),
  );
  expect(() => fieldNamed(ShapesSchema, 'site', 'where')).toThrow(
    expect.objectContaining({
      reason: 'BAD_OPTION',
      message: expect.stringMatching(
        /^--where: test.v1.Shapes has no field site; it has choice_text, /,
      ),
    }),
  );
});

test('a row can be cut down to some fields, and stays as it is', () => {
  const row = create(ShapesSchema, {
    id: 'a',
    siteId: 's',
    choice: { case: 'choiceText', value: 'x' },
    int32List: [1],
  });
  const part = onlyFields(ShapesSchema, row, [fieldNamed(ShapesSchema, 'int32_list', 'fields')]);
  expect(part).toEqual(create(ShapesSchema, { int32List: [1] }));
  expect(row.siteId).toBe('s');
});
