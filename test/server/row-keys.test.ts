import { describe, expect, it } from 'vitest';
import { readableKeys } from '../../src/server/row-keys.ts';
import type { Identity } from '../../src/session/source.ts';
import { TestHome } from '../session/support/hosts.ts';
import { deleteEdit, newsTable, putEdit, taskTable } from '../support/sim-schema.ts';

const home = new TestHome();
home.write('p', putEdit(taskTable, 'a', { site: 'north' }));
home.write('p', putEdit(taskTable, 'b', { site: 'south' }));
home.write('p', putEdit(taskTable, 'c', { site: 'north' }));
home.write('p', deleteEdit(taskTable, 'c'));
home.write('p', putEdit(newsTable, 'n', {}));

const identity = (...readScopes: string[]): Identity => ({
  ...{ name: 'i', readScopes, writeScopes: [], relay: false, admin: false },
  expiresAtMs: undefined,
});
const keysFor = (...scopes: string[]) => {
  const keyOf = readableKeys(home.source.state, identity(...scopes));
  return [0, 1, 2, 3].map((number) => keyOf(taskTable.name, number));
};

describe('rows by their numbers', () => {
  it('have the keys of those that may be read, deleted ones too, and of no others', () => {
    expect(keysFor('*')).toEqual(['a', 'b', 'c', undefined]);
    expect(keysFor('site/north')).toEqual(['a', undefined, 'c', undefined]);
    expect(keysFor()).toEqual([undefined, undefined, undefined, undefined]);
    expect(readableKeys(home.source.state, identity())(newsTable.name, 0)).toBe('n');
  });
});
