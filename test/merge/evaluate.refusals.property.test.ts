/** Refusals against the rules in words: rights, conditions and checks, beside what a naive twin makes of the rows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { stampOf } from '../../src/base/stamp.ts';
import { etagOf } from '../../src/merge/etag.ts';
import type { RowRules } from '../../src/merge/row-check.ts';
import { scopesOf } from '../../src/schema/scope-template.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { anyEdit, changeOf, type Edit } from '../support/model-edits.ts';
import { TwinEngine, type TwinRow } from '../support/model-engine.ts';
import { ModelHome, noonMs, shown } from '../support/model-home.ts';
import { itemTable, transaction } from '../support/model-schema.ts';

const limits = { ...defaultLimits, rowScopesMax: 2 };
const allScopes = ['site/a', 'site/b', 'site/c', 'tag/x', 'tag/y'];

const steps = fc.array(
  fc.record({
    edit: anyEdit,
    writer: fc.constantFrom('ann', 'bob'),
    base: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    condition: fc.constantFrom('none', 'none', 'none', 'right etag', 'other etag', 'no row'),
    /** Mostly all, so that there are rows to be denied. */
    allowed: fc.oneof(fc.constant(allScopes), fc.subarray(allScopes)),
  }),
  { maxLength: 25, size: 'max' },
);

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

const isBad = (count: Cell | undefined) => typeof count === 'number' && count < 0;

/** An item's count is not negative. */
const validate: RowRules = (table, cells) => {
  if (table !== itemTable || !isBad(cells[table.columnByName.get('count')!.index])) {
    return undefined;
  }
  const fields = [{ field: 'count', description: 'is negative' }];
  return new SyncError(Code.invalidArgument, 'ROW_INVALID', 'count is negative', { fields });
};

/** The home in words. Knows of each row also what it was when it was last there. */
class Rules {
  readonly twin = new TwinEngine(stampOf(noonMs), stampOf(noonMs + defaultLimits.stampAheadMsMax));
  private readonly lastSeen = new Map<string, TwinRow>();
  private counter = 0;

  etagOf(edit: Edit): string {
    const row = this.twin.rows.get(nameOf(edit));
    return row?.values === undefined ? '' : etagOf(row.version);
  }

  /** The reason of a refusal, or undefined where it is committed. */
  apply(step: Step, ifMatch: string, base: number | undefined): string | undefined {
    const { rows } = this.twin;
    const reason = this.reasonFor(step, ifMatch, base);
    if (reason !== undefined) this.twin.rows = rows;
    const row = this.twin.rows.get(nameOf(step.edit));
    if (row?.values !== undefined) this.lastSeen.set(nameOf(step.edit), row);
    return reason;
  }

  private reasonFor(step: Step, ifMatch: string, base: number | undefined): string | undefined {
    const { edit, writer, condition, allowed } = step;
    const name = nameOf(edit);
    const row = this.twin.rows.get(name);
    const isLive = row?.values !== undefined;
    const head = this.twin.head++;
    const mayWrite = (scopes: readonly string[]) => scopes.every((one) => allowed.includes(one));

    if (isLive && !mayWrite(scopesOfRow(edit, row))) return 'SCOPE_DENIED';
    if (ifMatch !== '' && ifMatch !== etagOfRow(row)) return 'ETAG_MISMATCH';
    if (condition === 'no row' && isLive) return 'ROW_EXISTS';
    const last = this.lastSeen.get(name);
    const touches = edit.operation !== 'delete' && row !== undefined;
    if (!isLive && touches && !mayWrite(scopesOfRow(edit, last))) return 'SCOPE_DENIED';

    this.twin.head = head;
    const edits = [{ ...edit, base: ifMatch === '' ? base : undefined, baseAbsent: false }];
    const counter = ++this.counter;
    const { reason } = this.twin.apply({ writer, counter, stamp: 0, knowsOwn: true, edits });
    const after = this.twin.rows.get(name);
    if (reason !== undefined) return reason;
    if (after === row || after?.values === undefined) return undefined;
    const scopes = scopesOfRow(edit, after);
    if (scopes.length > limits.rowScopesMax) return 'TOO_MANY_SCOPES';
    if (!mayWrite(scopes)) return 'SCOPE_DENIED';
    const isNewlyBad = isBad(after.values.count) && !isBad(row?.values?.count);
    return edit.table === itemTable && isNewlyBad ? 'ROW_INVALID' : undefined;
  }
}

const nameOf = ({ table, key }: Edit) => `${table.name} ${key}`;

function etagOfRow(row: TwinRow | undefined): string {
  return row?.values === undefined ? '' : etagOf(row.version);
}

function scopesOfRow({ table }: Edit, row: TwinRow | undefined): readonly string[] {
  const cells = table.columns.map(({ name }) => row!.values![name]!);
  return scopesOf(table, cells, defaultLimits);
}

test('[P9][I4] a change is refused for what the rules say, and for nothing else; refused, it leaves the row as it was', () => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(steps, (all) => {
      const model = new ModelHome({ limits, validate });
      const rules = new Rules();
      for (const step of all) {
        const { edit, writer, condition, allowed } = step;
        const { head } = rules.twin;
        const etag = rules.etagOf(edit);
        const ifMatch =
          condition === 'right etag' ? etag : condition === 'other etag' ? etagOf(head + 7) : '';
        const base = step.base === null ? undefined : Math.round(step.base * head);
        const ifNoneMatch = condition === 'no row';
        const change = changeOf(edit, { base, ifMatch, ifNoneMatch });
        const { counter } = model.home.settled(writer);
        const { refusal } = model.commit(transaction(writer, counter + 1, [change]), {
          mayWrite: (scopes) => scopes.every((one) => allowed.includes(one)),
        }).outcome;
        const expected = rules.apply(step, ifMatch, base);
        met.set(String(expected), (met.get(String(expected)) ?? 0) + 1);
        expect(refusal?.reason).toBe(expected);
        const isConditional = expected === 'ETAG_MISMATCH' || expected === 'ROW_EXISTS';
        expect(refusal?.currentEtag ?? '').toBe(isConditional ? etag : '');
        const row = rules.twin.rows.get(nameOf(edit));
        const state = model.state.rowState(edit.table, edit.key);
        expect(shown(edit.table, state?.cells)).toEqual(row?.values);
        expect(state?.version).toBe(row?.version);
        expect(model.state.head).toBe(rules.twin.head);
      }
    }),
    { numRuns: 300 },
  );
  // That the runs came to every answer.
  expect([...met.keys()].sort()).toEqual([
    'ETAG_MISMATCH',
    'ROW_EXISTS',
    'ROW_INVALID',
    'ROW_NOT_FOUND',
    'SCOPE_DENIED',
    'TOO_MANY_SCOPES',
    'undefined',
  ]);
});
