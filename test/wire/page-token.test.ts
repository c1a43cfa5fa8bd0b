import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueryRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { decodeBase64Url, encodeBase64Url } from '../../src/schema/base64url.ts';
import type { Keyset } from '../../src/table/row-order.ts';
import { pageTokenOf, placeOfPageToken } from '../../src/wire/page-token.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';
import { cells } from '../support/schema-values.ts';

const shapes = testTable('Shapes');
const request = QueryRequest.create({
  database: 'd',
  table: shapes.name,
  filter: { test: { $case: 'anyOf', value: { filters: [] } } },
  orderBy: [{ field: 'string_maybe' }, { field: 'at', descending: true }],
  limit: 10,
});
const orderBy = [
  { column: shapesColumn('string_maybe').index, descending: false },
  { column: shapesColumn('at').index, descending: true },
];
const place: Keyset = { cells: ['a', 5n], key: 'k' };

function open(pageToken: string, changed: Partial<QueryRequest> = {}): Keyset {
  return placeOfPageToken({ ...request, pageToken, ...changed }, shapes, orderBy, defaultLimits);
}

function refusal(act: () => unknown) {
  expect(refusalOf(act)).toEqual({ reason: 'BAD_PAGE_TOKEN', fields: ['page_token'] });
}

test('any place of any order comes out as it went in', () => {
  const ordered = shapes.columns.filter((column) => column.kind !== 'wire');
  const places = fc.tuple(
    fc.tuple(...ordered.map((column) => cells(column))),
    fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  );
  const every = ordered.map(({ index }) => ({ column: index, descending: false }));
  fc.assert(
    fc.property(places, ([row, key]) => {
      const pageToken = pageTokenOf(request, { cells: row, key });
      expect(pageToken).toMatch(/^[A-Za-z0-9_-]+$/);
      const read = placeOfPageToken({ ...request, pageToken }, shapes, every, defaultLimits);
      expect(read).toEqual({ cells: row, key });
    }),
    { numRuns: 200 },
  );
});

test('a page may have another size, and the token comes along', () => {
  const token = pageTokenOf(request, place);
  expect(open(token, { limit: 500 })).toEqual(place);
  expect(pageTokenOf({ ...request, pageToken: token, limit: 3 }, place)).toBe(token);
});

describe('a token is refused', () => {
  const token = pageTokenOf(request, place);
  const bytes = decodeBase64Url(token)!;

  test.each<[string, Partial<QueryRequest>]>([
    ['database', { database: 'e' }],
    ['table', { table: 'x' }],
    ['filter', { filter: undefined }],
    ['order', { orderBy: [] }],
    ['kind of answer', { countOnly: true }],
  ])('of a query of another %s', (_what, changed) => {
    refusal(() => open(token, changed));
  });

  test.each([
    ['that is no base64', 'a token!'],
    ['with padding', `${token}=`],
    ['of nothing', 'AA'],
    ['of another format', encodeBase64Url(Uint8Array.from([0x55, ...bytes.subarray(1)]))],
    ['of a later version', encodeBase64Url(Uint8Array.from([0x54, 2, ...bytes.subarray(2)]))],
    ['with bytes left over', encodeBase64Url(Uint8Array.from([...bytes, 0]))],
  ])('%s', (_what, text) => {
    refusal(() => open(text));
  });

  test.each<[string, Keyset['cells']]>([
    ['too few cells', ['a']],
    ['too many cells', ['a', 5n, 6n]],
    ['a cell of another type', [7, 5n]],
    ['a time out of range', ['a', 2n ** 80n]],
  ])('with %s', (_what, forged) => {
    refusal(() => open(pageTokenOf(request, { cells: forged, key: 'k' })));
  });

  test('without a key', () => {
    refusal(() => open(pageTokenOf(request, { cells: ['a', 5n], key: '' })));
  });

  test('where a cell is absent that cannot be', () => {
    const pageToken = pageTokenOf(request, { cells: [null], key: 'k' });
    const always = [{ column: shapesColumn('string_value').index, descending: false }];
    const act = () => placeOfPageToken({ ...request, pageToken }, shapes, always, defaultLimits);
    refusal(act);
  });

  test.each([
    ['form', [9]],
    ['number', [4, 2, 0x2d, 0x2d]],
    ['number without digits', [4, 0]],
  ])('with a cell of no known %s', (_what, forged) => {
    const out = new ByteWriter();
    // Magic, version and the digest of the query stay.
    out.bytes(bytes.subarray(0, 10));
    for (const byte of [2, 0, ...forged, 1, 0x6b]) out.u8(byte);
    refusal(() => open(encodeBase64Url(out.finish())));
  });

  test('wherever it ends too early or a bit of it is flipped', () => {
    for (let end = 1; end < bytes.length; end++) {
      refusal(() => open(encodeBase64Url(bytes.subarray(0, end))));
    }
    for (let bit = 0; bit < 10 * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      refusal(() => open(encodeBase64Url(flipped)));
    }
  });
});
