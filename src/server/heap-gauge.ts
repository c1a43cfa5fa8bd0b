import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { HeapUse } from '../replica/home-memory.ts';

/** What databases may take of V8's heap; the rest is for calls, and for what lives between two collections. */
const databaseShare = 0.75;

/** Of the limit that V8 tells, the part for what has just been made. */
const youngBytes = 192 << 20;

/**
 * How much of V8's heap is in use. Columns lie outside of it; but names, dictionaries, indexes and what is ordered do not,
 * and where it is full the process dies. What its last whole collection left is what lives; what it says at other times has
 * garbage in it. While less than that is in use there is room again, whatever the last collection said.
 */
export class HeapGauge implements HeapUse {
  readonly bytesMax: number;
  private readonly observer: PerformanceObserver;
  private livingBytes = 0;

  /** `share` of the heap at the most. */
  constructor(share = databaseShare) {
    this.bytesMax = share * (getHeapStatistics().heap_size_limit - youngBytes);
    this.observer = new PerformanceObserver((list) => {
      const isMajor = list.getEntries().some((entry) => kindOf(entry) === major);
      if (isMajor) this.livingBytes = usedNow();
    });
    this.observer.observe({ entryTypes: ['gc'] });
  }

  get usedBytes(): number {
    // As a rule nothing needs to be asked.
    if (this.livingBytes <= this.bytesMax) return this.livingBytes;
    return Math.min(this.livingBytes, usedNow());
  }

  close(): void {
    this.observer.disconnect();
  }
}

const major = constants.NODE_PERFORMANCE_GC_MAJOR;

function kindOf(entry: object): unknown {
  return (entry as { readonly detail?: { readonly kind?: number } }).detail?.kind;
}

function usedNow(): number {
  return getHeapStatistics().used_heap_size;
}
