import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  beginExchange,
  cancelExchange,
  exchangeForRepaired,
  finishExchange,
  repairedName,
} from '../../src/log/exchanged-file.ts';
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

const begin = (path: string, said?: string) =>
  beginExchange(path, [exchangeForRepaired(path)], said);

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
    begin(path);
    const [exchange] = finishExchange(path)!.exchanges;
    expect(exchange!.keptAs).toBe(`${path}.damaged-1`);
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
    begin(path);
    const keptAs = `${path}.damaged-1`;
    const rename = (from: string, to: string) => {
      writeFileSync(to, readFileSync(from));
      rmSync(from);
    };
    if (steps > 0) moveCompanions(path, keptAs);
    if (steps > 1) rename(path, keptAs);
    if (steps > 2) rename(repairedName(path), path);
    expect(existsSync(repairMark(path))).toBe(true);
    expect(finishExchange(path)!.exchanges).toMatchObject([{ keptAs }]);
    expectExchanged(path);
  });

  it('does not, before it was marked, nor where it is gone', () => {
    const path = makeFiles();
    expect(finishExchange(path)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('damaged');
    begin(path);
    rmSync(repairedName(path));
    finishExchange(path);
    expect(readFileSync(path, 'utf8')).toBe('damaged');
    expect(basename(freeName(path, 'damaged'))).toBe('a.db.damaged-1');
    expect(() => begin(path)).toThrow('is there');
  });

  it('takes it together with others, in one folder or in another to which all of it was moved', () => {
    const path = makeFiles();
    const other = `${path}-other`;
    writeFileSync(`${other}.made`, 'made');
    const second = { path: other, made: `${other}.made`, keptAs: `${other}.old` };
    beginExchange(path, [exchangeForRepaired(path), second]);
    const moved = `${join(path, '..')}-moved`;
    renameSync(join(path, '..'), moved);
    expect(finishExchange(join(moved, 'a.db'))!.exchanges[1]!.path).toBe(join(moved, 'a.db-other'));
    expect(readFileSync(join(moved, 'a.db-other'), 'utf8')).toBe('made');
    expect(readFileSync(join(moved, 'a.db'), 'utf8')).toBe('repaired');
    renameSync(moved, join(path, '..'));
  });

  it('[I9] is told of once the files are exchanged, and again where the process ended in the telling', () => {
    const path = makeFiles();
    begin(path, 'three are lost');
    const dies = (said: string) => {
      expect(said).toBe('three are lost');
      expect(readFileSync(path, 'utf8')).toBe('repaired');
      throw new Error('killed');
    };
    expect(() => finishExchange(path, dies)).toThrow('killed');
    const told: string[] = [];
    expect(finishExchange(path, (said) => told.push(said))).toMatchObject({
      said: 'three are lost',
    });
    expect(told).toEqual(['three are lost']);
    expectExchanged(path);
    expect(finishExchange(path, (said) => told.push(said))).toBeUndefined();
    expect(told).toHaveLength(1);
    // Who does not listen is not asked.
    const other = makeFiles();
    begin(other, 'none is lost');
    expect(finishExchange(other)).toMatchObject({ said: 'none is lost' });
  });

  it('does not where that was called off', () => {
    const path = makeFiles();
    begin(path);
    cancelExchange(path);
    expect(finishExchange(path)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('damaged');
  });

  it('takes it where an older version has marked it, which says nothing more', () => {
    const path = makeFiles();
    writeFileSync(repairMark(path), 'a.db.damaged-1');
    expect(finishExchange(path)).toMatchObject({ said: undefined });
    expectExchanged(path);
  });
});
