import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { Code } from '../../src/base/errors.ts';
import type { Refusal } from '../../src/change/commit.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { Refusals } from '../../src/replica/refusals.ts';
import { outcomeCells, outcomeOf, systemTables } from '../../src/replica/system-rows.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import { simSchema } from '../support/sim-schema.ts';

const { outcome: table } = systemTables(simSchema);
const refusal: Refusal = {
  reason: 'ROW_INVALID',
  message: 'its name is too long',
  changeIndex: 2,
  currentEtag: 'e7',
  violations: [{ field: 'name', description: 'too long' }],
};

/** The row of a refused transaction as a server sends it: the key is in the row alone. */
function deltaOf(replica: string, counter: number): RowDelta {
  const out = new ByteWriter();
  encodeRow(table, outcomeCells(table, refusal, { replica, counter, atMs: 5 }), undefined, out);
  return {
    ...{ kind: 'full', table: table.name, number: counter, key: '', version: 9, stamp: 0 },
    ...{ writer: '$home', fields: [], scopes: [`$replica/${replica}`], row: out.finish() },
  };
}

test('what was refused is known by its writer and counter, with all that was said of it', () => {
  const refusals = new Refusals();
  refusals.take([deltaOf('phone', 3), { ...deltaOf('phone', 4), table: 't.Task' }]);
  refusals.take([{ ...deltaOf('phone', 3), kind: 'evicted', row: new Uint8Array(0) }]);
  expect(refusals.of('phone', 3)).toEqual(outcomeOf('phone', 3, refusal, 0));
  expect(refusals.of('phone', 4)).toBeUndefined();
  expect(refusals.of('other', 3)).toBeUndefined();
  refusals.clear();
  expect(refusals.of('phone', 3)).toBeUndefined();
});

test('[I9] a row that does not parse is damage', () => {
  const row = Uint8Array.of(0xff, 1, 2);
  expect(() => new Refusals().take([{ ...deltaOf('phone', 3), row }])).toThrow(
    expect.objectContaining({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' }),
  );
});
