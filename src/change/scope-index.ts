import { Interner } from './interner.ts';
import { comparePositions, type Posting, PostingList, type ScanPosition } from './posting-list.ts';
import { addDigest, addRowDigest, type DigestSum } from './row-digest.ts';

/** Rows of one table in one scope: how many live ones, and the sum of their digests. */
interface TableTotal extends DigestSum {
  count: number;
}

interface ScopeState {
  readonly name: string;
  readonly list: PostingList;
  /** Entries of `list` that a newer one of the same row supersedes. */
  superseded: number;
  /** By row: seq at which it joined, where that is not the seq of its insertion. */
  readonly entered: Map<number, number>;
  /** By row: seq at which it left. */
  readonly left: Map<number, number>;
  /** By table index. */
  readonly totals: TableTotal[];
}

/** What the scope index asks of the tables. */
export interface RowSource {
  numberOf(table: number, slot: number): number;
  versionOf(table: number, slot: number): number;
}

/** A row before or after a write, as its scopes see it. */
export interface ScopedRow {
  readonly table: number;
  readonly tableName: string;
  readonly slot: number;
  readonly key: string;
}

const compactAtEntries = 1024;
const rowKey = (table: number, slot: number) => table * 0x1_0000_0000 + slot;

/**
 * For each scope the changes of its rows in order, when rows entered and left, and the count and digest of what
 * it holds (design 4). Scopes are numbered; a row refers to an interned set of them.
 */
export class ScopeIndex {
  private readonly names = new Interner();
  private readonly scopes: ScopeState[] = [];
  private readonly sets: (readonly number[])[] = [[]];
  private readonly setNumbers = new Map<string, number>([['', 0]]);
  private readonly rows: RowSource;

  constructor(rows: RowSource) {
    this.rows = rows;
  }

  get memoryBytes(): number {
    let sum = this.names.memoryBytes + this.sets.length * 96;
    for (const scope of this.scopes) {
      sum += scope.list.memoryBytes + 40 * (scope.entered.size + scope.left.size) + 256;
    }
    return sum;
  }

  /** Number of scopes that ever held a row. */
  get size(): number {
    return this.scopes.length;
  }

  nameOf(scope: number): string {
    return this.names.text(scope);
  }

  /** Scopes of a set. Set 0 is empty. */
  setMembers(set: number): readonly number[] {
    return this.sets[set]!;
  }

  /** The number of the set of these scope names. */
  setOf(names: readonly string[]): number {
    const ids = names.map((name) => this.scopeNumber(name));
    if (ids.length > 1) ids.sort((left, right) => left - right);
    const key = ids.length === 1 ? String(ids[0]) : ids.join();
    const known = this.setNumbers.get(key);
    if (known !== undefined) return known;
    this.sets.push(ids);
    this.setNumbers.set(key, this.sets.length - 1);
    return this.sets.length - 1;
  }

  /**
   * Records that a row changed at `seq`: it was in `oldSet` at `oldVersion` (0 where it was not live) and is in
   * `newSet` at version `seq` (`live` false: it was deleted and is in none, but `oldSet` must learn of it).
   */
  record(
    row: ScopedRow,
    seq: number,
    before: RowScopes,
    after: RowScopes,
    inserted: boolean,
  ): void {
    const key = rowKey(row.table, row.slot);
    for (const id of this.sets[before.set]!) {
      const scope = this.scopes[id]!;
      scope.superseded++;
      if (before.version > 0) this.total(scope, row, before.version, -1);
      if (this.sets[after.set]!.includes(id)) continue;
      scope.entered.delete(key);
      scope.left.set(key, seq);
      this.add(scope, seq, row);
    }
    for (const id of this.sets[after.set]!) {
      const scope = this.scopes[id]!;
      if (after.version > 0) this.total(scope, row, after.version, 1);
      if (inserted || after.version === 0) scope.entered.delete(key);
      else if (!this.sets[before.set]!.includes(id)) scope.entered.set(key, seq);
      scope.left.delete(key);
      this.add(scope, seq, row);
    }
  }

  /** Seq at which the row entered the scope; `inserted` is that of the row itself. */
  enteredAt(scope: number, table: number, slot: number, inserted: number): number {
    return this.scopes[scope]!.entered.get(rowKey(table, slot)) ?? inserted;
  }

  /** Forgets all notes about a slot that is going to be used for another row. */
  forget(table: number, slot: number, set: number): void {
    const key = rowKey(table, slot);
    for (const id of this.sets[set]!) this.scopes[id]!.entered.delete(key);
    for (const scope of this.scopes) scope.left.delete(key);
  }

  /** Scopes whose name passes the test. */
  matching(test: (name: string) => boolean): number[] {
    const result: number[] = [];
    for (const [id, scope] of this.scopes.entries()) if (test(scope.name)) result.push(id);
    return result;
  }

  /**
   * Entries of these scopes behind `after`, merged in order (seq, table, number); superseded ones are passed
   * over, and a row that stands in several of the scopes comes once.
   */
  *scan(scopes: Iterable<number>, after: ScanPosition): Generator<Posting & { left: boolean }> {
    const heap = new MergeHeap();
    for (const id of scopes) {
      const { list } = this.scopes[id]!;
      if (!list.endsBefore(after)) heap.push(id, list.from(after));
    }
    let previous: Posting | undefined;
    for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
      const { scope, posting } = next;
      if (previous !== undefined && comparePositions(previous, posting) === 0) continue;
      const left =
        this.scopes[scope]!.left.get(rowKey(posting.table, posting.slot)) === posting.seq;
      if (!left && this.rows.versionOf(posting.table, posting.slot) !== posting.seq) continue;
      previous = posting;
      yield { ...posting, left };
    }
  }

  /** Upper bound of the entries behind `seq`. */
  countAfter(scopes: Iterable<number>, seq: number): number {
    let sum = 0;
    for (const id of scopes) sum += this.scopes[id]!.list.countAfter(seq);
    return sum;
  }

  /** Count and digest of the live rows of the scopes, of the tables that pass the test. */
  totals(
    scopes: Iterable<number>,
    ofTable: (table: number) => boolean,
  ): { count: number } & DigestSum {
    const sum = { count: 0, high: 0, low: 0 };
    for (const id of scopes) {
      for (const [table, total] of this.scopes[id]!.totals.entries()) {
        if (total === undefined || !ofTable(table)) continue;
        sum.count += total.count;
        addDigest(sum, total, 1);
      }
    }
    return sum;
  }

  private scopeNumber(name: string): number {
    const id = this.names.intern(name);
    if (id === this.scopes.length) {
      this.scopes.push({
        name,
        list: new PostingList((table, slot) => this.rows.numberOf(table, slot)),
        superseded: 0,
        entered: new Map(),
        left: new Map(),
        totals: [],
      });
    }
    return id;
  }

  private total(scope: ScopeState, row: ScopedRow, version: number, sign: 1 | -1): void {
    scope.totals[row.table] ??= { count: 0, high: 0, low: 0 };
    const total = scope.totals[row.table]!;
    total.count += sign;
    addRowDigest(total, row.tableName, row.key, version, sign);
  }

  private add(scope: ScopeState, seq: number, row: ScopedRow): void {
    scope.list.add(seq, row.table, row.slot);
    if (scope.list.length < compactAtEntries || scope.superseded * 2 < scope.list.length) return;
    scope.list.compact(
      (table, slot, at) =>
        this.rows.versionOf(table, slot) === at || scope.left.get(rowKey(table, slot)) === at,
    );
    scope.superseded = 0;
  }
}

/** The scopes of a row: an interned set, and the version at which it is live there; 0 where it is not. */
export interface RowScopes {
  readonly set: number;
  readonly version: number;
}

/** Merges the postings of several scopes: a binary heap of their generators by next entry. */
class MergeHeap {
  private readonly items: { scope: number; posting: Posting; rest: Generator<Posting> }[] = [];

  push(scope: number, rest: Generator<Posting>): void {
    const next = rest.next();
    if (next.done === true) return;
    this.items.push({ scope, posting: next.value, rest });
    this.up(this.items.length - 1);
  }

  pop(): { scope: number; posting: Posting } | undefined {
    const top = this.items[0];
    if (top === undefined) return undefined;
    const result = { scope: top.scope, posting: top.posting };
    const next = top.rest.next();
    if (next.done === true) {
      const last = this.items.pop()!;
      if (this.items.length > 0 && last !== top) this.items[0] = last;
    } else top.posting = next.value;
    this.down(0);
    return result;
  }

  private less(left: number, right: number): boolean {
    return comparePositions(this.items[left]!.posting, this.items[right]!.posting) < 0;
  }

  private swap(left: number, right: number): void {
    const item = this.items[left]!;
    this.items[left] = this.items[right]!;
    this.items[right] = item;
  }

  private up(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >>> 1;
      if (!this.less(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private down(start: number): void {
    for (let at = start; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.items.length && this.less(child, least)) least = child;
      }
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }
}
