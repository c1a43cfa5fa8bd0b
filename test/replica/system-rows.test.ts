import { describe, expect, test } from 'vitest';
import {
  cellOf,
  cellsByName,
  outcomeCells,
  outcomeKey,
  outcomeOf,
  refusalOf,
  settledCounter,
  settledOutcome,
  systemTables,
} from '../../src/replica/system-rows.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, patch, put } from '../support/model-schema.ts';

const system = systemTables(modelSchema);

test('every schema has the tables of SyncDB', () => {
  const names = Object.entries(system).map(([name, table]) => [name, table.name]);
  expect(names).toEqual([
    ['writer', 'syncdb.v1.Writer'],
    ['outcome', 'syncdb.v1.Outcome'],
    ['conflict', 'syncdb.v1.Conflict'],
    ['schemaVersion', 'syncdb.v1.SchemaVersion'],
    ['serviceRequest', 'syncdb.v1.ServiceRequest'],
  ]);
});

test('cells go by name, and the others have their defaults', () => {
  const cells = cellsByName(system.writer, { counter: 7n });
  expect(cellOf(system.writer, cells, 'counter')).toBe(7n);
  expect(cellOf(system.writer, cells, 'id')).toBe('');
  expect(cellOf(system.writer, cells, 'last_digest')).toEqual(new Uint8Array(0));
});

test('a refusal comes back from its row as it was', () => {
  const refusal = { reason: 'ETAG_MISMATCH', message: 'no', changeIndex: 3, currentEtag: 'v7' };
  const cells = outcomeCells(system.outcome, refusal, { replica: 'ann', counter: 5, atMs: 12 });
  expect(refusalOf(system.outcome, cells)).toEqual(refusal);
  expect(cellOf(system.outcome, cells, 'id')).toBe(outcomeKey('ann', 5));
  expect(cellOf(system.outcome, cells, 'refused_at')).toBe(12_000_000n);
});

describe('a committed state', () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', {})]);
  const { outcome } = model.write('ann', [patch(itemTable, 'none', {})]);

  test('tells how far a writer is settled', () => {
    expect([settledCounter(model.state, 'ann'), settledCounter(model.state, 'bob')]).toEqual([
      2, 0,
    ]);
  });

  test('tells what became of a settled transaction', () => {
    expect(settledOutcome(model.state, 'ann', 1)).toEqual(outcomeOf('ann', 1, undefined));
    expect(settledOutcome(model.state, 'ann', 2)).toEqual(outcome);
  });
});
