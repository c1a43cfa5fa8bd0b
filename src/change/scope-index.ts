import type { Digest64 } from '../base/digest.ts';
import { assert } from '../base/errors.ts';
import { Interner } from './interner.ts';
import {
  comparePositions,
  type HeldBytes,
  type Posting,
  PostingList,
  type ScanPosition,
} from './posting-list.ts';
import { PostingMerge } from './posting-merge.ts';
import { addDigest, rowDigest, type ScopeTotal } from './row-digest.ts';
import { TouchLog } from './touch-log.ts';

interface ScopeState {
  readonly name: string;
  readonly list: PostingList;
  /** Entries of `list` that a newer one of the same row supersedes. */
  superseded: number;
  /** By row: seq since which it is in the scope, where that is not the seq of its insertion. */
  readonly entered: Map<number, number>;
  /** By row: seq at which it left. */
  readonly left: Map<number, number>;
  /** By table index. */
  readonly totals: ScopeTotal[];
}

/** What the scope index asks of the tables. */
export interface RowLookup {
  numberOf(table: number, slot: number): number;
  versionOf(table: number, slot: number): number;
}

/** A row as its scopes know it. */
export interface ScopedRow {
  readonly table: number;
  readonly tableName: string;
  readonly slot: number;
  readonly key: string;
}

/** A row in its scopes, before or after a write. */
export interface RowScopes {
  /** The interned set of scopes that hold it, or held it when it was deleted. */
  readonly set: number;
  /** Seq that last changed, or deleted, it; 0 where it was never there. */
  readonly version: number;
  readonly live: boolean;
}

/** A change of a row in the scopes of a scan; `left`: it left one of them and is in none of the others. */
export interface ScopeChange extends Posting {
  readonly left: boolean;
}

/** Rows of one table with the seqs that last changed them. */
export interface PostingColumns {
  readonly slots: Uint32Array;
  readonly seqs: Float64Array;
}

/** A row that entered a scope after its insertion, or left it. */
export interface ScopeMove {
  readonly scope: string;
  readonly table: number;
  readonly slot: number;
  readonly seq: number;
  readonly left: boolean;
}

const compactAtEntries = 1024;
/** Estimates of what lies on the heap: a scope, what it has of one table, one of its moves, a set of scopes. */
const scopeBytes = 1_300;
const totalBytes = 100;
const moveBytes = 72;
const setBytes = 144;
/** Rows of one table in the keys of `entered` and `left`. */
const tableSpan = 0x1_0000_0000;

/** What a write changes a sum of digests by: one for all writes, each of which is done before the next. */
const difference = { high: 0, low: 0 };
const rowKey = (table: number, slot: number) => table * tableSpan + slot;

/**
 * For each scope the changes of its rows in order, when rows entered and left, and the count and digest of what
 * it holds (design 4). Scopes are numbered; a row refers to an interned set of them.
 *
 * Without `history`, for replicas that serve nobody, it keeps only sets, counts and digests: slots are used again
 * there, so an old entry would speak of another row.
 */
export class ScopeIndex {
  private readonly names = new Interner();
  private readonly scopes: ScopeState[] = [];
  private readonly sets: (readonly number[])[] = [[]];
  /** By scope: number of the set of that scope alone. */
  private readonly ownSets: number[] = [];
  private readonly setNumbers = new Map<string, number>([['', 0]]);
  private readonly whole: ScopeTotal = { count: 0, high: 0, low: 0 };
  /** What was written lately; nothing without `history`. Each change that a scan finds left a touch of its scope. */
  readonly touches: TouchLog;
  private readonly rows: RowLookup;
  private readonly history: boolean;
  /** What the scopes hold. */
  private readonly held: HeldBytes = { bytes: 0 };

  constructor(rows: RowLookup, history: boolean, touches = new TouchLog()) {
    this.rows = rows;
    this.history = history;
    this.touches = touches;
  }

  /** Typed arrays, and an estimate of what lies on the heap. */
  get memoryBytes(): number {
    const { names, sets, touches, held } = this;
    return names.memoryBytes + sets.length * setBytes + touches.memoryBytes + held.bytes;
  }

  /** Memory is short: lets go of entries that newer ones supersede, where there are some. Nobody would be told of them. */
  shrink(): void {
    for (const scope of this.scopes) if (scope.superseded > 0) this.compact(scope);
  }

  /** Number of scopes that ever held a row. */
  get size(): number {
    return this.scopes.length;
  }

  nameOf(scope: number): string {
    return this.names.text(scope);
  }

  /** The scope of this name, where it ever held a row. */
  find(name: string): number | undefined {
    return this.names.find(name);
  }

  /** Scopes of a set. Set 0 is empty. */
  setMembers(set: number): readonly number[] {
    return this.sets[set]!;
  }

  /** Names of the scopes of a set. */
  setNames(set: number): string[] {
    return this.sets[set]!.map((scope) => this.names.text(scope));
  }

  /** The number of the set of these scope names, each of which occurs once. */
  setOf(names: readonly string[]): number {
    if (names.length === 1) return this.setOfOne(this.scopeNumber(names[0]!));
    const ids = names.map((name) => this.scopeNumber(name));
    if (ids.length > 1) ids.sort((left, right) => left - right);
    const key = ids.join();
    const known = this.setNumbers.get(key);
    if (known !== undefined) return known;
    this.sets.push(ids);
    this.setNumbers.set(key, this.sets.length - 1);
    return this.sets.length - 1;
  }

  /** Most rows are in one scope. */
  private setOfOne(id: number): number {
    const known = this.ownSets[id];
    if (known !== undefined) return known;
    const set = this.sets.push([id]) - 1;
    this.ownSets[id] = set;
    return set;
  }

  /**
   * Records a write of a row. A row that is deleted stays in its set, so that the scopes learn of it. `inserted`: it
   * was never there before, so its insertion tells since when it is in its scopes.
   */
  record(row: ScopedRow, before: RowScopes, after: RowScopes, inserted: boolean): void {
    this.recount(row, before, after);
    if (!this.history) return;
    for (const id of this.sets[before.set]!) {
      if (!this.sets[after.set]!.includes(id)) this.leave(this.scopes[id]!, row, before, after);
    }
    for (const id of this.sets[after.set]!) {
      const stayed = this.sets[before.set]!.includes(id);
      if (after.live && !inserted && !(before.live && stayed)) {
        this.noteMove(this.scopes[id]!.entered, rowKey(row.table, row.slot), after.version);
      }
      this.appear(this.scopes[id]!, row, after, stayed);
    }
  }

  private leave(scope: ScopeState, row: ScopedRow, before: RowScopes, after: RowScopes): void {
    const key = rowKey(row.table, row.slot);
    this.forgetMove(scope.entered, key);
    // A deleted row that comes back elsewhere left when it was deleted: its entry of then stands for that.
    this.noteMove(scope.left, key, before.live ? after.version : before.version);
    if (!before.live) return;
    scope.superseded++;
    this.add(scope, after.version, row);
  }

  private appear(scope: ScopeState, row: ScopedRow, after: RowScopes, stayed: boolean): void {
    const key = rowKey(row.table, row.slot);
    if (this.forgetMove(scope.left, key) || stayed) scope.superseded++;
    this.add(scope, after.version, row);
  }

  /** Notes that a live row has entered its scopes with its version, whatever was known of it before. */
  enter(row: ScopedRow, { set, version }: RowScopes): void {
    if (!this.history) return;
    for (const id of this.sets[set]!) {
      this.noteMove(this.scopes[id]!.entered, rowKey(row.table, row.slot), version);
    }
  }

  /** Seq since which a live row is in the scope; `inserted` is that of the row itself. */
  enteredAt(scope: number, table: number, slot: number, inserted: number): number {
    return this.scopes[scope]!.entered.get(rowKey(table, slot)) ?? inserted;
  }

  /** Scopes whose name passes the test. */
  matching(test: (name: string) => boolean): number[] {
    const result: number[] = [];
    for (const [id, scope] of this.scopes.entries()) if (test(scope.name)) result.push(id);
    return result;
  }

  /**
   * Changes in these scopes behind `after`, merged in order (seq, table, number); superseded ones are passed
   * over, and a row that stands in several of the scopes comes once.
   */
  *scan(scopes: Iterable<number>, after: ScanPosition): Generator<ScopeChange> {
    assert(this.history, 'this replica serves nobody');
    const merge = new PostingMerge();
    for (const id of scopes) {
      const { list } = this.scopes[id]!;
      if (!list.endsBefore(after)) merge.add(id, list.from(after));
    }
    let held: { posting: Posting; left: boolean } | undefined;
    for (let next = merge.next(); next !== undefined; next = merge.next()) {
      const { scope, posting } = next;
      const left = this.leftAt(scope, posting);
      if (!left && !this.isCurrent(posting)) continue;
      if (held !== undefined && comparePositions(held.posting, posting) === 0) {
        // It moved from one of the scopes to another: it has not left them.
        held.left &&= left;
        continue;
      }
      if (held !== undefined) yield { ...held.posting, left: held.left };
      held = { posting, left };
    }
    if (held !== undefined) yield { ...held.posting, left: held.left };
  }

  /** Upper bound of the changes behind `seq`. */
  countAfter(scopes: Iterable<number>, seq: number): number {
    let sum = 0;
    for (const id of scopes) sum += this.scopes[id]!.list.countAfter(seq);
    return sum;
  }

  /** Count and digest of the live rows of all scopes and tables. */
  get everything(): Readonly<ScopeTotal> {
    return this.whole;
  }

  /** Count and digest of the live rows of the scopes, of the tables that pass the test. */
  totals(scopes: Iterable<number>, ofTable: (table: number) => boolean): ScopeTotal {
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

  /**
   * All that `entered` and `left` have, for a snapshot. Rows may be written between two of them: one that moves meanwhile
   * may come as it was or as it is, or not at all, and whoever knows the writes since it began can tell. Behind each scope
   * comes undefined: there may be many without any.
   */
  *moves(): Generator<ScopeMove | undefined> {
    for (const { name, entered, left } of this.scopes) {
      for (const [key, seq] of entered) yield moveOf(name, key, seq, false);
      for (const [key, seq] of left) yield moveOf(name, key, seq, true);
      yield undefined;
    }
  }

  /** A snapshot has rows [start, end) in this set, live or deleted. Their totals come apart. */
  restoreRows(set: number, table: number, rows: PostingColumns, start: number, end: number): void {
    for (const id of this.sets[set]!) {
      const { list } = this.scopes[id]!;
      for (let at = start; at < end; at++) list.add(rows.seqs[at]!, table, rows.slots[at]!);
    }
  }

  /** A snapshot has so many live rows of this set. */
  restoreTotal(set: number, table: number, rows: Readonly<ScopeTotal>): void {
    for (const id of this.sets[set]!) {
      const total = this.totalOf(this.scopes[id]!, table);
      total.count += rows.count;
      addDigest(total, rows, 1);
      this.whole.count += rows.count;
      addDigest(this.whole, rows, 1);
    }
  }

  restoreMove({ scope: name, table, slot, seq, left }: ScopeMove): void {
    const scope = this.scopes[this.scopeNumber(name)]!;
    this.noteMove(left ? scope.left : scope.entered, rowKey(table, slot), seq);
    // Where the row is again in the scope, the move was gathered later than the row, and the log tells of it.
    if (left) scope.list.add(seq, table, slot);
  }

  private scopeNumber(name: string): number {
    const id = this.names.intern(name);
    if (id === this.scopes.length) {
      this.held.bytes += scopeBytes;
      this.scopes.push({
        name,
        list: new PostingList((table, slot) => this.rows.numberOf(table, slot), this.held),
        superseded: 0,
        entered: new Map(),
        left: new Map(),
        totals: [],
      });
    }
    return id;
  }

  private totalOf({ totals }: ScopeState, table: number): ScopeTotal {
    if (totals[table] === undefined) this.held.bytes += totalBytes;
    totals[table] ??= { count: 0, high: 0, low: 0 };
    return totals[table];
  }

  private noteMove(moves: Map<number, number>, key: number, seq: number): void {
    const before = moves.size;
    moves.set(key, seq);
    this.held.bytes += (moves.size - before) * moveBytes;
  }

  private forgetMove(moves: Map<number, number>, key: number): boolean {
    if (!moves.delete(key)) return false;
    this.held.bytes -= moveBytes;
    return true;
  }

  private recount(row: ScopedRow, before: RowScopes, after: RowScopes): void {
    const { table, tableName, key } = row;
    difference.high = 0;
    difference.low = 0;
    if (before.live) addDigest(difference, rowDigest(tableName, key, before.version), -1);
    // The most frequent write touches each of its scopes once.
    const isSame = before.live && after.live && before.set === after.set;
    if (before.live && !isSame) this.count(table, before.set, -1, difference);
    if (!after.live) return;
    const digest = rowDigest(tableName, key, after.version);
    if (isSame) addDigest(difference, digest, 1);
    this.count(table, after.set, isSame ? 0 : 1, isSame ? difference : digest);
  }

  /** `digest` is what is added to the sums, modulo 2^64. */
  private count(table: number, set: number, count: -1 | 0 | 1, digest: Digest64): void {
    for (const id of this.sets[set]!) {
      for (const total of [this.totalOf(this.scopes[id]!, table), this.whole]) {
        total.count += count;
        addDigest(total, digest, 1);
      }
      if (this.history) this.touches.add(id, table, count, digest);
    }
  }

  private add(scope: ScopeState, seq: number, row: ScopedRow): void {
    scope.list.add(seq, row.table, row.slot);
    const { length } = scope.list;
    if (length >= compactAtEntries && scope.superseded * 2 >= length) this.compact(scope);
  }

  private compact(scope: ScopeState): void {
    scope.list.compact(
      (table, slot, at) =>
        scope.left.get(rowKey(table, slot)) === at || this.rows.versionOf(table, slot) === at,
    );
    scope.superseded = 0;
  }

  private leftAt(scope: number, { seq, table, slot }: Posting): boolean {
    return this.scopes[scope]!.left.get(rowKey(table, slot)) === seq;
  }

  /** A tombstone is current too: its scopes must learn of it. */
  private isCurrent({ seq, table, slot }: Posting): boolean {
    return this.rows.versionOf(table, slot) === seq;
  }
}

function moveOf(scope: string, key: number, seq: number, left: boolean): ScopeMove {
  return { scope, table: Math.floor(key / tableSpan), slot: key % tableSpan, seq, left };
}
