import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { assert } from '../base/errors.ts';
import { freeName, moveCompanions, renameDurably, syncFolder, syncPath } from './moved-file.ts';
import { repairMark } from './sqlite-file.ts';

/** Where a repair makes the file that is to take the place of a damaged one. */
export function repairedName(path: string): string {
  return `${path}.repaired`;
}

/** One file that takes the place of another; all three are in one folder. */
export interface Exchange {
  readonly path: string;
  /** The one that takes its name, whole and without a write-ahead log. */
  readonly made: string;
  /** Where the one that is there goes, if there is one. */
  readonly keptAs: string;
}

export interface FinishedExchange {
  readonly exchanges: readonly Exchange[];
  /** What whoever began it had to say. None in marks of older versions, which say nothing of what is lost either. */
  readonly said: string | undefined;
}

/** The exchange of a damaged file for the repaired one. */
export function exchangeForRepaired(path: string): Exchange {
  return { path, made: repairedName(path), keptAs: freeName(path, 'damaged') };
}

/** What a mark has, with names and no folders: the whole may be moved elsewhere meanwhile. */
interface Mark {
  readonly exchanges: readonly Exchange[];
  readonly said?: string;
}

/**
 * Marks `path`, so that nobody opens it until `finishExchange` has exchanged all these files. To be called while the file is
 * locked, or is not there. `said` is told by whoever finishes it: it is lost with no process.
 */
export function beginExchange(path: string, exchanges: readonly Exchange[], said = ''): void {
  const mark = repairMark(path);
  for (const { made } of exchanges) assert(existsSync(made), `${made} is there`);
  const named: Mark = { exchanges: exchanges.map((one) => withNames(one, basename)), said };
  // The mark is whole or absent.
  writeFileSync(`${mark}-new`, JSON.stringify(named));
  syncPath(`${mark}-new`);
  renameSync(`${mark}-new`, mark);
  syncFolder(path);
}

/** Takes the mark away again: to be called by whoever set it, while nothing is exchanged. */
export function cancelExchange(path: string): void {
  rmSync(repairMark(path));
  syncFolder(path);
}

/**
 * Keeps each file under its other name, and gives its own to the one that was made. Each step is on stable storage before
 * the next, and does nothing where it was done: so an exchange that was cut short, wherever, is finished by calling this
 * again. Undefined where none was begun.
 *
 * `say` is given what was said when it began, once the files are exchanged and before that is forgotten.
 */
export function finishExchange(
  path: string,
  say: (said: string) => void = () => undefined,
): FinishedExchange | undefined {
  const mark = repairMark(path);
  if (!existsSync(mark)) return undefined;
  const { exchanges, said } = readMark(path, readFileSync(mark, 'utf8'));
  for (const exchange of exchanges) finishOne(exchange);
  if (said) say(said);
  rmSync(mark);
  syncFolder(path);
  return { exchanges, said };
}

function finishOne({ path, made, keptAs }: Exchange): void {
  if (!existsSync(made)) return;
  moveCompanions(path, keptAs);
  if (existsSync(path)) renameDurably(path, keptAs);
  renameDurably(made, path);
}

function readMark(path: string, text: string): Mark {
  const within = (name: string) => join(dirname(path), name);
  // Older versions wrote the name under which the damaged file is kept, and no more.
  if (!text.startsWith('{'))
    return { exchanges: [{ path, made: repairedName(path), keptAs: within(text) }] };
  const { exchanges, ...mark } = JSON.parse(text) as Mark;
  return { ...mark, exchanges: exchanges.map((one) => withNames(one, within)) };
}

function withNames({ path, made, keptAs }: Exchange, name: (path: string) => string): Exchange {
  return { path: name(path), made: name(made), keptAs: name(keptAs) };
}
