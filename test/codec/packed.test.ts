import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import {
  decodePacked,
  encodePacked,
  type PackedRow,
  packedFormat,
} from '../../src/codec/packed.ts';
import { firstSyncRows, packedRows, shortRows, withoutKey } from './support/packed-rows.ts';

/** A batch that every implementation must write and read alike. */
interface Vector {
  readonly rows: readonly (Omit<PackedRow, 'row'> & { readonly row: string })[];
  readonly hex: string;
}

const vector: Vector = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/packed-1.json'), 'utf8'),
);
const vectorRows = vector.rows.map((row): PackedRow => {
  return { ...row, row: Uint8Array.from(Buffer.from(row.row, 'hex')) };
});

describe('the packed batch', () => {
  test('[P16] gives back exactly the rows that went in, but for their keys', () => {
    fc.assert(
      fc.property(packedRows, (rows) => {
        expect(decodePacked(encodePacked(rows))).toEqual(rows.map(withoutKey));
      }),
      { numRuns: 500 },
    );
  });

  test('[P16] of version 2 does the same between two who know the same tables', () => {
    const team = ['a.v1.Inspection', 'a.v1.Site', 't.A'];
    fc.assert(
      fc.property(shortRows, (rows) => {
        const bytes = encodePacked(rows, undefined, team);
        expect(decodePacked(bytes, team)).toEqual(rows.map(withoutKey));
        expect(() => decodePacked(bytes)).toThrow('the version is unknown');
      }),
      { numRuns: 300 },
    );
  });

  test('[P5] is what the test vector says, byte for byte', () => {
    expect(toHex(encodePacked(vectorRows))).toBe(vector.hex);
    expect(decodePacked(Uint8Array.from(Buffer.from(vector.hex, 'hex')))).toEqual(
      vectorRows.map(withoutKey),
    );
  });

  test('takes few bytes beside those of the rows', () => {
    const rows = firstSyncRows(1_000);
    const rowBytes = rows.reduce((sum, { row }) => sum + row.length, 0);
    const headerBytes = encodePacked(rows).length - rowBytes;
    // Two for the length, one or two for the scope; and 200 names of scopes, which is two more.
    expect(headerBytes / rows.length).toBeLessThan(6);

    const oneScope = rows.map((row) => ({ ...row, scopes: ['site/1'] }));
    expect((encodePacked(oneScope).length - rowBytes) / rows.length).toBeLessThan(2.5);
  });

  test('hands out rows as views, and equal scopes and fields once', () => {
    const bytes = encodePacked(firstSyncRows(2).map((row) => ({ ...row, scopes: ['a', 'b'] })));
    const [first, second] = decodePacked(bytes);
    expect(first?.row.buffer).toBe(bytes.buffer);
    expect(first?.scopes).toBe(second?.scopes);
  });

  test('holds as many rows as its format allows, and no more', () => {
    const row = { ...withoutKey(firstSyncRows(1)[0]!), row: new Uint8Array(0) };
    const most = Array.from({ length: packedFormat.rowsMax }, () => row);
    const bytes = encodePacked(most);
    expect(bytes.length).toBeLessThan(100);
    expect(decodePacked(bytes)).toHaveLength(packedFormat.rowsMax);
    expect(() => encodePacked([...most, row])).toThrow('65536 rows at most');
  });
});

describe('bytes that are no packed batch', () => {
  test('are refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => readsOrRefuses(bytes)),
      { numRuns: 1_000 },
    );
  });

  test('are refused, however much they look like one', () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(packedRows, mutations, fc.nat(), (rows, changes, cut) => {
        const bytes = encodePacked(rows).slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        readsOrRefuses(bytes);
        readsOrRefuses(bytes.subarray(0, cut % bytes.length));
        const short = encodePacked(rows, undefined, ['a.v1.Site']).slice();
        for (const [at, value] of changes) short[at % short.length] = value;
        readsOrRefuses(short, ['a.v1.Site']);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are refused wherever they end too early', () => {
    const bytes = encodePacked(vectorRows);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodePacked(bytes.subarray(0, end))).toThrow(SyncError);
    }
  });
});

/** Nothing but the documented error, and no more rows than the format allows. */
function readsOrRefuses(bytes: Uint8Array, team?: readonly string[]): void {
  try {
    const rows = decodePacked(bytes, team);
    expect(rows.length).toBeLessThanOrEqual(packedFormat.rowsMax);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    expect(error.reason).toBe('MALFORMED_BYTES');
    expect(error.metadata).toEqual({ format: 'packed batch' });
  }
}
