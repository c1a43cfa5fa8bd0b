import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { freeName, moveCompanions, renameDurably, syncFolder, syncPath } from './moved-file.ts';
import { repairMark } from './sqlite-file.ts';

/** Where a repair makes the file that is to take the place of a damaged one. */
export function repairedName(path: string): string {
  return `${path}.repaired`;
}

/**
 * Marks a damaged file, so that nobody opens it until `finishExchange` has put the repaired one in its place. To be called
 * while the damaged file is locked.
 */
export function beginExchange(path: string): void {
  const mark = repairMark(path);
  // The mark is whole or absent: it says under which name the damaged file is kept.
  writeFileSync(`${mark}-new`, basename(freeName(path, 'damaged')));
  syncPath(`${mark}-new`);
  renameSync(`${mark}-new`, mark);
  syncFolder(path);
}

/**
 * Keeps the damaged file under another name, which is returned, and gives its own to the repaired one. Each step is on
 * stable storage before the next, and does nothing where it was done: so an exchange that was cut short, wherever, is
 * finished by calling this again. Without effect where none was begun.
 */
export function finishExchange(path: string): string | undefined {
  const mark = repairMark(path);
  if (!existsSync(mark)) return undefined;
  const keptAs = join(dirname(path), readFileSync(mark, 'utf8'));
  const repaired = repairedName(path);
  if (existsSync(repaired)) {
    moveCompanions(path, keptAs);
    if (existsSync(path)) renameDurably(path, keptAs);
    renameDurably(repaired, path);
  }
  rmSync(mark);
  syncFolder(path);
  return keptAs;
}
