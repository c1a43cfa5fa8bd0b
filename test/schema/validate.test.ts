import { create, type MessageInitShape, setExtension } from '@bufbuild/protobuf';
import { FieldOptionsSchema } from '@bufbuild/protobuf/wkt';
import {
  FieldRulesSchema,
  field as rules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { describe, expect, test } from 'vitest';
import {
  FreeRowSchema,
  file_test_v1_validated,
  NestedRulesSchema,
  ValidatedSchema,
} from '../../gen/es/test/v1/validated_pb.ts';
import { Code } from '../../src/base/errors.ts';
import { createMessageCodec } from '../../src/schema/message-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { createRowValidator, type RowValidator } from '../../src/schema/validate.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { testImage } from '../support/schema-image.ts';
import { testSchema, testTable } from '../support/schema-tables.ts';

const generated = createRowValidator([file_test_v1_validated], testSchema);

/** The broken rules of a row: `field: what is wrong`. */
function broken(
  init: MessageInitShape<typeof ValidatedSchema>,
  validator: RowValidator = generated,
) {
  const def = testTable('Validated');
  const error = validator.validate(
    def,
    createMessageCodec(def, ValidatedSchema).cellsOfMessage(init),
  );
  return error?.fields.map(({ field, description }) => `${field}: ${description}`);
}

describe('createRowValidator', () => {
  test('says nothing of a row that keeps the rules', () => {
    expect(
      broken({ id: 'abc', low: 1, high: 2, email: 'a@b.de', tags: ['12345'] }),
    ).toBeUndefined();
  });

  test('names every field that breaks a rule, and `row` for rules of the whole', () => {
    expect(broken({ id: 'ab', low: 2, high: 1, email: 'nobody', tags: ['a', '123456'] })).toEqual([
      'id: must be at least 3 characters',
      'email: must be a valid email address',
      'tags[1]: must be at most 5 characters',
      'row: low must not be above high',
    ]);
  });

  test('answers with INVALID_ARGUMENT ROW_INVALID', () => {
    const def = testTable('Validated');
    const error = generated.validate(
      def,
      createMessageCodec(def, ValidatedSchema).cellsOfMessage({}),
    );
    expect(error).toMatchObject({ code: Code.invalidArgument, reason: 'ROW_INVALID' });
    expect(error?.message).toContain('test.v1.Validated');
  });

  test('reads the rules of a descriptor set as well', () => {
    const validator = createRowValidator(testImage(), testSchema);
    expect(broken({ id: 'ab', low: -1 }, validator)).toEqual([
      'id: must be at least 3 characters',
      'low: must be greater than or equal to 0',
    ]);
  });

  test('finds rules in nested messages', () => {
    const def = testTable('NestedRules');
    const codec = createMessageCodec(def, NestedRulesSchema);
    const deep = { id: 'a', middle: { deeper: { inner: [{ size: 1 }, { size: 10 }] } } };
    const error = generated.validate(def, codec.cellsOfMessage(deep));
    expect(error?.fields.map(({ field }) => field)).toEqual(['middle.deeper.inner[1].size']);
  });

  test('knows which tables have no rules, and passes their rows', () => {
    const def = testTable('FreeRow');
    expect(generated.hasRules(testTable('Validated'))).toBe(true);
    expect(generated.hasRules(testTable('NestedRules'))).toBe(true);
    expect(generated.hasRules(def)).toBe(false);
    const cells = createMessageCodec(def, FreeRowSchema).cellsOfMessage({});
    expect(generated.validate(def, cells)).toBeUndefined();
  });

  test('leaves out tables that the schema does not have', () => {
    const other = createSchema([FreeRowSchema]);
    const validator = createRowValidator([file_test_v1_validated], other);
    expect(validator.hasRules(testTable('Validated'))).toBe(false);
  });
});

describe('rules written by hand', () => {
  function setWith(expression: string) {
    const set = schemaSet({ T: { table: {}, fields: { 1: 'id: string', 2: 'n: int32' } } });
    const proto = set.file.at(-1)!.messageType[0]!.field[1]!;
    proto.options = create(FieldOptionsSchema);
    setExtension(
      proto.options,
      rules,
      create(FieldRulesSchema, { cel: [{ id: 'r', message: 'no', expression }] }),
    );
    return set;
  }

  test('that do not compile are refused at the start, naming the message', () => {
    const set = setWith('this.foo(');
    expect(refusalOf(() => createRowValidator(set, createSchema(set)))).toEqual({
      reason: 'BAD_RULES',
      fields: ['t.proto: T'],
    });
  });

  test('that fail on a row refuse the row', () => {
    const set = setWith('10 / this > 1');
    const schema = createSchema(set);
    const def = schema.tableByName.get('t.T')!;
    const validator = createRowValidator(set, schema);
    expect(validator.validate(def, ['a', 2])).toBeUndefined();
    expect(validator.validate(def, ['a', 20])?.fields).toEqual([{ field: 'n', description: 'no' }]);
    const failed = setWith('this / (this - 5) > 0');
    const error = createRowValidator(failed, createSchema(failed)).validate(def, ['a', 5]);
    expect(error).toMatchObject({ reason: 'ROW_INVALID', fields: [{ field: 'row' }] });
  });
});
