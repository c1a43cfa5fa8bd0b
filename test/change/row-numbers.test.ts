import { describe, expect, it } from 'vitest';
import { keysIn, numbersIn } from '../../src/change/row-numbers.ts';
import { TestHome } from '../session/support/hosts.ts';
import { deleteEdit, newsTable, putEdit, taskTable } from '../support/sim-schema.ts';

const home = new TestHome();
for (const key of ['a', 'b', 'c']) home.write('p', putEdit(newsTable, key, {}));
home.write('p', deleteEdit(newsTable, 'b'));
const { state } = home.source;

describe('the number of a row', () => {
  it('is that of its key, and names it again, also when it is deleted', () => {
    const [numberOf, keyOf] = [numbersIn(state), keysIn(state, () => true)];
    for (const key of ['a', 'b', 'c']) {
      const number = numberOf(newsTable.name, key)!;
      expect(keyOf(newsTable.name, number)).toBe(key);
    }
    expect(numberOf(newsTable.name, 'd')).toBeUndefined();
    expect(numberOf(taskTable.name, 'a')).toBeUndefined();
    expect(numberOf('t.None', 'a')).toBeUndefined();
  });

  it('names none that is not there, or is not shown', () => {
    const keyOf = keysIn(state, (table, slot) => table === newsTable.name && slot !== 1);
    expect([0, 1, 2, 3, 2 ** 40].map((number) => keyOf(newsTable.name, number))).toEqual([
      ...['a', undefined, 'c', undefined, undefined],
    ]);
    expect(keyOf('t.None', 0)).toBeUndefined();
  });
});
