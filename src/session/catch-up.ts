import { Code, SyncError } from '../base/errors.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { type DeltaRequest, type DeltaScan, scanDeltas } from '../change/delta-scan.ts';
import { comparePositions, type ScanPosition, scanAfter } from '../change/posting-list.ts';
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
import { GroupScopes } from './group-scopes.ts';
import { forkOf } from './history.ts';
import type { Progress } from './messages.ts';
import { rowCountOf, SharedBlock } from './shared-blocks.ts';
import type { SyncSource } from './source.ts';
import type { Served } from './subscription.ts';

/** One batch of a catch-up. */
export interface Batch {
  /** None where they are those of `block`, which was made before. */
  readonly deltas: readonly RowDelta[];
  /** Whole rows that others who begin are sent, too. */
  readonly block?: SharedBlock | undefined;
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
  /** Under which blocks of its first sync are shared. */
  private readonly sharedName: string | undefined;

  /**
   * `groups` cover what is served and nothing else, `check` is that of the chain at the newest of them, and `progress` where
   * an interrupted catch-up stood. Those who are sent what they hold in the same `form` share the blocks of first syncs.
   */
  constructor(
    source: SyncSource,
    served: Served,
    { groups, check, progress }: Pick<Cursor, 'groups' | 'check' | 'progress'>,
    form?: string,
  ) {
    this.source = source;
    this.served = served;
    this.state = source.state;
    this.holdings = source.holdings;
    this.scanner = source.scanner;
    this.groups = [...groups];
    this.sharedName = form && isFirst(groups) ? sharedNameOf(served, form) : undefined;
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
    const { deltas, done, block } = this.gather(bytesMax);
    return done ? this.atBoundary(deltas) : this.underWay(deltas, block);
  }

  private checkHistory(): void {
    if (!this.isUntold) return;
    this.isUntold = false;
    if (forkOf(this.source, this.floor, this.check) !== undefined) throw sourceReplaced();
  }

  /** One group after the other, until a batch is full. */
  private gather(bytesMax: number): Gathered {
    const { limits } = this.source;
    if (this.passed >= 0) this.groups = [this.groupAt(this.passed)];
    this.passed = -1;
    this.beginFresh();
    this.scopes.extend();
    const moved = this.watch.follow() ? this.watch.moved : undefined;
    const name = this.nameToShare();
    if (name !== undefined) return this.gatherShared(name, bytesMax);
    if (this.groups.length === 1 && !this.isAtHead(this.groups[0]!)) {
      return this.scan(0, moved, limits.deltaRowsMax, bytesMax);
    }
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

  /** Where there is no block that others were sent, one that others will be, if it is a whole one. */
  private gatherShared(name: string, bytesMax: number): Gathered {
    const { blocks, limits } = this.source;
    const { state, groups } = this;
    const start = groups[0]!.at;
    const found = blocks.find(name, start, state, this.scopes.held);
    if (found !== undefined && found.bytes <= bytesMax) {
      groups[0] = { ...groups[0]!, at: found.end, upto: state.head, scanner: this.scanner };
      return { deltas: [], block: found, done: false };
    }
    const until = blocks.nextStart(name, start);
    const scan = this.scan(0, undefined, limits.deltaRowsMax, bytesMax, until);
    const { deltas, bytes, done } = scan;
    const isWhole = deltas.length >= limits.deltaRowsMax || bytes >= limits.deltaBytesMax;
    if (done || !isWhole || deltas.some(({ kind }) => kind !== 'full')) return { deltas, done };
    const block = new SharedBlock({ start, end: scan.at }, deltas, bytes, state);
    blocks.add(name, block, state);
    return { deltas, block, done };
  }

  /** Undefined where it is sent what others are not. */
  private nameToShare(): string | undefined {
    if (this.sharedName === undefined || !isFirst(this.groups)) return undefined;
    const { scopes } = this.state;
    const own = this.served.scopes.filter(isOwn).flatMap((name) => scopes.find(name) ?? []);
    return scopes.countAfter(own, 0) === 0 ? this.sharedName : undefined;
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
    until?: ScanPosition,
  ): DeltaScan {
    const { state } = this;
    const group = this.groups[index]!;
    const { byGroup, held } = this.scopes.of(this.groups);
    const request: DeltaRequest = {
      scopes: byGroup[index]!,
      moved,
      held,
      ofTable: this.scopes.tableTest(group.tables),
      since: group.since,
      first: group.first,
      at: group.at,
      until,
      upto: group.upto,
      rowsMax,
      bytesMax,
      visitsMax: this.source.limits.deltaVisitsMax,
    };
    const make = () => scanDeltas(state, request);
    const isLive = this.groups.length === 1 && group.since > 0;
    const scan = isLive ? this.source.live.scan(state, group.tables, request, make) : make();
    this.groups[index] = { ...group, at: scan.at, upto: state.head, scanner: this.scanner };
    return scan;
  }

  private underWay(deltas: readonly RowDelta[], block: SharedBlock | undefined): Batch {
    this.progress = this.moved(rowCountOf({ deltas, block }));
    const { progress } = this;
    return { deltas, block, cursor: this.cursor(progress), boundary: undefined, progress };
  }

  /** At a checkpoint all groups stand at the same seq, and together they are what is served: one group. */
  private atBoundary(deltas: readonly RowDelta[]): Batch {
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

interface Gathered {
  readonly deltas: readonly RowDelta[];
  readonly done: boolean;
  readonly block?: SharedBlock;
}

/** Of a subscription to more scopes the name would be long, and nobody else's. */
const sharedScopesMax = 64;

/** A first sync, of which all groups are one. */
function isFirst(groups: readonly CursorGroup[]): boolean {
  return groups.length === 1 && groups[0]!.since === 0;
}

/** The scope of one replica, in which a new one has nothing. */
function isOwn(scope: string): boolean {
  return scope.startsWith('$replica/');
}

/** Undefined where nobody else is sent the same: what relays hold differs by the writers that it concerns. */
function sharedNameOf({ scopes, tables }: Served, form: string): string | undefined {
  const shared = scopes.filter((scope) => !isOwn(scope));
  const isRare = scopes.length > sharedScopesMax || scopes.includes('$replica/*');
  return isRare ? undefined : JSON.stringify([form, shared, tables]);
}

const noProgress: Progress = { rowsDone: 0, rowsLeft: Number.MAX_SAFE_INTEGER };

function sourceReplaced(): SyncError {
  return new SyncError(
    Code.unavailable,
    'SOURCE_REPLACED',
    'this server has begun a new copy: connect again',
  );
}
