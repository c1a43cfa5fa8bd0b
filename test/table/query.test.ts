import { describe, expect, test } from 'vitest';
import { everything } from '../../src/table/filter.ts';
import { countRows, type Page, type Query, runQuery } from '../../src/table/query.ts';
import { by, type Person, someone, tableOfPeople, where } from './support/small-table.ts';

const keys = (page: Page) => page.hits.map(({ key }) => key);
const all: Query = { filter: everything, orderBy: [] };

test('a query filters, orders and cuts', () => {
  const source = { table: tableOfPeople() };
  const page = runQuery(source, {
    filter: where('age', 'ge', 1),
    orderBy: [by('age', true)],
    limit: 2,
  });
  expect(keys(page)).toEqual(['p1', 'p4']);
  expect(page.next).toEqual({ cells: [36], key: 'p4' });
  expect(countRows(source, where('age', 'ge', 1))).toBe(3);
});

test('the cells of a row are made when they are asked for', () => {
  const source = { table: tableOfPeople() };
  const filter = where('id', 'eq', 'p3');
  expect(runQuery(source, { filter, orderBy: [] }).hits).toEqual([
    { key: 'p3', slot: 2, cells: undefined },
  ]);
  expect(runQuery(source, { filter, orderBy: [], withCells: true }).hits).toEqual([
    { key: 'p3', slot: 2, cells: someone[2] },
  ]);
});

test('an empty table has no rows', () => {
  const source = { table: tableOfPeople([]) };
  expect(runQuery(source, all)).toEqual({ hits: [], next: undefined });
  expect(countRows(source, everything)).toBe(0);
});

describe('pages', () => {
  const orderBy = [by('town')];

  test('end without a next one', () => {
    const source = { table: tableOfPeople() };
    expect(runQuery(source, { ...all, limit: 5 }).next).toBeUndefined();
    expect(runQuery(source, { ...all, limit: 4 }).next).toEqual({ cells: [], key: 'p4' });
    expect(runQuery(source, all).next).toBeUndefined();
  });

  test('go on from where they were, whatever was added, changed and deleted meanwhile', () => {
    const table = tableOfPeople();
    const first = runQuery({ table }, { filter: everything, orderBy, limit: 2 });
    expect(keys(first)).toEqual(['p1', 'p5']);
    // The row that the place was made of goes, one comes before the place, and one behind it.
    table.release(table.slotOf('p5'));
    table.add('p6', ['p6', 'Gus', 1, 'Bern'] satisfies Person);
    table.add('p7', ['p7', 'Hal', 1, 'Paris'] satisfies Person);
    const second = runQuery({ table }, { filter: everything, orderBy, after: first.next });
    expect(keys(second)).toEqual(['p2', 'p3', 'p7', 'p4']);
  });

  test('of a filter that names keys are pages too', () => {
    const source = { table: tableOfPeople() };
    const query = { filter: where('id', 'in', 'p5', 'p1', 'p3'), orderBy: [], limit: 2 };
    const first = runQuery(source, query);
    expect(keys(first)).toEqual(['p1', 'p3']);
    expect(keys(runQuery(source, { ...query, after: first.next }))).toEqual(['p5']);
    expect(countRows(source, query.filter)).toBe(3);
  });

  test('of many chunks keep no more rows than they have', () => {
    const rows = Array.from({ length: 500 }, (_, n): Person => {
      return [`p${String(n).padStart(3, '0')}`, 'x', (n * 7) % 500, 'Oslo'];
    });
    const table = tableOfPeople(rows.toReversed());
    expect(keys(runQuery({ table }, { ...all, limit: 3 }))).toEqual(['p000', 'p001', 'p002']);
    const oldest = runQuery({ table }, { ...all, orderBy: [by('age', true)], limit: 2 });
    expect(oldest.hits.map(({ slot }) => table.cell(slot, 2))).toEqual([499, 498]);
  });
});

describe('an overlay', () => {
  const moved: Person = ['p1', 'Ada', 37, 'Rome'];
  const added: Person = ['p0', 'Flo', 36, 'Rome'];
  const overlay = new Map([
    ['p1', moved],
    ['p0', added],
    ['p3', null],
  ]);
  const source = { table: tableOfPeople(), overlay };

  test('is seen in the place of the table', () => {
    const page = runQuery(source, { filter: everything, orderBy: [by('town'), by('age')] });
    expect(keys(page)).toEqual(['p5', 'p2', 'p0', 'p4', 'p1']);
    expect(page.hits.at(-1)).toEqual({ key: 'p1', slot: -1, cells: moved });
    expect(countRows(source, where('town', 'eq', 'Rome'))).toBe(3);
    expect(countRows(source, where('id', 'in', 'p0', 'p1', 'p2', 'p3'))).toBe(3);
  });

  test('gives pages their next place as the table does', () => {
    const query = { filter: everything, orderBy: [by('age', true)], limit: 1 };
    const first = runQuery(source, query);
    expect(first.next).toEqual({ cells: [37], key: 'p1' });
    const second = runQuery(source, { ...query, after: first.next });
    expect(keys(second)).toEqual(['p0']);
    expect(keys(runQuery(source, { ...query, after: second.next }))).toEqual(['p4']);
  });
});
