import { describe, expect, test } from 'vitest';
import type { RowEffect } from '../../src/change/commit.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { RequestIndex } from '../../src/replica/request-index.ts';
import { requestCells, systemTables } from '../../src/replica/system-rows.ts';
import { modelSchema } from '../support/model-schema.ts';

const caller = 'billing';
const { serviceRequest: table } = systemTables(modelSchema);

/** The row of a request, as a commit writes it. */
function effect(number: number, id: string, kind: RowEffect['kind'] = 'insert'): RowEffect {
  const cells = requestCells(table, { caller, id, number, digest: new Uint8Array(16) }, 1);
  return { kind, table, key: String(number), number, mask: table.allColumns, cells };
}

/** An index and a state that have both taken these effects, one a commit. */
function noted(effects: readonly RowEffect[]) {
  const [index, state] = [new RequestIndex(table), new CommittedState(modelSchema, 'home')];
  for (const [at, one] of effects.entries()) {
    index.note([one]);
    state.apply({ seq: at + 1, atMs: 0, stamp: 0, replica: 'r', counter: 1, effects: [one] });
  }
  return { index, state };
}

describe('the index of requests', () => {
  const { index, state } = noted([effect(0, 'a'), effect(1, 'b'), effect(0, 'c', 'update')]);

  test('finds those that have a row', () => {
    expect(['a', 'b', 'c'].map((id) => index.find({ caller, id }))).toEqual([undefined, 1, 0]);
  });

  test('[I7] finds no other caller’s', () => {
    expect(index.find({ caller: 'planning', id: 'b' })).toBeUndefined();
  });

  test('gives the next a row of its own up to the limit, and then the oldest’s', () => {
    expect([3, 2, 1].map((keptMax) => index.nextNumber(keptMax))).toEqual([2, 1, 1]);
    expect(new RequestIndex(table).nextNumber(1)).toBe(0);
  });

  test('says the same when it begins anew with a state', () => {
    const again = new RequestIndex(table);
    again.note([effect(0, 'z'), effect(7, 'y')]);
    again.reset(state);
    expect(again).toEqual(index);
  });
});
