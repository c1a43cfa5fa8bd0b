import { expect, test } from 'vitest';
import { safeSeq } from '../../src/replica/safe-points.ts';
import { cellOf, systemTables, timeCell } from '../../src/replica/system-rows.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { modelSchema } from '../support/model-schema.ts';

test('nothing is safe before somebody has it', () => {
  expect(safeSeq(new ModelHome().state)).toBe(0);
});

test('the newest commit that any backup or standby has is safe', () => {
  const model = new ModelHome();
  for (const [name, seq] of [
    ['nightly', 3],
    ['standby', 7],
    ['nightly', 5],
  ] as const) {
    model.records.push(model.home.coverBy(name, seq, noonMs)!);
    model.home.durable();
  }
  expect(safeSeq(model.state)).toBe(7);
  const { safePoint } = systemTables(modelSchema);
  expect(model.state.table(safePoint).columns.liveCount).toBe(2);
  const cells = model.state.cells(safePoint, 'nightly')!;
  expect(cellOf(safePoint, cells, 'covered_at')).toBe(timeCell(noonMs));
  expect(safeSeq(model.replayed().state)).toBe(7);
});
