import type { MemoryUse } from '../support/memory.ts';
import type { RecordStatus } from '../support/records.ts';

/** SyncDB's client, or what a program without one has. */
export type Kind = 'sync' | 'plain';

export interface Choice {
  readonly status: RecordStatus;
  /** Degrees. */
  readonly above: number;
}

/** What both sides of the benchmark can do. */
export type ClientBenchSide = {
  /**
   * Gets all rows from the server's port into memory, or onto the disk too. Returns the milliseconds, until the disk has
   * them as well.
   */
  load(from: { readonly port: number; readonly stored: boolean }): Promise<number>;
  /** Gets what the server says, and then takes it `rounds` times without a network. Returns milliseconds for each. */
  apply(from: { readonly port: number; readonly rounds: number }): Promise<number[]>;
  /** By how much the process has grown since before `load`. */
  memory(): Promise<MemoryUse>;
  /** Reads rows by key, in random order. Returns the milliseconds. */
  get(work: { readonly round: number; readonly reads: number }): number;
  /** The newest fifty rows of a choice, again and again. */
  query(work: Choice & { readonly times: number }): {
    readonly ms: number;
    readonly ids: readonly string[];
  };
  count(work: Choice & { readonly times: number }): { readonly ms: number; readonly found: number };
  /**
   * Watches the rows of so many sites, and changes rows of these, each change when that before it was told. Returns the
   * milliseconds.
   */
  watch(work: { readonly queries: number; readonly changes: number }): Promise<number>;
};

export const queryLimit = 50;
