import type { MemoryUse } from '../support/memory.ts';

/** SyncDB, or the bare grpc-js server that it is measured against. */
export type Kind = 'sync' | 'bare';

/** What the servers of both kinds can do. */
export type EdgeSide = {
  /** Listens; returns the port. */
  start(): Promise<number>;
  /** Processor time so far, of all threads, in milliseconds. */
  cpuMs(): number;
  /** After garbage was collected. */
  memory(): Promise<MemoryUse>;
};

/** Milliseconds of a clock that all processes of a machine share. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
