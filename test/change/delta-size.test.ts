/** What rows take in a Delta is held against the bytes of the messages themselves, in both encodings. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Delta as DeltaMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { type DeltaRequest, scanDeltas } from '../../src/change/delta-scan.ts';
import { deltaBytesAtMost, SentScopes } from '../../src/change/delta-size.ts';
import { scanStart } from '../../src/change/posting-list.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { ScopeIndex } from '../../src/change/scope-index.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';
import { type RowEncoding, wireDelta } from '../wire/support/wire-rows.ts';

const { keyBytesMax, scopeBytesMax, rowScopesMax, rowBytesMax, tableColumnsMax } = defaultLimits;
const noBytes = new Uint8Array(0);

/** Bytes that these rows add to a Delta. */
function bytesOf(deltas: readonly RowDelta[], encoding: RowEncoding): number {
  const size = (rows: readonly RowDelta[]) => {
    const rest = { cursor: noBytes, checkpoint: undefined, progress: undefined, answeredProbe: 0 };
    const delta = { type: 'delta', deltas: rows, ...rest } as const;
    return DeltaMessage.encode(wireDelta(delta, encoding)).finish().length;
  };
  return size(deltas) - size([]);
}

const nowhere = new ScopeIndex({ numberOf: () => 0, versionOf: () => 0 }, true);

function bytesAtMost(deltas: readonly RowDelta[]): number {
  const sent = new SentScopes(nowhere, new Set());
  return deltas.reduce((sum, delta) => sum + deltaBytesAtMost(delta, sent), 0);
}

const anyTexts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', 'é'.repeat(keyBytesMax / 2), 'k'.repeat(keyBytesMax), '😀'),
);
const anyScopes = fc.oneof(
  fc.constantFrom('', 'a', 's'.repeat(scopeBytesMax), '文'.repeat(80)),
  fc.nat({ max: 500 }).map((id) => `site/${id}`),
);
const safe = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));

/** Rows as they are at their worst: long names, numbers that jump, every row in scopes of its own. */
const anyRows: fc.Arbitrary<RowDelta> = fc
  .record({
    kind: fc.constantFrom('full', 'patch', 'deleted', 'evicted'),
    table: fc.constantFrom('a.Item', `a.${'T'.repeat(200)}`),
    number: safe,
    key: anyTexts,
    version: safe,
    stamp: safe,
    writer: fc.oneof(fc.constantFrom('', 'w'.repeat(64)), fc.uuid()),
    fields: fc.uniqueArray(fc.integer({ min: 1, max: 0x1fffffff }), { maxLength: 40 }),
    scopes: fc.uniqueArray(anyScopes, { maxLength: rowScopesMax, size: 'max' }),
    row: fc.nat({ max: 20_000 }).map((length) => new Uint8Array(length)),
  })
  .map((row) => {
    const fields = row.kind === 'patch' ? row.fields.sort((a, b) => a - b) : [];
    const filled = row.kind === 'full' || row.kind === 'patch';
    return { ...row, fields, ...(filled ? {} : { scopes: [], row: noBytes }) };
  });

describe.each<RowEncoding>(['rows', 'packed'])('as %s', (encoding) => {
  test('[I13] no rows take more than they are counted for', () => {
    fc.assert(
      fc.property(fc.array(anyRows, { minLength: 1, maxLength: 40, size: 'max' }), (rows) => {
        expect(bytesOf(rows, encoding)).toBeLessThanOrEqual(bytesAtMost(rows));
      }),
      { numRuns: 200 },
    );
  });

  test('[I13] as many small rows as a batch has, in one scope of their own each, do not either', () => {
    const rows = Array.from(
      { length: defaultLimits.deltaRowsMax },
      (_, at): RowDelta => ({
        kind: at % 2 === 0 ? 'full' : 'patch',
        table: 'T',
        number: (at * 7_919_000_003) % 2 ** 52,
        key: '',
        version: (at * 104_729_000_017) % 2 ** 52,
        stamp: 0,
        writer: '',
        fields: [],
        scopes: [String(at)],
        row: noBytes,
      }),
    );
    expect(bytesOf(rows, encoding)).toBeLessThanOrEqual(bytesAtMost(rows));
  });
});

test('[I13] a row is not counted for much more than it takes, where it has no key of many bytes twice', () => {
  const row: RowDelta = {
    kind: 'full',
    table: 'acme.field.v1.Inspection',
    number: 1_000_000,
    key: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    version: 5_000_000,
    stamp: 1_767_225_600_000 * 1024,
    writer: 'phone-1',
    fields: [],
    scopes: ['site/1'],
    row: new Uint8Array(200),
  };
  expect(bytesAtMost([row]) - bytesOf([row], 'rows')).toBeLessThan(50);
});

describe('a batch', () => {
  /** Items of long keys in up to 64 scopes of 256 bytes. */
  const items = fc.array(
    fc.record({
      keyBytes: fc.constantFrom(8, 100, keyBytesMax),
      tags: fc.constantFrom(0, 1, 8, rowScopesMax - 1),
      tagBytes: fc.constantFrom(6, scopeBytesMax - 'tag/'.length),
      notes: fc.constantFrom(0, 10, 3_000),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  );

  function homeWith(rows: typeof items extends fc.Arbitrary<infer T> ? T : never): ModelHome {
    const model = new ModelHome();
    for (const [at, { keyBytes, tags, tagBytes, notes }] of rows.entries()) {
      const key = String(at).padStart(keyBytes, 'k');
      const names = Array.from({ length: tags }, (_, tag) =>
        String((at * 31 + tag) % 300).padStart(tagBytes, 't'),
      );
      const values = { id: key, site: 's', tags: names, notes: 'n'.repeat(notes) };
      model.write('ann', [put(itemTable, key, values)]);
    }
    return model;
  }

  function request({ state }: ModelHome, rest: Partial<DeltaRequest>): DeltaRequest {
    const scopes = new Set(state.scopes.matching(() => true));
    return {
      scopes,
      held: scopes,
      ofTable: (table) => table === itemTable.index,
      since: 0,
      first: state.head,
      at: scanStart,
      upto: state.head,
      rowsMax: 1_000,
      bytesMax: 1 << 20,
      visitsMax: 20_000,
      ...rest,
    };
  }

  test('[I13] is no larger than its bound and one row, in either encoding', () => {
    fc.assert(
      fc.property(items, fc.constantFrom(1, 1_000, 30_000, 100_000), (rows, bytesMax) => {
        const model = homeWith(rows);
        let at = scanStart;
        let count = 0;
        for (let done = false; !done; ) {
          const scan = scanDeltas(model.state, request(model, { at, bytesMax }));
          const { deltas } = scan;
          const last = deltas.slice(-1);
          for (const encoding of ['rows', 'packed'] as const) {
            expect(bytesOf(deltas, encoding)).toBeLessThanOrEqual(bytesMax + bytesAtMost(last));
          }
          expect(scan.bytes).toBe(bytesAtMost(deltas));
          expect(scan.bytes - bytesAtMost(last)).toBeLessThan(bytesMax);
          count += deltas.length;
          ({ at, done } = scan);
        }
        expect(count).toBe(rows.length);
      }),
      { numRuns: 40 },
    );
  });

  test('[I13] ends with the row that reaches its bound, and not with the one before', () => {
    const model = homeWith(Array(5).fill({ keyBytes: 512, tags: 63, tagBytes: 252, notes: 0 }));
    const each = scanDeltas(model.state, request(model, { rowsMax: 1 })).bytes;
    const rows = (bytesMax: number) =>
      scanDeltas(model.state, request(model, { bytesMax })).deltas.length;
    expect([rows(3 * each), rows(3 * each + 1)]).toEqual([3, 4]);
    expect(each).toBeGreaterThan(rowScopesMax * scopeBytesMax);
  });
});

test('[I13] a Delta of the largest rows, names and cursors is well below the 4 MiB that clients take', () => {
  const scopes = Array.from({ length: rowScopesMax }, (_, at) =>
    String(at).padStart(scopeBytesMax, 's'),
  );
  const largest: RowDelta = {
    kind: 'patch',
    table: `a.${'T'.repeat(1_000)}`,
    number: Number.MAX_SAFE_INTEGER,
    key: 'k'.repeat(keyBytesMax),
    version: Number.MAX_SAFE_INTEGER,
    stamp: Number.MAX_SAFE_INTEGER,
    writer: 'w'.repeat(64),
    fields: Array.from({ length: tableColumnsMax }, (_, at) => 0x1fffffff - 600 + at),
    scopes,
    row: new Uint8Array(rowBytesMax),
  };
  const { deltaBytesMax, cursorBytesMax } = defaultLimits;
  const most = deltaBytesMax + bytesAtMost([largest]) + cursorBytesMax;
  expect(most).toBeLessThan(2.1 * 2 ** 20);
});

test('the scopes that are sent with rows of one set are found out once', () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', { site: 's', tags: ['x', 'y'] })]);
  const { scopes } = model.state;
  const sent = new SentScopes(scopes, new Set(scopes.matching((name) => name !== 'tag/y')));
  const set = model.state.table(itemTable).scopeSetOf(0);
  const names = sent.namesOf(set);
  expect([...names].sort()).toEqual(['site/s', 'tag/x']);
  expect(sent.namesOf(set)).toBe(names);
  expect(sent.bytesOf(names)).toBe(sent.bytesOf([...names]));
});
