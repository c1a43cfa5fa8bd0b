import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { compareUtf8 } from '../../src/base/utf8.ts';
import {
  everyoneScope,
  parseScopeTemplate,
  scopesOf,
  scopeValue,
} from '../../src/schema/scope-template.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { tableOf } from '../support/schema-tables.ts';
import { texts } from '../support/schema-values.ts';

const fields = {
  1: 'id: string',
  2: 'site: string',
  3: { name: 'maybe', type: 'int32', optional: true },
  4: 'flag: bool',
  5: 'kind: enum t.E',
  6: 'big: int64',
  7: { name: 'tags', type: 'string', label: 'repeated' },
  8: { name: 'numbers', type: 'sint32', label: 'repeated' },
  9: 'number: double',
  10: 'blob: bytes',
  11: 'at: google.protobuf.Timestamp',
  12: 'other: google.protobuf.Struct',
  13: { name: 'flags', type: 'bool', label: 'repeated' },
  14: { name: 'others', type: 'google.protobuf.Struct', label: 'repeated' },
} as const;

const plain = tableOf(fields);

function problemOf(source: string, system = false): string | undefined {
  let found: string | undefined;
  parseScopeTemplate(source, { ...plain, system }, (description) => {
    found = description;
  });
  return found;
}

describe('parseScopeTemplate', () => {
  test('takes text and fields apart', () => {
    const template = parseScopeTemplate('a/{site}/x-{big}', plain, () => {});
    expect(template).toEqual({
      source: 'a/{site}/x-{big}',
      parts: [{ text: 'a/' }, { column: 1 }, { text: '/x-' }, { column: 5 }],
    });
  });

  test.each([
    'site/{site}',
    '{site}',
    'open',
    '{site}/{id}',
    'a-{maybe}-b',
    '{flag}',
    '{kind}',
    '{big}',
    '{tags}/{numbers}',
    'ü/{id}',
  ])('accepts %s', (source) => {
    expect(problemOf(source)).toBeUndefined();
  });

  test.each([
    ['', 'empty'],
    ['a/{nothing}', 'no field'],
    ['a/{}', 'no field'],
    ['a/{ site }', 'no field'],
    ['a/{site', 'has a {'],
    ['a/site}', 'has a }'],
    ['a/{{site}}', 'has a {'],
    ['a/*', 'has a *'],
    ['a/%2F', 'has a %'],
    ['a\n{site}', 'control'],
    ['{site}{id}', 'without a /'],
    ['{site}-{id}', 'without a /'],
    ['{number}', 'double'],
    ['{blob}', 'bytes'],
    ['{at}', 'Timestamp'],
    ['{other}', 'Struct'],
    ['{flags}', 'repeated bool'],
    ['{others}', 'repeated google'],
    ['$mine/{site}', 'begins with $'],
  ])('refuses %j', (source, words) => {
    expect(problemOf(source)).toContain(words);
  });

  test('leaves names that begin with $ to the system', () => {
    expect(problemOf('$replica/{id}', true)).toBeUndefined();
  });
});

function tableWith(...scopes: string[]): TableDef {
  return tableOf(fields, { scopes });
}

/** The records of a list of strings (field 7) or of numbers (field 8, packed). */
function tagList(...tags: string[]): Uint8Array {
  const out = new ByteWriter();
  for (const tag of tags) {
    out.u8(0x3a);
    out.lengthBytes(new TextEncoder().encode(tag));
  }
  return out.finish();
}

function rowOf(values: Partial<Record<string, Cell>>): Cell[] {
  const empty: Record<string, Cell> = {
    id: 'i',
    site: '',
    maybe: null,
    flag: false,
    kind: 0,
    big: 0n,
    tags: null,
    numbers: null,
  };
  return plain.columns.map(({ name }) => values[name] ?? empty[name] ?? null);
}

function scopes(
  def: TableDef,
  values: Partial<Record<string, Cell>>,
  limits: Limits = defaultLimits,
) {
  return scopesOf(def, rowOf(values), limits);
}

describe('scopesOf', () => {
  test('without templates is the scope of everyone', () => {
    expect(scopes(plain, {})).toEqual([everyoneScope]);
    expect(everyoneScope).toBe('');
  });

  test('puts values where their fields are named', () => {
    expect(scopes(tableWith('site/{site}'), { site: 'ulm' })).toEqual(['site/ulm']);
    const all = { site: 'a', maybe: -5, flag: true, kind: 1, big: 2n ** 60n };
    expect(scopes(tableWith('{site}/{maybe}/{flag}/{kind}/{big}/x'), all)).toEqual([
      'a/-5/true/1/1152921504606846976/x',
    ]);
    expect(scopes(tableWith('open'), {})).toEqual(['open']);
  });

  test('an absent field or an empty string gives none, but 0 and false are values', () => {
    expect(scopes(tableWith('site/{site}'), { site: '' })).toEqual([]);
    expect(scopes(tableWith('x/{maybe}'), { maybe: null })).toEqual([]);
    expect(scopes(tableWith('{tags}/{id}'), { tags: null })).toEqual([]);
    expect(scopes(tableWith('x/{maybe}'), { maybe: 0 })).toEqual(['x/0']);
    expect(scopes(tableWith('x/{flag}', 'y/{big}'), {})).toEqual(['x/false', 'y/0']);
  });

  test('a list gives one scope for each different element that is not empty', () => {
    expect(scopes(tableWith('t/{tags}'), { tags: tagList('b', '', 'a', 'b') })).toEqual([
      't/a',
      't/b',
    ]);
    expect(scopes(tableWith('n/{numbers}'), { numbers: Uint8Array.of(0x42, 3, 0, 1, 2) })).toEqual([
      'n/-1',
      'n/0',
      'n/1',
    ]);
    const both = { tags: tagList('a', 'b'), numbers: Uint8Array.of(0x42, 2, 2, 4) };
    expect(scopes(tableWith('{tags}/{numbers}'), both)).toEqual(['a/1', 'a/2', 'b/1', 'b/2']);
  });

  test('several templates give their scopes together, sorted, each once', () => {
    const def = tableWith('z', 'b/{site}', 'a/{site}', '{tags}', 'z');
    expect(scopes(def, { site: 's', tags: tagList('z', 'é', '😀', '\uffff') })).toEqual([
      'a/s',
      'b/s',
      'z',
      'é',
      '\uffff',
      '😀',
    ]);
  });

  test('a row may be in as many scopes as the limit, and not in one more', () => {
    const limits = { ...defaultLimits, rowScopesMax: 4 };
    const tags = (count: number) =>
      tagList(...Array.from({ length: count }, (_, index) => `t${index}`));
    expect(scopes(tableWith('{tags}'), { tags: tags(4) }, limits)).toHaveLength(4);
    expect(refusalOf(() => scopes(tableWith('{tags}'), { tags: tags(5) }, limits))).toEqual({
      reason: 'TOO_MANY_SCOPES',
      fields: ['tags'],
    });
    const two = tableWith('{tags}', 'x/{tags}');
    expect(scopes(two, { tags: tags(2) }, limits)).toHaveLength(4);
    expect(refusalOf(() => scopes(two, { tags: tags(3) }, limits)).fields).toEqual(['row']);
    const product = tableWith('{tags}/{numbers}');
    const numbers = Uint8Array.of(0x42, 2, 2, 4);
    expect(refusalOf(() => scopes(product, { tags: tags(3), numbers }, limits)).fields).toEqual([
      'numbers',
    ]);
    expect(scopes(product, { tags: tags(5) }, limits)).toEqual([]);
  });

  test('a scope name may be as long as the limit, and not a byte longer', () => {
    const limits = { ...defaultLimits, scopeBytesMax: 10 };
    expect(scopes(tableWith('s/{site}'), { site: 'éééé' }, limits)).toEqual(['s/éééé']);
    const refused = { reason: 'SCOPE_TOO_LONG', fields: ['site'] };
    expect(refusalOf(() => scopes(tableWith('s/{site}'), { site: 'ééééa' }, limits))).toEqual(
      refused,
    );
    expect(refusalOf(() => scopes(tableWith('{site}/s'), { site: 'ééééa' }, limits))).toEqual(
      refused,
    );
  });

  test('an escaped value counts with its escapes', () => {
    const limits = { ...defaultLimits, scopeBytesMax: 10 };
    expect(refusalOf(() => scopes(tableWith('s/{site}'), { site: '///' }, limits)).reason).toBe(
      'SCOPE_TOO_LONG',
    );
  });
});

describe('values cannot pass for other scopes', () => {
  test('scopeValue escapes what names are made of, and nothing else', () => {
    expect(scopeValue('a/b*c%d$e\u0000\u001f\u007f')).toBe('a%2Fb%2Ac%25d%24e%00%1F%7F');
    expect(scopeValue('Ulm – 12.5 {x} 😀')).toBe('Ulm – 12.5 {x} 😀');
  });

  test('different values make different names, and each stays within its segment', () => {
    const def = tableWith('a/{site}/{id}');
    const values = fc
      .oneof(texts, fc.string({ unit: fc.constantFrom(...'/%*$2Fa') }))
      .filter((text) => text !== '');
    const limits = { ...defaultLimits, scopeBytesMax: 10_000 };
    fc.assert(
      fc.property(values, values, values, values, (site, id, otherSite, otherId) => {
        const [name] = scopes(def, { site, id }, limits) as [string];
        const [otherName] = scopes(def, { site: otherSite, id: otherId }, limits);
        expect(name === otherName).toBe(site === otherSite && id === otherId);
        expect(name.split('/')).toHaveLength(3);
        expect(name).not.toMatch(/[$*]/);
        const decoded = name
          .split('/')
          .map((segment) =>
            segment.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
          );
        expect(decoded).toEqual(['a', site, id]);
      }),
      { numRuns: 500 },
    );
  });

  test('names come sorted and once, whatever the templates', () => {
    const def = tableWith('{site}', '{id}', '{tags}');
    const lists = fc.array(texts, { maxLength: 5 });
    const limits = { ...defaultLimits, scopeBytesMax: 10_000 };
    fc.assert(
      fc.property(texts, texts, lists, (site, id, tags) => {
        const names = scopes(def, { site, id, tags: tagList(...tags) }, limits);
        const wanted = new Set([site, id, ...tags].filter((text) => text !== '').map(scopeValue));
        expect(names).toEqual([...wanted].sort(compareUtf8));
      }),
      { numRuns: 200 },
    );
  });
});
