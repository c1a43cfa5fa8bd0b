/** A watch is held against what a scan of all scopes and a sum over all of them say. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanAfter } from '../../src/change/posting-list.ts';
import { ScopeWatch } from '../../src/change/scope-watch.ts';
import { patternsMatch } from '../../src/schema/scope-pattern.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, modelTables, noteTable, patch, put } from '../support/model-schema.ts';

const patterns = ['', 'site/a', 'site/b', 'site/*', 'tag/x', 'tag/*', '*'];

const steps = fc.array(
  fc.record({
    edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
    reader: fc.constantFrom('nothing', 'follow', 'settle'),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

/** The scopes of some patterns, which new ones join as they come up. */
class Choice {
  readonly scopes = new Set<number>();
  private readonly model: ModelHome;
  private readonly wanted: readonly string[];

  constructor(model: ModelHome, wanted: readonly string[]) {
    this.model = model;
    this.wanted = wanted;
  }

  extend(): void {
    const { scopes } = this.model.state;
    for (const id of scopes.matching((name) => patternsMatch(this.wanted, name))) {
      this.scopes.add(id);
    }
  }
}

test('[P8][I8] what has moved is all that a scan finds, and the running total is the sum', () => {
  const tables = fc.subarray([...modelTables], { minLength: 1 });
  fc.assert(
    fc.property(steps, fc.subarray(patterns, { minLength: 1 }), tables, (all, wanted, of) => {
      const model = new ModelHome();
      const { state } = model;
      const numbers = new Set(of.map(({ index }) => index));
      const ofTable = (table: number) => numbers.has(table);
      const choice = new Choice(model, wanted);
      const watch = new ScopeWatch(state.scopes, choice.scopes, ofTable);
      expect(watch.follow(), 'before it has begun').toBe(false);
      choice.extend();
      watch.begin();
      let at = scanAfter(0);
      for (const { edits, reader } of all) {
        model.write(
          'ann',
          edits.map((edit) => changeOf(edit)),
        );
        if (reader === 'nothing') continue;
        choice.extend();
        expect(watch.follow()).toBe(true);
        expect(watch.total).toEqual(state.scopes.totals(choice.scopes, ofTable));
        const found = (scopes: Iterable<number>) =>
          [...state.scopes.scan(scopes, at)].filter(({ table }) => ofTable(table));
        expect(found(watch.moved)).toEqual(found(choice.scopes));
        if (reader !== 'settle') continue;
        watch.settle();
        expect(watch.moved.size).toBe(0);
        at = scanAfter(state.head);
      }
    }),
    { numRuns: 150 },
  );
});

describe('a watch', () => {
  const everyTable = () => true;

  function watched(): { model: ModelHome; watch: ScopeWatch } {
    const model = new ModelHome();
    model.write('ann', [
      put(itemTable, 'i', { site: 'a' }),
      put(itemTable, 'j', { site: 'b', tags: ['x'] }),
    ]);
    const choice = new Choice(model, ['site/a']);
    choice.extend();
    const watch = new ScopeWatch(model.state.scopes, choice.scopes, everyTable);
    watch.begin();
    return { model, watch };
  }

  test('does not move for what others hold', () => {
    const { model, watch } = watched();
    model.write('ann', [patch(itemTable, 'j', { notes: 'n' })]);
    expect([watch.follow(), watch.moved.size, watch.total.count]).toEqual([true, 0, 1]);
  });

  test('moves for a row that comes, changes and goes', () => {
    const { model, watch } = watched();
    const counts = [{ site: 'a' }, { notes: 'n' }, { site: 'c' }].map((values) => {
      model.write('ann', [patch(itemTable, 'j', values)]);
      watch.follow();
      const moved = watch.moved.size;
      watch.settle();
      return [moved, watch.total.count];
    });
    expect(counts).toEqual([
      [1, 2],
      [1, 2],
      [1, 1],
    ]);
  });

  test('[I13] has lost its place when the touches were let go of, but not where it stood at their end', () => {
    const { model, watch } = watched();
    model.state.scopes.touches.clear();
    model.write('ann', [patch(itemTable, 'i', { notes: 'n' })]);
    expect([watch.follow(), watch.moved.size]).toEqual([true, 1]);
    model.write('ann', [patch(itemTable, 'i', { notes: 'm' })]);
    model.state.scopes.touches.clear();
    expect(watch.follow()).toBe(false);
    watch.begin();
    expect(watch.follow()).toBe(true);
  });

  test('[I13] has lost its place when too much was written, until it begins anew', () => {
    const { model, watch } = watched();
    for (let commit = 0; commit < 4; commit++) {
      const notes = Array.from({ length: 9_000 }, (_, at) =>
        put(noteTable, `n${commit}-${at}`, {}),
      );
      model.write('ann', notes);
    }
    model.write('ann', [patch(itemTable, 'i', { notes: 'n' })]);
    expect([watch.follow(), watch.follow()]).toEqual([false, false]);
    watch.begin();
    expect([watch.follow(), watch.moved.size]).toEqual([true, 0]);
    expect(watch.total).toEqual(
      model.state.scopes.totals(
        model.state.scopes.matching((name) => name === 'site/a'),
        everyTable,
      ),
    );
  });
});
