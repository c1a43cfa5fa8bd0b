import { Code, SyncError } from '../base/errors.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { type DeltaScan, scanDeltas } from '../change/delta-scan.ts';
import { comparePositions, scanAfter } from '../change/posting-list.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { digestValue } from '../change/row-digest.ts';
import { ScopeWatch } from '../change/scope-watch.ts';
import {
  type Cursor,
  type CursorGroup,
  cursorHead,
  encodeCursor,
  groupAt,
  newestSeq,
} from './cursor.ts';
import { forkOf } from './history.ts';
import type { Progress } from './messages.ts';
import type { SyncSource } from './source.ts';
import { coverTest, type Served, tablesOf } from './subscription.ts';

/** One batch of a catch-up. */
export interface Batch {
  readonly deltas: RowDelta[];
  readonly cursor: Uint8Array;
  /** Where all groups reached the head: its seq, and what the receiver holds now. */
  readonly boundary: { seq: number; rowCount: number; digest: bigint } | undefined;
  readonly progress: Progress;
}

/**
 * Brings one receiver's groups to the head of the source, batch by batch. Each batch is gathered in one
 * synchronous step; the one that reaches the head in all groups is the checkpoint, so its count and digest are
 * those of the very state that the receiver has then.
 */
export class CatchUp {
  private readonly source: SyncSource;
  private readonly served: Served;
  private readonly state: CommittedState;
  private readonly holdings: Served | undefined;
  private readonly scanner: number;
  private readonly scopes: GroupScopes;
  /** What is served, followed from the last boundary on: what a commit touches of it is all there is to look at. */
  private readonly watch: ScopeWatch;
  private groups: CursorGroup[];
  /** Of the cursors with these groups: it is most of them where the scopes are many. */
  private cursorHead: Uint8Array | undefined;
  /** The receiver has stored something of this commit: a source that is behind it must not answer yet. */
  private readonly floor: number;
  /** The check of the chain at the floor. */
  private readonly check: number;
  /** Whether the source was behind the receiver, and so could not tell whether they are of one history. */
  private isUntold: boolean;
  private joined = false;
  /** Seq of the last boundary that was handed out; -1 for none. */
  private complete = -1;
  /** The one group stands at this seq, for commits up to it concerned nothing of the receiver's; -1 where it does not. */
  private passed = -1;
  private progress: Progress;

  /**
   * `groups` cover what is served and nothing else, `check` is that of the chain at the newest of them, and `progress` where
   * an interrupted catch-up stood.
   */
  constructor(
    source: SyncSource,
    served: Served,
    { groups, check, progress }: Pick<Cursor, 'groups' | 'check' | 'progress'>,
  ) {
    this.source = source;
    this.served = served;
    this.state = source.state;
    this.holdings = source.holdings;
    this.scanner = source.scanner;
    this.groups = [...groups];
    this.floor = newestSeq(groups);
    this.check = check;
    this.isUntold = !source.authoritative && this.floor > source.state.head;
    this.progress = progress ?? noProgress;
    this.scopes = new GroupScopes(source, served);
    this.watch = new ScopeWatch(
      source.state.scopes,
      this.scopes.held,
      this.scopes.tableTest(served.tables),
    );
  }

  /** Whether the receiver has been handed all that there is. */
  get atHead(): boolean {
    return this.complete === this.state.head;
  }

  /** Has the next batch come even when the receiver is at the head: a boundary with its proof. */
  prove(): void {
    this.complete = -1;
  }

  /**
   * Stands at the head without a batch, where the receiver was handed all up to a boundary, the commits since concern
   * nothing of what it is served, and no proof was asked for. Otherwise false, and nothing has changed.
   */
  pass(): boolean {
    const { state, holdings } = this.source;
    if (state !== this.state || holdings !== this.holdings || this.complete < 0) return false;
    this.scopes.extend();
    if (!this.watch.follow() || this.watch.moved.size > 0) return false;
    this.complete = state.head;
    this.passed = state.head;
    return true;
  }

  /**
   * The next batch, of about so many bytes at the most; `undefined` where the receiver has been brought to the head, or the source does not have what
   * the receiver has. UNAVAILABLE SOURCE_REPLACED where the source began a new copy, holds other scopes than it did, or has
   * come past the receiver on another history: the receiver's position means nothing in it, so it must greet again.
   */
  next(bytesMax = this.source.limits.deltaBytesMax): Batch | undefined {
    const { state, logId, holdings } = this.source;
    if (state !== this.state || holdings !== this.holdings) throw sourceReplaced();
    if (logId.length === 0 || state.head < this.floor || this.atHead) return undefined;
    this.checkHistory();
    const { deltas, done } = this.gather(bytesMax);
    return done ? this.atBoundary(deltas) : this.underWay(deltas);
  }

  private checkHistory(): void {
    if (!this.isUntold) return;
    this.isUntold = false;
    if (forkOf(this.source, this.floor, this.check) !== undefined) throw sourceReplaced();
  }

  /** One group after the other, until a batch is full. */
  private gather(bytesMax: number): { deltas: RowDelta[]; done: boolean } {
    const { limits } = this.source;
    if (this.passed >= 0) this.groups = [this.groupAt(this.passed)];
    this.passed = -1;
    this.beginFresh();
    this.scopes.extend();
    const moved = this.watch.follow() ? this.watch.moved : undefined;
    const deltas: RowDelta[] = [];
    let bytesLeft = bytesMax;
    for (const [index, group] of this.groups.entries()) {
      if (this.isAtHead(group)) continue;
      const rowsLeft = limits.deltaRowsMax - deltas.length;
      if (rowsLeft <= 0 || bytesLeft <= 0) return { deltas, done: false };
      const scan = this.scan(index, moved, rowsLeft, bytesLeft);
      for (const delta of scan.deltas) deltas.push(delta);
      bytesLeft -= scan.bytes;
      if (!scan.done) return { deltas, done: false };
    }
    return { deltas, done: true };
  }

  /**
   * Groups that are new begin together, at the first batch: from then on rows of their scopes may reach the receiver
   * by other groups, so deletions from then on concern it.
   */
  private beginFresh(): void {
    const { head } = this.state;
    this.groups = this.groups.map((group) =>
      group.since === 0 && group.upto === 0 ? { ...group, first: head, upto: head } : group,
    );
  }

  /** A batch may end within a commit, so standing at the head's seq is not enough. */
  private isAtHead(group: CursorGroup): boolean {
    const { head } = this.state;
    return group.upto === head && comparePositions(group.at, scanAfter(head)) >= 0;
  }

  private scan(
    index: number,
    moved: ReadonlySet<number> | undefined,
    rowsMax: number,
    bytesMax: number,
  ): DeltaScan {
    const { state } = this;
    const group = this.groups[index]!;
    const { byGroup, held } = this.scopes.of(this.groups);
    const scan = scanDeltas(state, {
      scopes: byGroup[index]!,
      moved,
      held,
      ofTable: this.scopes.tableTest(group.tables),
      since: group.since,
      first: group.first,
      at: group.at,
      upto: group.upto,
      rowsMax,
      bytesMax,
      visitsMax: this.source.limits.deltaVisitsMax,
    });
    this.groups[index] = { ...group, at: scan.at, upto: state.head, scanner: this.scanner };
    return scan;
  }

  private underWay(deltas: RowDelta[]): Batch {
    this.progress = this.moved(deltas.length);
    const { progress } = this;
    return { deltas, cursor: this.cursor(progress), boundary: undefined, progress };
  }

  /** At a checkpoint all groups stand at the same seq, and together they are what is served: one group. */
  private atBoundary(deltas: RowDelta[]): Batch {
    const { head } = this.state;
    const progress = { rowsDone: this.progress.rowsDone + deltas.length, rowsLeft: 0 };
    this.groups = [this.groupAt(head)];
    if (!this.joined) this.join();
    this.complete = head;
    this.progress = noProgress;
    const boundary = { seq: head, ...this.totals() };
    return { deltas, cursor: this.cursor(undefined), boundary, progress };
  }

  /** From the first boundary on there is one group, and always the same. */
  private join(): void {
    this.joined = true;
    this.cursorHead = undefined;
    this.scopes.forget();
  }

  private groupAt(seq: number): CursorGroup {
    return groupAt(seq, this.served.scopes, this.served.tables);
  }

  /** What the receiver holds now that it has all there is. */
  private totals(): { rowCount: number; digest: bigint } {
    const { watch } = this;
    if (watch.follow()) watch.settle();
    else watch.begin();
    return { rowCount: watch.total.count, digest: digestValue(watch.total) };
  }

  private cursor(progress: Progress | undefined): Uint8Array {
    const { logId, state } = this.source;
    // The groups stand at the head, and none is beyond it.
    const check = this.source.checkAt(state.head)!;
    const cursor = { logId, check, groups: this.groups, progress };
    this.cursorHead ??= cursorHead(cursor);
    return encodeCursor(cursor, this.cursorHead);
  }

  /** Rows left never grow, so that a progress bar does not run backwards while others write. */
  private moved(rows: number): Progress {
    const { byGroup } = this.scopes.of(this.groups);
    let left = 0;
    for (const [index, group] of this.groups.entries()) {
      left += this.state.scopes.countAfter(byGroup[index]!, group.at.seq);
    }
    const rowsLeft = Math.max(1, Math.min(this.progress.rowsLeft, left));
    return { rowsDone: this.progress.rowsDone + rows, rowsLeft };
  }
}

const noProgress: Progress = { rowsDone: 0, rowsLeft: Number.MAX_SAFE_INTEGER };

interface ResolvedScopes {
  readonly byGroup: readonly ReadonlySet<number>[];
  /** Of all groups. */
  readonly held: ReadonlySet<number>;
}

/**
 * Patterns to scope numbers. Scopes are only ever added, so each is looked at once; and where all patterns are names,
 * none of those that are there already.
 */
class GroupScopes {
  private readonly source: SyncSource;
  private readonly isServed: (scope: string) => boolean;
  /** All that are served, of those that are known. */
  readonly held = new Set<number>();
  private known = 0;
  private byGroup: Set<number>[] = [];
  private assigned = 0;

  constructor(source: SyncSource, served: Served) {
    this.source = source;
    this.isServed = coverTest(served.scopes);
    if (!served.scopes.some((scope) => scope.endsWith('*'))) this.take(served.scopes);
  }

  private take(names: readonly string[]): void {
    const { scopes } = this.source.state;
    for (const name of names) {
      const scope = scopes.find(name);
      if (scope !== undefined) this.held.add(scope);
    }
    this.known = scopes.size;
  }

  /** Takes up the scopes that are new. */
  extend(): void {
    const { scopes } = this.source.state;
    for (; this.known < scopes.size; this.known++) {
      if (this.isServed(scopes.nameOf(this.known))) this.held.add(this.known);
    }
  }

  of(groups: readonly CursorGroup[]): ResolvedScopes {
    this.extend();
    if (groups.length === 1) return { byGroup: [this.held], held: this.held };
    // In an empty database no scope is known, and each group still needs its set.
    if (this.byGroup.length === 0 || this.assigned < this.known) this.assign(groups);
    return { byGroup: this.byGroup, held: this.held };
  }

  /** The groups have become others. */
  forget(): void {
    this.byGroup = [];
    this.assigned = 0;
  }

  tableTest(tables: readonly string[]): (table: number) => boolean {
    if (tables.length === 0) return () => true;
    const { schema } = this.source;
    const numbers = new Set(tables.map((name) => schema.tableByName.get(name)!.index));
    return (table) => numbers.has(table);
  }

  /** A scope that an earlier group has with all of a group's tables is not scanned for it once more. */
  private assign(groups: readonly CursorGroup[]): void {
    const { schema, state } = this.source;
    const tests = groups.map((group) => coverTest(group.scopes));
    const tables = groups.map((group) => tablesOf(schema, group.tables));
    this.byGroup = groups.map(() => new Set());
    for (const scope of this.held) {
      const name = state.scopes.nameOf(scope);
      for (let index = 0; index < groups.length; index++) {
        if (!tests[index]!(name)) continue;
        const known = this.byGroup.some(
          (scopes, at) => scopes.has(scope) && isSubset(tables[index]!, tables[at]!),
        );
        if (!known) this.byGroup[index]!.add(scope);
      }
    }
    this.assigned = this.known;
  }
}

function isSubset(tables: readonly string[], of: readonly string[]): boolean {
  return tables.every((table) => of.includes(table));
}

function sourceReplaced(): SyncError {
  return new SyncError(
    Code.unavailable,
    'SOURCE_REPLACED',
    'this server has begun a new copy: connect again',
  );
}
