import type { SiteRecord } from '../support/records.ts';

/** What the servers of both sides can do. Both hold their rows in memory and encode them when asked. */
export type ServerSide = {
  /** Forgets what was made for one client and is kept for others. */
  forget(): void;
  /** Starts listening with the first `count` records. Returns the port. */
  start(load: { readonly count: number }): Promise<number>;
  /** Changes a field or two of a share of the rows. Returns how many rows were changed. */
  change(edit: EditOptions): Promise<number>;
  /** Throws unless it holds just the first `count` records. */
  verify(load: { readonly count: number }): void;
  /** Processor time of this process so far, of all its threads, in milliseconds. */
  cpuMs(): number;
};

/** What the clients of both sides can do, each in a process of its own. Both keep their rows in memory. */
export type ClientSide = {
  /** Gets all rows from an empty start. Returns the milliseconds. */
  pull(from: { readonly port: number }): Promise<number>;
  /** Gets what has changed since. Returns the milliseconds. */
  pullAgain(from: { readonly port: number }): Promise<number>;
  /** Writes the first `count` records and waits until the server has them all. Returns the milliseconds. */
  push(to: { readonly port: number; readonly count: number }): Promise<number>;
  /** Throws unless it holds just the first `count` records, with these edits. */
  verify(held: { readonly count: number; readonly edit?: EditOptions }): void;
  /** Processor time of this process so far, of all its threads, in milliseconds. */
  cpuMs(): number;
};

export interface EditOptions {
  readonly seed: number;
  /** Rows, of which each is changed with this probability. */
  readonly count: number;
  readonly share: number;
}

/** Rows of one page, batch or transaction of the baseline. */
export const pageRows = 1_000;

/** Names the first field that differs, or nothing where the records are the same. */
export function differenceOf(
  wanted: SiteRecord,
  found: SiteRecord | undefined,
): string | undefined {
  if (found === undefined) return `record ${wanted.id} is missing`;
  for (const name of Object.keys(wanted) as (keyof SiteRecord)[]) {
    if (!Object.is(wanted[name], found[name])) {
      return `${name} of record ${wanted.id} is ${found[name]}, not ${wanted[name]}`;
    }
  }
  return undefined;
}

/** Processor time of this process so far. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
