import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { HeapUse } from '../replica/home-memory.ts';
import { processHeap } from './process-heap.ts';

/** What databases may take of V8's heap; the rest is for what calls bring (`HeapRoom`), and for what lives between two collections. */
const databaseShare = 0.75;

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
    this.bytesMax = share * processHeap.limitBytes;
    this.observer = new PerformanceObserver((list) => {
      const isMajor = list.getEntries().some((entry) => kindOf(entry) === major);
      if (isMajor) this.livingBytes = processHeap.usedBytes();
    });
    this.observer.observe({ entryTypes: ['gc'] });
  }

  get usedBytes(): number {
    // As a rule nothing needs to be asked.
    if (this.livingBytes <= this.bytesMax) return this.livingBytes;
    return Math.min(this.livingBytes, processHeap.usedBytes());
  }

  close(): void {
    this.observer.disconnect();
  }
}

const major = constants.NODE_PERFORMANCE_GC_MAJOR;

function kindOf(entry: object): unknown {
  return (entry as { readonly detail?: { readonly kind?: number } }).detail?.kind;
}
