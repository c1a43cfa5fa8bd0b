import { describe, expect, test } from 'vitest';
import { nothingSettled } from '../../src/change/commit.ts';
import {
  cellOf,
  cellsByName,
  outcomeCells,
  outcomeKey,
  outcomeOf,
  refusalOf,
  settledIn,
  settledOutcome,
  systemTables,
} from '../../src/replica/system-rows.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, patch, put, transaction } from '../support/model-schema.ts';

const system = systemTables(modelSchema);

test('every schema has the tables of SyncDB', () => {
  const names = Object.entries(system).map(([name, table]) => [name, table.name]);
  expect(names).toEqual([
    ['writer', 'syncdb.v1.Writer'],
    ['outcome', 'syncdb.v1.Outcome'],
    ['conflict', 'syncdb.v1.Conflict'],
    ['schemaVersion', 'syncdb.v1.SchemaVersion'],
    ['serviceRequest', 'syncdb.v1.ServiceRequest'],
    ['epoch', 'syncdb.v1.Epoch'],
    ['safePoint', 'syncdb.v1.SafePoint'],
    ['device', 'syncdb.v1.Device'],
  ]);
});

test('cells go by name, and the others have their defaults', () => {
  const cells = cellsByName(system.writer, { counter: 7n });
  expect(cellOf(system.writer, cells, 'counter')).toBe(7n);
  expect(cellOf(system.writer, cells, 'id')).toBe('');
  expect(cellOf(system.writer, cells, 'last_digest')).toEqual(new Uint8Array(0));
});

test('a refusal comes back from its row as it was', () => {
  const violations = [
    { field: 'place.name', description: 'is too long' },
    { field: 'row', description: '' },
  ];
  const rest = { message: 'no', changeIndex: 3, currentEtag: 'v7', violations };
  const refusal = { reason: 'ETAG_MISMATCH', ...rest };
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
    expect(settledIn(model.state, 'ann')).toEqual(model.home.settled('ann'));
    expect(settledIn(model.state, 'ann')).toMatchObject({ counter: 2 });
    expect(settledIn(model.state, 'bob')).toEqual(nothingSettled);
  });

  test('tells what became of a settled transaction', () => {
    expect(settledOutcome(model.state, transaction('ann', 1, []))).toEqual(
      outcomeOf('ann', 1, undefined, 0),
    );
    expect(settledOutcome(model.state, transaction('ann', 2, []))).toEqual(outcome);
  });

  test('[I6] tells how many entries a transaction has in the ledger, and counts only its own', () => {
    const values = { notes: 'Ann' };
    const changes = [
      put(itemTable, 'i', values, { base: 0 }),
      put(itemTable, 'new', values, { base: 0 }),
      patch(itemTable, 'i', values, { base: 0 }),
    ];
    const disputed = transaction('bob', 1, changes);
    const { outcome: told } = model.commit(disputed);
    expect(told).toMatchObject({ status: 'committed', conflicts: 2 });
    expect(settledOutcome(model.state, disputed)).toEqual(told);
    const later = transaction('bob', 2, [put(itemTable, 'other', {})]);
    expect(model.commit(later).outcome.conflicts).toBe(0);
  });

  test('[I6] has in the ledger who met whom, on what, and of which version each was', () => {
    const ledger = new ModelHome();
    ledger.write('ann', [put(itemTable, 'i', { notes: 'first' })]);
    ledger.write('ann', [patch(itemTable, 'i', { notes: 'Ann' }, { base: 1 })]);
    ledger.write('bob', [patch(itemTable, 'i', { notes: 'Bob' }, { base: 1 })]);
    const cells = ledger.state.cells(system.conflict, 'bob/1/0')!;
    const told = (name: string) => cellOf(system.conflict, cells, name);
    expect(['replica_id', 'counter', 'table', 'key'].map(told)).toEqual(['bob', 1n, 't.Item', 'i']);
    expect(['base_version', 'row_version'].map(told)).toEqual([1n, 2n]);
    expect(told('remote_replica_id')).toBe('ann');
  });
});
