import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { Code } from '../../src/base/errors.ts';
import { decodePacked } from '../../src/codec/packed.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

/** The parts of a batch of two rows, a full one and a patch, each of which a test may replace. */
const parts = {
  magic: [0x50],
  version: [0x01],
  tables: [1, 1, 0x74],
  writers: [1, 1, 0x77],
  scopes: [1, 1, 0x73],
  scopeSets: [1, 1, 0],
  fieldSets: [1, 2, 3, 4],
  count: [2],
  kind: [4, 1, 2],
  table: [4, 0, 0],
  number: [4, 2, 2],
  rowVersion: [4, 2, 2],
  stamp: [4, 2, 2],
  writer: [4, 0, 0],
  scopeSet: [4, 0, 0],
  fieldSet: [2, 0],
  length: [4, 1, 2],
  rows: [0xaa, 0xbb, 0xcc],
};

function batch(replaced: Partial<Record<keyof typeof parts, readonly number[]>> = {}): Uint8Array {
  return Uint8Array.from(Object.values({ ...parts, ...replaced }).flat());
}

function varint(value: number): number[] {
  const out = new ByteWriter();
  out.varint(value);
  return [...out.finish()];
}

test('a batch is read as the format says', () => {
  const same = { table: 't', key: '', writer: 'w', scopes: ['s'] };
  expect(decodePacked(batch())).toEqual([
    { ...same, kind: 'full', number: 1, version: 1, stamp: 1, fields: [], row: bytes(0xaa) },
    {
      ...{ ...same, kind: 'patch', number: 2, version: 2, stamp: 2 },
      ...{ fields: [3, 7], row: bytes(0xbb, 0xcc) },
    },
  ]);
});

test('rows without bytes, scopes and fields have no place in those columns', () => {
  const gone = batch({
    ...{ kind: [4, 3, 4], stamp: [2, 4], writer: [2, 0] },
    ...{ scopeSet: [], fieldSet: [], length: [], rows: [] },
  });
  expect(decodePacked(gone)).toMatchObject([
    { kind: 'deleted', stamp: 2, writer: 'w', fields: [], scopes: [] },
    { kind: 'evicted', stamp: 0, writer: '', fields: [], scopes: [] },
  ]);
});

describe('a batch is refused', () => {
  const longText = [...varint(2 ** 40), 0x74];
  test.each<[string, Parameters<typeof batch>[0]]>([
    ['without its magic byte', { magic: [0x51] }],
    ['of a later version', { version: [0x02] }],
    ['with a list that is longer than itself', { tables: varint(1_000_000) }],
    ['with a text that is longer than itself', { writers: [1, ...longText] }],
    ['with a text that is not UTF-8', { scopes: [1, 1, 0xff] }],
    ['with a set of a scope that it does not name', { scopeSets: [1, 1, 1] }],
    ['with a set of more scopes than it has bytes', { scopeSets: [1, ...varint(2 ** 30)] }],
    ['with a field number 0', { fieldSets: [1, 1, 0] }],
    ['with the same field twice', { fieldSets: [1, 2, 3, 0] }],
    ['with a field number that is too high', { fieldSets: [1, 1, ...varint(0x20000000)] }],
    ['with too many rows', { count: varint(65_537) }],
    ['with a kind 0', { kind: [4, 0, 2] }],
    ['with an unknown kind', { kind: [4, 5, 2] }],
    ['with a table that it does not name', { table: [4, 0, 1] }],
    ['with a writer that it does not name', { writer: [4, 0, 1] }],
    ['with a scope set that it does not name', { scopeSet: [4, 0, 1] }],
    ['with a field set that it does not name', { fieldSet: [2, 1] }],
    ['with a row that is longer than what is left', { length: [4, 1, 3] }],
    ['with bytes left over', { length: [4, 1, 1] }],
  ])('%s', (_what, replaced) => {
    const error = syncErrorOf(() => decodePacked(batch(replaced)));
    expect(error).toMatchObject({
      code: Code.dataLoss,
      reason: 'MALFORMED_BYTES',
      metadata: { format: 'packed batch' },
    });
  });
});

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
