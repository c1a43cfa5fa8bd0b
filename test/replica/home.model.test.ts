/** The home against a naive twin: any transactions of any writers, who know more or less of what the others did. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { stampOf } from '../../src/base/stamp.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { cellOf, systemTables } from '../../src/replica/system-rows.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { type TwinConflict, TwinEngine, type TwinTransaction } from '../support/model-engine.ts';
import { knownKeys, ModelHome, noonMs, shown } from '../support/model-home.ts';
import { modelSchema, transaction } from '../support/model-schema.ts';

const system = systemTables(modelSchema);
const nowStamp = stampOf(noonMs);
const stampMax = stampOf(noonMs + defaultLimits.stampAheadMsMax);

/** One transaction, its bases as shares of what there is by then. */
const steps = fc.array(
  fc.record({
    writer: fc.constantFrom('ann', 'bob', 'cid'),
    stamp: fc.constantFrom(0, 1, nowStamp - 5, nowStamp, nowStamp + 7, stampMax + 1_000_000),
    edits: fc.array(
      fc.record({
        edit: anyEdit,
        base: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        baseAbsent: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    knowsOwn: fc.boolean(),
    again: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25, size: 'max' },
);

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function namedStep(step: Step, counter: number, head: number): TwinTransaction {
  const { writer, stamp, knowsOwn } = step;
  const edits = step.edits.map(({ edit, base, baseAbsent }) => ({
    ...edit,
    base: base === null ? undefined : Math.round(base * head),
    baseAbsent,
  }));
  return { writer, counter, stamp, knowsOwn, edits };
}

function transactionOf({ writer, counter, stamp, edits }: TwinTransaction): Transaction {
  const changes = edits.map((edit) => {
    const { base, baseAbsent } = edit;
    return changeOf(edit, { base, baseAbsent });
  });
  return transaction(writer, counter, changes, { stamp });
}

function numbersOf(cell: Cell): number[] {
  if (cell === null) return [];
  const reader = new ByteReader(cell as Uint8Array, 'packed');
  reader.varint();
  reader.varint();
  const numbers: number[] = [];
  while (!reader.done) numbers.push(reader.varint());
  return numbers;
}

const rules = ['', 'server-wins', 'client-wins', 'last-write-wins'] as const;

/** What the ledger says of one transaction. */
function ledgerOf(state: CommittedState, ordered: TwinTransaction): unknown[] {
  return ordered.edits.flatMap((edit, change) => {
    const cells = state.cells(system.conflict, `${ordered.writer}/${ordered.counter}/${change}`);
    if (cells === undefined) return [];
    const of = (name: string) => cellOf(system.conflict, cells, name);
    const columns = numbersOf(of('fields')).map((number) => edit.table.columnByNumber.get(number)!);
    const conflict: TwinConflict = {
      change,
      fields: columns.map(({ name }) => name),
      rules: numbersOf(of('rules')).map((rule) => rules[rule] as 'server-wins'),
      localWon: numbersOf(of('local_won')).map((won) => won === 1),
      aboutDelete: of('about_delete') as boolean,
      remote: of('remote_replica_id') as string,
    };
    return [conflict];
  });
}

function rowsOf(state: CommittedState) {
  return new Map(
    knownKeys(state).map(({ table, key }) => {
      const row = state.rowState(table, key)!;
      return [`${table.name} ${key}`, { values: shown(table, row.cells), version: row.version }];
    }),
  );
}

function twinRows(twin: TwinEngine) {
  return new Map([...twin.rows].map(([name, { values, version }]) => [name, { values, version }]));
}

const sorted = <T>(map: Map<string, T>) =>
  [...map].sort(([left], [right]) => (left < right ? -1 : 1));

describe('a home and its naive twin', () => {
  test('[I3][P9][P10][P11] agree on rows, refusals and conflicts; what is sent again changes nothing', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new ModelHome();
        const twin = new TwinEngine(nowStamp, stampMax);
        for (const step of all) {
          const { counter } = model.home.settled(step.writer);
          const ordered = namedStep(step, counter + 1, twin.head);
          const answer = twin.apply(ordered);
          const { outcome } = model.commit(transactionOf(ordered), {
            knowsOwnWrites: step.knowsOwn,
          });
          expect(outcome.refusal?.reason).toEqual(answer.reason);
          expect(ledgerOf(model.state, ordered)).toEqual(answer.conflicts);
          expect(sorted(rowsOf(model.state))).toEqual(sorted(twinRows(twin)));
          if (!step.again) continue;
          const again = model.order(transactionOf(ordered));
          expect(again).toEqual({ outcome, record: undefined, seq: model.state.head });
        }
        expect(model.state.head).toBe(twin.head);
      }),
      { numRuns: 250 },
    );
  });
});
