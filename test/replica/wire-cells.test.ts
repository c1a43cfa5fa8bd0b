/** Cells that the home writes for repeated fields, as every other reader of protobuf reads them. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConflictSchema, OutcomeSchema } from '../../gen/es/syncdb/v1/system_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import type { FieldViolation } from '../../src/base/errors.ts';
import { cellsByName, systemTables } from '../../src/replica/system-rows.ts';
import {
  packedCell,
  textsCell,
  violationsCell,
  violationsOf,
} from '../../src/replica/wire-cells.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { modelSchema } from '../support/model-schema.ts';

const { conflict, outcome } = systemTables(modelSchema);
const texts = fc.string({ unit: 'grapheme', maxLength: 10 });

function rowWith(table: TableDef, cells: Readonly<Record<string, Cell>>): Uint8Array {
  const out = new ByteWriter();
  encodeRow(table, cellsByName(table, cells), undefined, out);
  return out.finish();
}

const inProto = (violations: readonly FieldViolation[]) =>
  violations.map(({ field, description }) => ({ field, problem: description }));

test('numbers are packed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (fields) => {
      const bytes = rowWith(conflict, { fields: packedCell(conflict, 'fields', fields) });
      expect(fromBinary(ConflictSchema, bytes).fields).toEqual(fields);
    }),
  );
});

test('texts are sorted', () => {
  const cell = textsCell(conflict, 'remote_scopes', ['site/b', '', 'site/a']);
  const { remoteScopes } = fromBinary(ConflictSchema, rowWith(conflict, { remote_scopes: cell }));
  expect(remoteScopes).toEqual(['', 'site/a', 'site/b']);
  expect(textsCell(conflict, 'remote_scopes', [])).toBeNull();
});

test('violations come back, and mean the same to others', () => {
  const violations = fc.array(fc.record({ field: texts, description: texts }), { maxLength: 4 });
  fc.assert(
    fc.property(violations, (list) => {
      const cell = violationsCell(outcome, 'violations', list);
      expect(violationsOf(cell)).toEqual(list);
      const bytes = rowWith(outcome, { violations: cell });
      const read = fromBinary(OutcomeSchema, bytes);
      expect(toBinary(OutcomeSchema, read)).toEqual(
        toBinary(OutcomeSchema, create(OutcomeSchema, { violations: inProto(list) })),
      );
    }),
  );
});
