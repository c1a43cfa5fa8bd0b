import type { ScopeTotal } from './row-digest.ts';
import type { ScopeIndex } from './scope-index.ts';

/**
 * Follows a choice of scopes and tables from a place at which all their changes are known: which of the scopes have
 * been written to since, and what they hold now. It costs what was written, however many the scopes are; where nothing
 * was written to them, nothing is allocated.
 */
export class ScopeWatch {
  /** Count and digest of what the scopes hold, as of the last call. */
  readonly total: ScopeTotal = { count: 0, high: 0, low: 0 };
  /** The scopes that have changes since the last `begin` or `settle`, as of the last `follow`. */
  readonly moved: ReadonlySet<number>;
  private readonly movedNow = new Set<number>();
  private readonly index: ScopeIndex;
  private readonly scopes: ReadonlySet<number>;
  private readonly ofTable: (table: number) => boolean;
  /** Place in the log of touches; -1 before the first `begin`. */
  private place = -1;

  /** A new scope may be added to `scopes` until `follow` is called after the first write to it. */
  constructor(index: ScopeIndex, scopes: ReadonlySet<number>, ofTable: (table: number) => boolean) {
    this.index = index;
    this.scopes = scopes;
    this.ofTable = ofTable;
    this.moved = this.movedNow;
  }

  /** All changes up to now are known: sums up what the scopes hold. */
  begin(): void {
    const { count, high, low } = this.index.totals(this.scopes, this.ofTable);
    this.total.count = count;
    this.total.high = high;
    this.total.low = low;
    this.place = this.index.touches.end;
    this.movedNow.clear();
  }

  /** Takes in what was written since. False where that is not known any more: only `begin` helps then. */
  follow(): boolean {
    const { touches } = this.index;
    if (this.place < touches.start) return false;
    const { end } = touches;
    for (; this.place < end; this.place++) {
      const scope = touches.scopeAt(this.place);
      if (!this.scopes.has(scope) || !this.ofTable(touches.tableAt(this.place))) continue;
      this.movedNow.add(scope);
      touches.addTo(this.total, this.place);
    }
    return true;
  }

  /** The changes of the scopes that have moved are known. */
  settle(): void {
    this.movedNow.clear();
  }
}
