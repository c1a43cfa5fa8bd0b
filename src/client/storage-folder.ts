/** The files of a storage by name: its own at `path`, and its journals beside it. */

import { closeSync, existsSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Path of the journal of a generation. */
export function journalPath(path: string, generation: number): string {
  return `${path}.${generation}`;
}

/** Generations of which a journal's file is there. */
export function journalGenerations(path: string): number[] {
  const generations = journalFiles(path).map(({ generation }) => generation);
  return [...new Set(generations)].sort((left, right) => left - right);
}

/** Why a file cannot have anything in it: SQLite would make a new one in its place. */
export function fileProblem(path: string): string | undefined {
  if (!existsSync(path)) return 'it is missing';
  return isEmpty(path) ? 'it is empty' : undefined;
}

export function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0;
}

/** The journals' files, each behind those that SQLite keeps beside it: none of these is left without its journal. */
export function journalFiles(path: string): { name: string; generation: number }[] {
  const start = `${basename(path)}.`;
  const folder = dirname(path);
  const names = existsSync(folder) ? readdirSync(folder).sort().reverse() : [];
  return names.flatMap((name) => {
    const ending = name.startsWith(start) ? name.slice(start.length) : '';
    const [, digits] = /^([1-9]\d*)(?:-wal|-shm|-journal)?$/.exec(ending) ?? [];
    return digits === undefined ? [] : [{ name, generation: Number(digits) }];
  });
}

/** Brings the names of files to stable storage, where the system can. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
