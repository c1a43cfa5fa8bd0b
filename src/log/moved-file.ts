import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/** What SQLite keeps beside a file: without it the file may be half of what it was. */
const companions = ['-journal', '-wal'] as const;

/** The first of the names `path` + `.label-1`, `.label-2` ... that neither a file has nor one beside it. */
export function freeName(path: string, label: string): string {
  const isTaken = (name: string) => ['', ...companions].some((end) => existsSync(name + end));
  let number = 1;
  while (isTaken(`${path}.${label}-${number}`)) number++;
  return `${path}.${label}-${number}`;
}

/**
 * Renames a file that is no good, with what SQLite keeps beside it, to `path` + `.damaged-N`, and returns that name. Of a
 * file that is missing what is beside it is renamed alone.
 *
 * What is beside it goes first. So where the process ends in between, or the machine before the folder is written, the file
 * is there still, and is found damaged again: never is there a new file with the companions of the old one, which
 * SQLite would play back into it.
 */
export function moveAside(path: string): string {
  const to = freeName(path, 'damaged');
  moveCompanions(path, to);
  if (existsSync(path)) renameDurably(path, to);
  return to;
}

/** Renames what SQLite keeps beside `path`, where there is such. */
export function moveCompanions(path: string, to: string): void {
  for (const end of companions) {
    if (existsSync(path + end)) renameDurably(path + end, to + end);
  }
}

/** Renames a file; the new name is on stable storage when this returns. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(to);
}

/** Puts the names in the folder of `path` on stable storage. */
export function syncFolder(path: string): void {
  syncPath(dirname(path));
}

/** Puts the contents of a file, or the names in a folder, on stable storage. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
