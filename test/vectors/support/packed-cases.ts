/** Packed batches of version 2. */
import type { PackedRow } from '../../../src/codec/packed.ts';
import { made } from './column-case.ts';

export interface PackedCase {
  readonly name: string;
  /** Tables that both sides know, in ascending order. */
  readonly teamTables: readonly string[];
  readonly rows: readonly PackedRow[];
}

const teamTables = ['example.v1.Inspection', 'example.v1.Site'];
const noBytes = new Uint8Array(0);

const row: PackedRow = {
  ...{ kind: 'full', table: 'example.v1.Site', number: 4, key: '', version: 2 ** 40 + 7 },
  ...{ stamp: 1_820_000_000_000_000, writer: 'phone-1', fields: [], scopes: ['site/HAM', ''] },
  row: Uint8Array.from(Buffer.from('0a0348414d120748616d62757267', 'hex')),
};
const gone: PackedRow = { ...row, number: 900, scopes: [], row: noBytes };
const patch: PackedRow = { ...row, kind: 'patch', number: 3, fields: [2, 300] };

export const packedCases: readonly PackedCase[] = [
  { name: 'no rows', teamTables, rows: [] },
  { name: 'one full row', teamTables, rows: [row] },
  { name: 'one patch that clears', teamTables, rows: [{ ...patch, row: noBytes }] },
  { name: 'one deleted row', teamTables, rows: [{ ...gone, kind: 'deleted' }] },
  {
    name: 'one evicted row',
    teamTables,
    rows: [{ ...gone, kind: 'evicted', stamp: 0, writer: '' }],
  },
  {
    name: 'several rows, of a table that is not of the team too',
    teamTables,
    rows: [
      row,
      {
        ...row,
        table: 'syncdb.v1.Outcome',
        number: 12,
        version: 2 ** 40 + 3,
        scopes: ['$replica/phone-1'],
      },
      { ...patch, table: 'example.v1.Inspection' },
      ...made(
        6,
        (at): PackedRow => ({ ...gone, kind: 'deleted', number: 40 - at, stamp: row.stamp - at }),
      ),
      { ...patch, writer: 'phone-2', row: noBytes },
    ],
  },
  {
    name: 'own rows, and a patch',
    teamTables,
    rows: [
      { ...gone, kind: 'own', scopes: ['site/HAM'], own: { counter: 2 ** 33, change: 2 } },
      patch,
      { ...gone, kind: 'own', number: 2, scopes: [''], own: { counter: 7, change: 0 } },
    ],
  },
];
