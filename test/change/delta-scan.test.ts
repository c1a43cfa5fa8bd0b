/** What a receiver is sent, case by case; delta-scan.property.test.ts has all histories. */
import { describe, expect, test } from 'vitest';
import { type DeltaRequest, scanDeltas } from '../../src/change/delta-scan.ts';
import { comparePositions, scanAfter, scanStart } from '../../src/change/posting-list.ts';
import type { Change } from '../../src/change/transaction.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, noteTable, patch, put, remove, rowBytes } from '../support/model-schema.ts';

function homeAfter(...commits: readonly (readonly Change[])[]): ModelHome {
  const model = new ModelHome();
  for (const changes of commits) model.write('ann', changes);
  return model;
}

/** A receiver that stands at the checkpoint `since` with these scopes; `other` ones it holds by other groups. */
function request(
  { state }: ModelHome,
  scopes: readonly string[],
  since: number,
  rest: Partial<DeltaRequest> & { other?: readonly string[] } = {},
): DeltaRequest {
  const { other = [], ...more } = rest;
  const ids = (names: readonly string[]) =>
    new Set(state.scopes.matching((name) => names.includes(name)));
  return {
    scopes: ids(scopes),
    held: ids([...scopes, ...other]),
    ofTable: (table) => !state.tables[table]!.def.system,
    since,
    first: since === 0 ? state.head : since,
    at: since === 0 ? scanStart : scanAfter(since),
    upto: since === 0 ? state.head : since,
    rowsMax: 100,
    bytesMax: 1 << 20,
    visitsMax: 100,
    ...more,
  };
}

function kinds(model: ModelHome, asked: DeltaRequest): string[] {
  return scanDeltas(model.state, asked).deltas.map(({ kind, key }) => `${kind} ${key}`);
}

const inSite = (key: string, site: string) => put(itemTable, key, { id: key, site });

describe('a receiver without a checkpoint', () => {
  test('is sent whole rows, with those of its scopes that hold them', () => {
    const model = homeAfter([put(itemTable, 'i', { site: 's', tags: ['x'], notes: 'n' })]);
    const asked = request(model, ['site/s'], 0);
    expect(scanDeltas(model.state, asked)).toEqual({
      deltas: [
        {
          kind: 'full',
          table: 't.Item',
          number: 0,
          key: 'i',
          version: 1,
          stamp: expect.any(Number),
          writer: 'ann',
          fields: [],
          scopes: ['site/s'],
          row: rowBytes(itemTable, { id: 'i', site: 's', notes: 'n', tags: ['x'] }),
          slot: 0,
        },
      ],
      bytes: expect.any(Number),
      at: scanAfter(1),
      done: true,
      scopeSets: new Set([model.state.table(itemTable).scopeSetOf(0)]),
    });
    expect(
      scanDeltas(model.state, request(model, ['site/s'], 0, { other: ['tag/x'] })).deltas[0]
        ?.scopes,
    ).toEqual(['site/s', 'tag/x']);
  });

  test('[I7] is told nothing of rows that were deleted, or left, before it began', () => {
    const model = homeAfter(
      [inSite('gone', 's'), inSite('moved', 's'), inSite('here', 's')],
      [remove(itemTable, 'gone'), patch(itemTable, 'moved', { site: 't' })],
    );
    expect(kinds(model, request(model, ['site/s'], 0))).toEqual(['full here']);
  });

  test('is told of what was deleted, or left, since it began: it may have it', () => {
    const model = homeAfter(
      [inSite('gone', 's'), inSite('moved', 's')],
      [remove(itemTable, 'gone'), patch(itemTable, 'moved', { site: 't' })],
    );
    const began = { first: 1, upto: 1, at: scanAfter(1) };
    expect(kinds(model, request(model, ['site/s'], 0, began))).toEqual([
      'deleted gone',
      'evicted moved',
    ]);
  });
});

describe('a receiver at a checkpoint', () => {
  test('[P24] is sent the fields that changed since, and no others', () => {
    const model = homeAfter(
      [put(itemTable, 'i', { site: 's', notes: 'a', due: 'd' })],
      [patch(itemTable, 'i', { notes: 'b' })],
      [patch(itemTable, 'i', { due: null, count: 3 })],
    );
    const at = (since: number) => {
      const { fields, row, version } = scanDeltas(model.state, request(model, ['site/s'], since))
        .deltas[0]!;
      return { fields, row, version };
    };
    expect(at(2)).toEqual({ fields: [4, 7], row: rowBytes(itemTable, { count: 3 }), version: 3 });
    expect(at(1)).toEqual({
      fields: [3, 4, 7],
      row: rowBytes(itemTable, { notes: 'b', count: 3 }),
      version: 3,
    });
  });

  test('is sent the whole row where it came into the scopes since', () => {
    const model = homeAfter(
      [inSite('i', 's')],
      [patch(itemTable, 'i', { site: 't' })],
      [patch(itemTable, 'i', { notes: 'n' })],
      [remove(itemTable, 'i')],
      [inSite('i', 't')],
    );
    const asked = (since: number) => kinds(model, request(model, ['site/t'], since));
    expect([asked(1), asked(2), asked(3), asked(4)]).toEqual(Array(4).fill(['full i']));
    expect(asked(5)).toEqual([]);
  });

  test('is told once that a row was deleted, by whom and when', () => {
    const model = homeAfter([inSite('i', 's')], [remove(itemTable, 'i')]);
    const { deltas } = scanDeltas(model.state, request(model, ['site/s'], 1));
    expect(deltas).toMatchObject([
      { kind: 'deleted', version: 2, writer: 'ann', fields: [], scopes: [] },
    ]);
    expect(deltas[0]!.stamp).toBeGreaterThan(0);
    expect(kinds(model, request(model, ['site/s'], 2))).toEqual([]);
  });

  test('is told that a row left, but not by whom, nor when', () => {
    const model = homeAfter([inSite('i', 's')], [patch(itemTable, 'i', { site: 't' })]);
    const { deltas } = scanDeltas(model.state, request(model, ['site/s'], 1));
    expect(deltas).toEqual([
      {
        kind: 'evicted',
        table: 't.Item',
        number: 0,
        key: 'i',
        version: 2,
        stamp: 0,
        writer: '',
        fields: [],
        scopes: [],
        row: new Uint8Array(0),
      },
    ]);
  });

  test('is not told of a row that came and went meanwhile', () => {
    const model = homeAfter(
      [inSite('other', 's')],
      [inSite('i', 's'), inSite('j', 's')],
      [remove(itemTable, 'i'), patch(itemTable, 'j', { site: 't' })],
    );
    expect(kinds(model, request(model, ['site/s'], 1))).toEqual([]);
    expect(kinds(model, request(model, ['site/s'], 1, { upto: 2 }))).toEqual([
      'deleted i',
      'evicted j',
    ]);
  });

  test('is told of a row that was there long ago, was deleted, came back and was deleted again', () => {
    const model = homeAfter(
      [inSite('i', 's')],
      [remove(itemTable, 'i')],
      [inSite('i', 's')],
      [remove(itemTable, 'i')],
    );
    expect(kinds(model, request(model, ['site/s'], 1))).toEqual(['deleted i']);
  });
});

describe('a row that moves between scopes that are held', () => {
  const model = homeAfter([inSite('i', 's')], [patch(itemTable, 'i', { site: 't' })]);

  test('is sent by the group that has its new scope, and not evicted by the other', () => {
    expect(kinds(model, request(model, ['site/s'], 1, { other: ['site/t'] }))).toEqual([]);
    expect(kinds(model, request(model, ['site/t'], 1, { other: ['site/s'] }))).toEqual(['full i']);
  });

  test('is sent once where one group has both', () => {
    expect(kinds(model, request(model, ['site/s', 'site/t'], 1))).toEqual(['full i']);
  });

  test('is evicted where it was deleted afterwards: its new scope may not tell', () => {
    const later = homeAfter(
      [inSite('i', 's')],
      [patch(itemTable, 'i', { site: 't' })],
      [remove(itemTable, 'i')],
    );
    expect(kinds(later, request(later, ['site/s'], 1, { other: ['site/t'] }))).toEqual([
      'evicted i',
    ]);
    expect(kinds(later, request(later, ['site/t'], 0, { other: ['site/s'] }))).toEqual([]);
  });
});

describe('a batch', () => {
  const model = homeAfter(
    [put(noteTable, 'n', {}), ...['a', 'b', 'c'].map((key) => inSite(key, 's'))],
    [inSite('d', 's')],
  );
  const asked = (rest: Partial<DeltaRequest>) => request(model, ['site/s', ''], 0, rest);

  test.each([
    ['rows', { rowsMax: 2 }, ['full a', 'full b']],
    ['bytes', { bytesMax: 1 }, ['full a']],
    ['visits', { visitsMax: 3 }, ['full a', 'full b', 'full c']],
  ])(
    'is bounded by %s, and the next one goes on behind it, within a commit',
    (_what, bound, expected) => {
      const { deltas, at, done } = scanDeltas(model.state, asked(bound));
      expect(deltas.map(({ kind, key }) => `${kind} ${key}`)).toEqual(expected);
      expect(done).toBe(false);
      expect(comparePositions(at, scanAfter(1))).toBeLessThan(0);
      const rest = kinds(model, asked({ at }));
      expect([...expected, ...rest]).toEqual(['full a', 'full b', 'full c', 'full n', 'full d']);
    },
  );

  test('is bounded by visits also where nothing of them is sent', () => {
    const { deltas, at, done } = scanDeltas(
      model.state,
      asked({ ofTable: () => false, visitsMax: 2 }),
    );
    expect([deltas, at, done]).toEqual([[], { seq: 1, table: itemTable.index, number: 1 }, false]);
  });

  test('has only the tables of its group', () => {
    expect(kinds(model, asked({ ofTable: (table) => table === noteTable.index }))).toEqual([
      'full n',
    ]);
  });
});
