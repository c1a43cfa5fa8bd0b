import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { finish } from '../../src/base/steps.ts';
import type { Refusal } from '../../src/change/commit.ts';
import { refusalBytesMax } from '../../src/merge/bounded-refusal.ts';
import { bytesAtMost } from '../../src/merge/row-check.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { toldRows } from '../../src/replica/told-rows.ts';
import { itemTable, modelSchema, put, transaction } from '../support/model-schema.ts';

const system = systemTables(modelSchema);

function told(message: string) {
  const one = transaction('ann', 1, [put(itemTable, 'i', {})]);
  const refusal: Refusal = {
    ...{ reason: 'BAD', message, changeIndex: 0, currentEtag: '', violations: [] },
  };
  const evaluation = { stamp: 0, rows: [], conflicts: [], refusal };
  const of = { digest: new Uint8Array(32), request: undefined, atMs: 0 };
  return finish(toldRows(system, { transaction: one, changes: [] }, evaluation, of, defaultLimits));
}

test('[I13] a refusal is a row up to the bound that its limits give, and nothing above it is written', () => {
  const [[table, cells]] = told('') as [ReturnType<typeof told>[0]];
  expect(table).toBe(system.outcome);
  const lengthMax = Math.floor((refusalBytesMax(defaultLimits) - bytesAtMost(cells)) / 3);
  expect(told('x'.repeat(lengthMax))).toHaveLength(2);
  expect(() => told('x'.repeat(lengthMax + 1))).toThrow('a refusal has too many bytes');
});
