import fs, { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freeName, moveAside } from '../../src/log/moved-file.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function makeFile(folder: string, ...ends: readonly string[]): string {
  const path = join(folder, 'a.db');
  for (const end of ends) writeFileSync(path + end, `contents${end}`);
  return path;
}

describe('a file that is moved aside', () => {
  it('takes with it what SQLite keeps beside it', () => {
    const path = makeFile(makeFolder(), '', '-wal', '-journal');
    const to = moveAside(path);
    expect(to).toBe(`${path}.damaged-1`);
    expect(['', '-wal', '-journal'].map((end) => readFileSync(to + end, 'utf8'))).toEqual(
      ['', '-wal', '-journal'].map((end) => `contents${end}`),
    );
    expect(existsSync(path) || existsSync(`${path}-wal`)).toBe(false);
  });

  it('never takes the place of one that was moved before, nor of a part of one', () => {
    const folder = makeFolder();
    expect(moveAside(makeFile(folder, ''))).toMatch(/damaged-1$/);
    writeFileSync(join(folder, 'a.db.damaged-2-wal'), 'of a move that was cut short');
    expect(moveAside(makeFile(folder, ''))).toMatch(/damaged-3$/);
    expect(readdirSync(folder).sort()).toEqual([
      ...['a.db.damaged-1', 'a.db.damaged-2-wal', 'a.db.damaged-3'],
    ]);
  });

  it('is the last to go, so a move that is cut short leaves it without companions', () => {
    const path = makeFile(makeFolder(), '', '-wal');
    const { renameSync } = fs;
    fs.renameSync = (from, to) => {
      if (from === path) throw new Error('cut short');
      renameSync(from, to);
    };
    syncBuiltinESMExports();
    try {
      expect(() => moveAside(path)).toThrow('cut short');
    } finally {
      fs.renameSync = renameSync;
      syncBuiltinESMExports();
    }
    expect(existsSync(path)).toBe(true);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(freeName(path, 'damaged')).toMatch(/damaged-2$/);
  });

  it('[I9] may be missing: what is left of it goes alone', () => {
    const path = makeFile(makeFolder(), '-wal');
    expect(moveAside(path)).toBe(`${path}.damaged-1`);
    expect(readFileSync(`${path}.damaged-1-wal`, 'utf8')).toBe('contents-wal');
  });
});
