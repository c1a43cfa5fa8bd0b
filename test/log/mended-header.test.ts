import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logFormat, readMeta } from '../../src/log/log-file.ts';
import { inspectMended } from '../../src/log/mended-header.ts';
import { makeClosedLog } from './support/closed-log.ts';
import { makeKilledLog } from './support/killed-log.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const headOf = (path: string) =>
  inspectMended(path, logFormat.errors, (db) => readMeta(db, path).head);

const closedLog = () => makeClosedLog(makeFolder(), records(1, 3));

describe('a file whose header is damaged', () => {
  it.each([...Array(24).keys(), 28, 29, 30, 31, 59, 75])(
    '[I9] at byte %i is read, and stays as it is',
    (byte) => {
      const path = closedLog();
      const bytes = readFileSync(path);
      bytes[byte]! ^= 16;
      writeFileSync(path, bytes);
      expect(headOf(path)).toBe(3);
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(readdirSync(dirname(path))).toEqual([basename(path)]);
    },
  );

  it('[I9] is read with its write-ahead log', () => {
    const path = makeKilledLog(makeFolder(), [10, 20, 30]);
    const bytes = readFileSync(path);
    bytes[3]! ^= 16;
    writeFileSync(path, bytes);
    const before = readdirSync(dirname(path));
    expect(headOf(path)).toBe(3);
    expect(readdirSync(dirname(path))).toEqual(before);
  });

  it('is nothing that can be read where more than that is damaged, or it cannot be copied', () => {
    const path = join(makeFolder(), 'test.log');
    writeFileSync(path, 'x'.repeat(40_000));
    expect(thrown(() => headOf(path)).reason).toBe('LOG_CORRUPT');
    mkdirSync(`${path}-folder`);
    expect(thrown(() => headOf(`${path}-folder`)).reason).toBe('LOG_CANNOT_OPEN');
  });
});
