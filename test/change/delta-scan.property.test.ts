/**
 * What a receiver holds is what the source has: for any history, any scopes, any cuts. The receiver follows the cursor
 * of a session: groups with `since`, `first`, `at` and `upto`, and a checkpoint where all of them reach the head.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { maskHas } from '../../src/base/mask.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { decodeRow } from '../../src/schema/row-codec.ts';
import { patternsMatch } from '../../src/schema/scope-pattern.ts';
import type { CursorGroup } from '../../src/session/cursor.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { sameCell } from '../support/model-engine.ts';
import { liveRows, ModelHome } from '../support/model-home.ts';
import { type BatchSize, type Gathered, ModelReceiver } from '../support/model-receiver.ts';
import { itemTable, modelSchema, noteTable } from '../support/model-schema.ts';

const patterns = [
  '',
  'site/a',
  'site/b',
  'site/c',
  'site/*',
  'tag/x',
  'tag/*',
  '*',
  '$replica/bob',
  '$writers',
];
const subscriptions = fc.subarray(patterns, { minLength: 1, maxLength: 4 });

const sizes: fc.Arbitrary<BatchSize> = fc.record({
  rowsMax: fc.integer({ min: 1, max: 3 }),
  bytesMax: fc.constantFrom(1, 200, 1_000),
  visitsMax: fc.integer({ min: 1, max: 4 }),
});

/** What happens next: someone writes, or a receiver pulls some batches, loses one, asks for other scopes. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        writer: fc.constantFrom('ann', 'bob'),
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('pull' as const),
        receiver: fc.nat({ max: 1 }),
        batches: fc.integer({ min: 1, max: 4 }),
        size: sizes,
        lost: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('ask' as const),
        receiver: fc.nat({ max: 1 }),
        scopes: subscriptions,
        tables: fc.option(fc.subarray([itemTable, noteTable], { minLength: 1 })),
      }),
    },
  ),
  { maxLength: 50, size: 'max' },
);

/** Which scopes held which rows, and with which cells, after each commit. */
class History {
  private readonly states: Map<string, { scopes: readonly string[]; cells: readonly unknown[] }>[] =
    [new Map()];

  note(state: CommittedState): void {
    const rows = new Map<string, { scopes: readonly string[]; cells: readonly unknown[] }>();
    for (const table of state.schema.tables) {
      const { columns } = state.table(table);
      for (let slot = 0; slot < columns.slotEnd; slot++) {
        if (!columns.isLive(slot)) continue;
        const scopes = state.scopes.setNames(state.table(table).scopeSetOf(slot));
        rows.set(`${table.name} ${columns.keyOf(slot)}`, { scopes, cells: columns.row(slot) });
      }
    }
    this.states.push(rows);
  }

  scopesAt(row: string, seq: number): readonly string[] {
    return this.states[seq]!.get(row)?.scopes ?? [];
  }

  /** Columns that differ between some two neighbouring commits behind `since`. */
  changedSince(row: string, since: number): Set<number> {
    const changed = new Set<number>();
    for (let seq = since + 1; seq < this.states.length; seq++) {
      const before = this.states[seq - 1]!.get(row)?.cells ?? [];
      const after = this.states[seq]!.get(row)?.cells ?? [];
      for (const [index, cell] of after.entries()) {
        if (!sameCell(cell as null, before[index] as null)) changed.add(index);
      }
    }
    return changed;
  }
}

function checkBatch(
  home: CommittedState,
  history: History,
  receiver: ModelReceiver,
  gathered: Gathered,
): void {
  for (const { group, deltas } of gathered.scans) {
    for (const delta of deltas) checkDelta(home, history, receiver, group, delta);
  }
}

function checkDelta(
  home: CommittedState,
  history: History,
  receiver: ModelReceiver,
  group: CursorGroup,
  delta: RowDelta,
): void {
  const row = `${delta.table} ${delta.key}`;
  const held = (scopes: readonly string[]) =>
    scopes.filter((scope) => patternsMatch(receiver.served.scopes, scope));
  const now = history.scopesAt(row, home.head);
  if (delta.kind === 'deleted' || delta.kind === 'evicted') {
    expect(delta.row).toHaveLength(0);
    expect(held(now), `${delta.kind} ${row} is in a scope of the receiver`).toEqual([]);
    const began = group.since === 0 ? group.first : group.since;
    const seqs = Array.from({ length: home.head + 1 - began }, (_, index) => began + index);
    const seen = seqs.some((seq) => held(history.scopesAt(row, seq)).length > 0);
    expect(seen, `${delta.kind} ${row} was never in a scope of the receiver`).toBe(true);
    return;
  }
  expect(held(now).length, `${row} is in no scope of the receiver`).toBeGreaterThan(0);
  expect([...delta.scopes].sort()).toEqual(held(now).sort());
  const table = modelSchema.tableByName.get(delta.table)!;
  const { present } = decodeRow(table, delta.row, 0, delta.row.length, defaultLimits);
  if (delta.kind === 'full') return;
  const named = delta.fields.map((number) => table.columnByNumber.get(number)!.index);
  expect(new Set(named)).toEqual(history.changedSince(row, group.since));
  for (const { index } of table.columns) {
    if (maskHas(present, index)) expect(named).toContain(index);
  }
}

function checkCopy(home: CommittedState, receiver: ModelReceiver): void {
  expect(liveRows(receiver.state)).toEqual(
    liveRows(home, (table, scopes) => receiver.holds(table, scopes)),
  );
  expect(receiver.state.head).toBe(home.head);
}

describe('deltas', () => {
  test('[I1][I7][I8][P8][P24] bring any receiver to the rows of its scopes, however often it is cut off', () => {
    fc.assert(
      fc.property(steps, subscriptions, subscriptions, (all, ours, theirs) => {
        const model = new ModelHome();
        const history = new History();
        const receivers = [new ModelReceiver(ours), new ModelReceiver(theirs)];
        for (const step of all) {
          if (step.type === 'write') {
            model.write(
              step.writer,
              step.edits.map((edit) => changeOf(edit)),
            );
            history.note(model.state);
            continue;
          }
          const receiver = receivers[step.receiver]!;
          if (step.type === 'ask') {
            receiver.resubscribe(step.scopes, step.tables ?? []);
            continue;
          }
          for (let left = step.batches; left > 0; left--) {
            const batch = receiver.gather(model.state, step.size);
            checkBatch(model.state, history, receiver, batch);
            if (left === 1 && step.lost) break;
            const proven = receiver.store(batch);
            if (proven === undefined) continue;
            expect(proven).toBe(true);
            checkCopy(model.state, receiver);
          }
        }
        for (const receiver of receivers) {
          expect(receiver.pull(model.state)).toBe(true);
          checkCopy(model.state, receiver);
        }
      }),
      { numRuns: 250 },
    );
  });
});
