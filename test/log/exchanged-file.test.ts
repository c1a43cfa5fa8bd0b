import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginExchange, finishExchange, repairedName } from '../../src/log/exchanged-file.ts';
import { freeName, moveCompanions } from '../../src/log/moved-file.ts';
import { repairMark } from '../../src/log/sqlite-file.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function makeFiles(): string {
  const path = join(makeFolder(), 'a.db');
  for (const [name, text] of [
    [path, 'damaged'],
    [`${path}-wal`, 'damaged wal'],
    [repairedName(path), 'repaired'],
  ] as const) {
    writeFileSync(name, text);
  }
  return path;
}

function expectExchanged(path: string): void {
  expect(readdirSync(join(path, '..')).sort()).toEqual([
    ...['a.db', 'a.db.damaged-1', 'a.db.damaged-1-wal'],
  ]);
  expect(readFileSync(path, 'utf8')).toBe('repaired');
  expect(readFileSync(`${path}.damaged-1`, 'utf8')).toBe('damaged');
  expect(readFileSync(`${path}.damaged-1-wal`, 'utf8')).toBe('damaged wal');
}

describe('a repaired file', () => {
  it('takes the place of the damaged one, which is kept', () => {
    const path = makeFiles();
    beginExchange(path);
    expect(finishExchange(path)).toBe(`${path}.damaged-1`);
    expectExchanged(path);
    expect(finishExchange(path)).toBeUndefined();
    expectExchanged(path);
  });

  it.each([
    ['its mark is there', 0],
    ['the write-ahead log was renamed', 1],
    ['the damaged file was renamed', 2],
    ['the repaired one has its name', 3],
  ])('[I9] takes it also where the process ended when %s', (_, steps) => {
    const path = makeFiles();
    beginExchange(path);
    const keptAs = `${path}.damaged-1`;
    const rename = (from: string, to: string) => {
      writeFileSync(to, readFileSync(from));
      rmSync(from);
    };
    if (steps > 0) moveCompanions(path, keptAs);
    if (steps > 1) rename(path, keptAs);
    if (steps > 2) rename(repairedName(path), path);
    expect(existsSync(repairMark(path))).toBe(true);
    expect(finishExchange(path)).toBe(keptAs);
    expectExchanged(path);
  });

  it('does not, before it was marked, nor where it is gone', () => {
    const path = makeFiles();
    expect(finishExchange(path)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('damaged');
    beginExchange(path);
    rmSync(repairedName(path));
    finishExchange(path);
    expect(readFileSync(path, 'utf8')).toBe('damaged');
    expect(basename(freeName(path, 'damaged'))).toBe('a.db.damaged-1');
  });
});
