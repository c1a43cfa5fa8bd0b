import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesEqual } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { groupAt } from './support/groups.ts';
import { records } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const reasons = ['LOG_CORRUPT', 'NOT_A_LOG', 'LOG_VERSION', 'LOG_CANNOT_OPEN'];

/** The whole of a log as it is served, or the reason of the error after what was served before. */
function served(path: string): { readonly records: Uint8Array[]; readonly reason?: string } {
  const found: Uint8Array[] = [];
  try {
    const store = openSqliteStore(path);
    try {
      for (let after = store.trimmed; after < store.head; after = store.trimmed + found.length)
        found.push(...store.read(after, store.head).records);
    } finally {
      store.close();
    }
    return { records: found };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { records: found, reason: error.reason };
  }
}

function isSame(found: Uint8Array, expected: Uint8Array): boolean {
  return found instanceof Uint8Array && bytesEqual(found, expected);
}

describe('a log file in which bits have flipped', () => {
  it('[I9] is served as it was written, or up to an error: never with a wrong record, never shorter in silence', () => {
    const path = join(makeFolder(), 'test.log');
    const store = openSqliteStore(path);
    const trimmed = 5;
    const written = [...records(1, 40), ...groupAt(41), new Uint8Array(40_000).fill(5)];
    store.append(0, written.slice(0, 40));
    store.append(40, written.slice(40));
    store.trim(trimmed);
    store.close();
    const sound = readFileSync(path);
    let detected = 0;

    const check = (offset: number, bit: number) => {
      const flipped = Buffer.from(sound);
      flipped[offset]! ^= 1 << bit;
      writeFileSync(path, flipped);
      const { records: found, reason } = served(path);
      expect(found.findIndex((bytes, index) => !isSame(bytes, written[trimmed + index]!))).toBe(-1);
      if (reason === undefined) expect(found).toHaveLength(written.length - trimmed);
      else {
        expect(reasons).toContain(reason);
        detected++;
      }
    };
    fc.assert(
      fc.property(
        // The first page has the header of the file, where a bit changes most.
        fc.oneof(fc.nat(120), fc.nat(sound.length - 1)),
        fc.nat(7),
        check,
      ),
      { numRuns: 500 },
    );
    expect(detected).toBeGreaterThan(50);
  }, 60_000);
});
