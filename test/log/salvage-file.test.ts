import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { createSalvage, readSalvage, type SalvagedRecord } from '../../src/log/salvage-file.ts';
import { record, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

const kept: SalvagedRecord[] = [
  { position: 7, bytes: record(7), isSound: true },
  { position: 8, bytes: new Uint8Array(0), isSound: false },
  { position: 2 ** 45 + 1, bytes: record(9, 20), isSound: true },
];

function makeSalvage(records: readonly SalvagedRecord[] = kept): string {
  const path = join(makeFolder(), 'test.salvage');
  const salvage = createSalvage(path);
  for (const one of records) salvage.add(one);
  salvage.end();
  salvage.close();
  return path;
}

/** What is read up to an error, and its reason. */
function readUpto(path: string) {
  const found: SalvagedRecord[] = [];
  try {
    for (const one of readSalvage(path)) found.push(one);
    return { found, reason: undefined };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { found, reason: error.reason };
  }
}

describe('a salvage file', () => {
  it('gives back what was put in, in its order', () => {
    expect([...readSalvage(makeSalvage())]).toEqual(kept);
    expect([...readSalvage(makeSalvage([]))]).toEqual([]);
  });

  it('begins with a magic and a version', () => {
    const path = makeSalvage();
    const bytes = readFileSync(path);
    expect([bytes.toString('latin1', 0, 4), bytes.readUInt32LE(4)]).toEqual(['SDBV', 1]);
    bytes.writeUInt32LE(2, 4);
    writeFileSync(path, bytes);
    const newer = { code: 9, reason: 'SALVAGE_VERSION', metadata: { found: '2', known: '1' } };
    expect(thrown(() => [...readSalvage(path)])).toMatchObject(newer);
  });

  it('[I9] gives what stands before the cut, wherever it is cut, and says that it was', () => {
    const path = makeSalvage();
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const { found, reason } = readUpto(path);
      expect(reason).toBe('SALVAGE_CORRUPT');
      expect(found).toEqual(kept.slice(0, found.length));
    }
  });

  it('[I9] never gives a record in which a bit has flipped', () => {
    const path = makeSalvage();
    const bytes = readFileSync(path);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, bytes);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const { found, reason } = readUpto(path);
      expect(reason).toMatch(/^SALVAGE_/);
      expect(found).toEqual(kept.slice(0, found.length));
    }
  });

  it('takes any bytes for what they are', () => {
    const path = makeSalvage();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        writeFileSync(path, bytes);
        expect(readUpto(path)).toEqual({ found: [], reason: 'SALVAGE_CORRUPT' });
      }),
    );
  });
});
