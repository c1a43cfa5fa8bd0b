import type { Digest64 } from '../base/digest.ts';
import { addDigest, type ScopeTotal } from './row-digest.ts';

const firstEntries = 256;
/** 15 bytes each: half a megabyte, which is several groups of commits. */
const defaultEntriesMax = 1 << 15;

/**
 * Which scopes were written to lately, and by how much each write changed their totals, in the order of the writes.
 * Whoever knows a choice of scopes as of a place in it finds out what became of them since at the cost of what was
 * written. Places are counted from the first entry ever; old ones are overwritten, and then those who stood there have
 * to look at all their scopes again.
 */
export class TouchLog {
  private readonly entriesMax: number;
  private scopes = new Uint32Array(firstEntries);
  private tables = new Uint16Array(firstEntries);
  private counts = new Int8Array(firstEntries);
  private highs = new Uint32Array(firstEntries);
  private lows = new Uint32Array(firstEntries);
  private count = 0;
  /** The oldest place that was not let go of. */
  private first = 0;

  /** `entriesMax` is a power of two, 256 at least. */
  constructor(entriesMax = defaultEntriesMax) {
    this.entriesMax = entriesMax;
  }

  get memoryBytes(): number {
    return this.scopes.length * 15;
  }

  /** The oldest place that can be read. */
  get start(): number {
    return Math.max(this.first, this.count - this.entriesMax);
  }

  /** Behind the newest entry. */
  get end(): number {
    return this.count;
  }

  /** Rows of `table` in `scope` became more or fewer by `count`, and their digests by `digest`. */
  add(scope: number, table: number, count: -1 | 0 | 1, digest: Digest64): void {
    const held = this.count - this.first;
    if (held >= this.scopes.length && this.scopes.length < this.entriesMax) this.grow();
    const at = this.count++ & (this.scopes.length - 1);
    this.scopes[at] = scope;
    this.tables[at] = table;
    this.counts[at] = count;
    this.highs[at] = digest.high;
    this.lows[at] = digest.low;
  }

  scopeAt(place: number): number {
    return this.scopes[place & (this.scopes.length - 1)]!;
  }

  tableAt(place: number): number {
    return this.tables[place & (this.scopes.length - 1)]!;
  }

  addTo(total: ScopeTotal, place: number): void {
    const at = place & (this.scopes.length - 1);
    total.count += this.counts[at]!;
    addDigest(total, { high: this.highs[at]!, low: this.lows[at]! }, 1);
  }

  /** Lets go of all entries: memory is short. */
  clear(): void {
    this.first = this.count;
    this.make(firstEntries);
  }

  private make(entries: number): void {
    this.scopes = new Uint32Array(entries);
    this.tables = new Uint16Array(entries);
    this.counts = new Int8Array(entries);
    this.highs = new Uint32Array(entries);
    this.lows = new Uint32Array(entries);
  }

  /** Entries stand at their places modulo the length, so each has another one then. */
  private grow(): void {
    const { scopes, tables, counts, highs, lows } = this;
    this.make(2 * scopes.length);
    for (let place = this.count - scopes.length; place < this.count; place++) {
      const from = place & (scopes.length - 1);
      const to = place & (this.scopes.length - 1);
      this.scopes[to] = scopes[from]!;
      this.tables[to] = tables[from]!;
      this.counts[to] = counts[from]!;
      this.highs[to] = highs[from]!;
      this.lows[to] = lows[from]!;
    }
  }
}
