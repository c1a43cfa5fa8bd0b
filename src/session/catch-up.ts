import { Code, SyncError } from '../base/errors.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { scanDeltas } from '../change/delta-scan.ts';
import { scanAfter } from '../change/posting-list.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { digestValue } from '../change/row-digest.ts';
import { patternMatches } from '../schema/scope-pattern.ts';
import { type CursorGroup, encodeCursor, freshGroup } from './cursor.ts';
import type { Progress } from './messages.ts';
import type { SyncSource } from './source.ts';

/** One batch of a catch-up. */
export interface Batch {
  readonly deltas: RowDelta[];
  readonly cursor: Uint8Array;
  /** Where all groups reached the head: its seq, and what the receiver holds now. */
  readonly boundary: { seq: number; rowCount: number; digest: bigint } | undefined;
  readonly progress: Progress;
}

/** Scope numbers of the groups in one state. */
interface Resolved {
  readonly scopeCount: number;
  readonly byGroup: readonly ReadonlySet<number>[];
  readonly held: ReadonlySet<number>;
}

/**
 * Brings one receiver's groups to the head of the source, batch by batch. Each batch is gathered in one
 * synchronous step; the one that reaches the head in all groups is the checkpoint, so its count and digest are
 * those of the very state that the receiver has then.
 */
export class CatchUp {
  private readonly source: SyncSource;
  private groups: CursorGroup[];
  private resolved: Resolved | undefined;
  private readonly state: CommittedState;
  /** Seq of the last boundary that was handed out; -1 for none. */
  private complete = -1;
  private rowsDone = 0;
  private rowsLeft = Number.MAX_SAFE_INTEGER;

  constructor(source: SyncSource, groups: readonly CursorGroup[]) {
    this.source = source;
    this.state = source.state;
    this.groups = [...groups];
  }

  /**
   * The next batch; `undefined` where the receiver has been brought to the head. UNAVAILABLE SOURCE_REPLACED
   * where the source began a new copy: the receiver's position means nothing in it, so it must greet again.
   */
  next(): Batch | undefined {
    const { state, limits } = this.source;
    if (state !== this.state) {
      throw new SyncError(
        Code.unavailable,
        'SOURCE_REPLACED',
        'this server has begun a new copy: connect again',
      );
    }
    if (this.complete === state.head) return undefined;
    const deltas: RowDelta[] = [];
    let rowsMax = limits.deltaRowsMax;
    let done = true;
    for (const [index, group] of this.groups.entries()) {
      if (group.at.seq >= state.head && group.upto >= state.head) continue;
      const scan = this.scan(group, index, rowsMax);
      deltas.push(...scan.deltas);
      rowsMax -= scan.deltas.length;
      done = scan.done;
      if (!done || rowsMax <= 0) {
        done = done && index === this.groups.length - 1;
        break;
      }
    }
    this.rowsDone += deltas.length;
    return done ? this.atHead(deltas) : this.underWay(deltas);
  }

  private scan(group: CursorGroup, index: number, rowsMax: number) {
    const { state, limits, schema } = this.source;
    const tables = new Set(group.tables);
    const first = group.since === 0 && group.upto === 0 ? state.head : group.first;
    const { byGroup, held } = this.resolve();
    const scan = scanDeltas(state, {
      scopes: byGroup[index]!,
      held,
      ofTable: (table) => tables.size === 0 || tables.has(schema.tables[table]!.name),
      since: group.since,
      first,
      at: group.at,
      rowsMax,
      bytesMax: limits.deltaBytesMax,
    });
    this.groups[index] = { ...group, first, at: scan.at, upto: state.head };
    return scan;
  }

  private underWay(deltas: RowDelta[]): Batch {
    return { deltas, cursor: this.cursor(), boundary: undefined, progress: this.progress() };
  }

  private atHead(deltas: RowDelta[]): Batch {
    const { state } = this.source;
    const boundary = this.totals();
    this.groups = joined(this.groups, state.head);
    this.complete = state.head;
    this.resolved = undefined;
    const progress = { rowsDone: this.rowsDone, rowsLeft: 0 };
    this.rowsDone = 0;
    this.rowsLeft = Number.MAX_SAFE_INTEGER;
    return { deltas, cursor: this.cursor(), boundary: { seq: state.head, ...boundary }, progress };
  }

  private totals(): { rowCount: number; digest: bigint } {
    const { state, schema } = this.source;
    const { byGroup } = this.resolve();
    // A pair of row and scope counts once, also where two groups cover it.
    const tablesByScope = new Map<number, Set<string> | 'all'>();
    for (const [index, group] of this.groups.entries()) {
      for (const scope of byGroup[index]!) {
        const known = tablesByScope.get(scope);
        if (known === 'all' || group.tables.length === 0) tablesByScope.set(scope, 'all');
        else tablesByScope.set(scope, new Set([...(known ?? []), ...group.tables]));
      }
    }
    let rowCount = 0;
    let digest = 0n;
    for (const [scope, tables] of tablesByScope) {
      const total = state.scopes.totals(
        [scope],
        (table) => tables === 'all' || tables.has(schema.tables[table]!.name),
      );
      rowCount += total.count;
      digest += digestValue(total);
    }
    return { rowCount, digest: BigInt.asUintN(64, digest) };
  }

  private cursor(): Uint8Array {
    return encodeCursor({ logId: this.source.logId, groups: this.groups });
  }

  private progress(): Progress {
    const { state } = this.source;
    const { byGroup } = this.resolve();
    let left = 0;
    for (const [index, group] of this.groups.entries()) {
      left += state.scopes.countAfter(byGroup[index]!, group.at.seq);
    }
    this.rowsLeft = Math.min(this.rowsLeft, left);
    return { rowsDone: this.rowsDone, rowsLeft: this.rowsLeft };
  }

  /** Patterns to scope numbers, anew when the state has new scopes. */
  private resolve(): Resolved {
    const { state } = this.source;
    if (this.resolved?.scopeCount === state.scopes.size) return this.resolved;
    const byGroup = this.groups.map(
      (group) =>
        new Set(
          state.scopes.matching((name) =>
            group.scopes.some((pattern) => patternMatches(pattern, name)),
          ),
        ),
    );
    const held = new Set(byGroup.flatMap((scopes) => [...scopes]));
    this.resolved = { scopeCount: state.scopes.size, byGroup, held };
    return this.resolved;
  }
}

/** At a checkpoint all groups stand at the same seq: those of the same tables become one. */
function joined(groups: readonly CursorGroup[], head: number): CursorGroup[] {
  const byTables = new Map<string, Set<string>>();
  for (const group of groups) {
    const key = group.tables.join();
    byTables.set(key, new Set([...(byTables.get(key) ?? []), ...group.scopes]));
  }
  return [...byTables].map(([tables, scopes]) => ({
    ...freshGroup([...scopes].sort(), tables === '' ? [] : tables.split(',')),
    since: head,
    first: head,
    at: scanAfter(head),
    upto: head,
  }));
}
