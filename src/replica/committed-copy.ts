import { assert, SyncError } from '../base/errors.ts';
import { positionOf } from '../base/seq.ts';
import { CommittedState, type Keeping } from '../change/committed-state.ts';
import { applyDelta, type RowName } from '../change/delta-apply.ts';
import { ExpectedTotals } from '../change/expected-totals.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import { digestValue, type ScopeTotal } from '../change/row-digest.ts';
import { patternsMatch } from '../schema/scope-pattern.ts';
import type { Schema } from '../schema/table-def.ts';
import { ChainChecks, type ChecksPiece, type ChecksRun } from './chain-checks.ts';
import { LeftChains } from './left-chains.ts';

/** Scopes and patterns, and tables, to keep rows of. Empty `tables` means all. */
export interface Kept {
  readonly scopes: readonly string[];
  readonly tables: readonly string[];
}

/** What came on one stream, in the order of coming. */
export interface StagedPart {
  /** What that stream serves: rows outside of it go before its deltas come. */
  readonly keep: Kept | undefined;
  readonly deltas: RowDelta[];
}

/** Where a copy stands, beside its rows: what is stored of it. */
export interface CopyPosition {
  readonly cursor: Uint8Array;
  /** Of what is shown. */
  readonly head: number;
  readonly complete: boolean;
  readonly proven: boolean;
  /** Whether another copy is built behind the shown one. */
  readonly building: boolean;
}

/** What a checkpoint did to the committed rows. */
export interface Advance {
  /** False: this copy is not what the server says. */
  readonly proven: boolean;
  /** Rows that may be otherwise than they were; 'all' where the copy was exchanged. */
  readonly touched: readonly RowName[] | 'all';
}

/**
 * A replica's copy of committed rows. What a server sends is staged and becomes visible at a checkpoint, all at once.
 * A first copy, or one that starts anew, is built beside the one that is shown and then takes its place.
 */
export class CommittedCopy {
  private readonly schema: Schema;
  private readonly relay: boolean;
  private shown: CommittedState;
  private building: CommittedState | undefined;
  private staged: StagedPart[] = [];
  private storedCursor: Uint8Array = new Uint8Array(0);
  private checkpointCursor: Uint8Array = new Uint8Array(0);
  private complete = false;
  private isProven = true;
  private readonly checksMax: number;
  /** Of the copy that is shown; a relay's, as far as it was told. */
  private checks: ChainChecks;
  /** Of copies before it that were of other histories. */
  readonly left = new LeftChains();

  /** Of a relay's the checks of the newest `checksMax` commits are known. */
  constructor(schema: Schema, relay: boolean, checksMax = 0) {
    this.schema = schema;
    this.relay = relay;
    this.checksMax = checksMax;
    this.checks = new ChainChecks(checksMax);
    this.shown = this.emptyState();
  }

  /** State at the last checkpoint. */
  get state(): CommittedState {
    return this.shown;
  }

  /** Where the next session goes on; it covers all that is staged. Empty: from the start. */
  get cursor(): Uint8Array {
    return this.storedCursor;
  }

  /** The cursor at the checkpoint that is shown; empty before the first. */
  get shownCursor(): Uint8Array {
    return this.checkpointCursor;
  }

  /** False from a proof that failed to the next that does not: nobody else is served meanwhile. */
  get proven(): boolean {
    return this.isProven;
  }

  /** Whether a checkpoint was ever reached. */
  get synced(): boolean {
    return this.complete;
  }

  /** Four bytes of the chain hash at a position of the log whose copy is shown; undefined where they were not told. */
  checkAt(position: number): number | undefined {
    return this.checks.at(position);
  }

  /** All of these that are known, oldest first. */
  chainPieces(lengthMax: number): Generator<ChecksPiece, void> {
    return this.checks.pieces(this.checks.upto, lengthMax);
  }

  /**
   * Stages what a server sent, with the cursor behind it. With `keep`, which the first deltas of a stream bring, rows
   * that are in none of these scopes or tables go first. That must be remembered even if the stream breaks: a later
   * one that serves more again sends the others as new, and tells nothing of those that were deleted meanwhile.
   */
  stage(deltas: readonly RowDelta[], cursor: Uint8Array, keep?: Kept): void {
    if (this.building === undefined && this.storedCursor.length === 0) {
      this.building = this.emptyState();
    }
    const { building } = this;
    if (building === undefined) this.stagePart(deltas, keep);
    else {
      if (keep !== undefined) letGo(building, keep, []);
      for (const delta of deltas) applyDelta(building, delta);
    }
    this.storedCursor = cursor;
  }

  private stagePart(deltas: readonly RowDelta[], keep: Kept | undefined): void {
    if (keep !== undefined || this.staged.length === 0) this.staged.push({ keep, deltas: [] });
    const part = this.staged.at(-1)!;
    for (const delta of deltas) part.deltas.push(delta);
  }

  /** Begins a new copy beside the one that is shown. */
  restart(): void {
    this.building = undefined;
    this.staged = [];
    this.storedCursor = new Uint8Array(0);
  }

  /**
   * Makes what is staged visible, where that makes what the server says. Else nothing is shown of it, and a copy is to be
   * begun anew: a relay may not know of rows that came and went again between two checkpoints of its own.
   */
  advance(checkpoint: Checkpoint): Advance {
    const { building } = this;
    if (building !== undefined) return this.exchange(building, checkpoint);
    if (!this.isExpected(checkpoint)) return this.notProven();
    const touched: RowName[] = [];
    const fits = this.applyStaged(touched);
    this.isProven = fits && proves(this.shown.scopes.everything, checkpoint);
    // Who writes on a copy that is wrong has not seen all up to the checkpoint.
    if (this.isProven) {
      this.shown.head = checkpoint.seq;
      this.checkpointCursor = this.storedCursor;
      this.follow(checkpoint);
    }
    return { proven: this.isProven, touched };
  }

  get position(): CopyPosition {
    const { storedCursor: cursor, complete, isProven: proven, building } = this;
    const { head } = this.shown;
    return { cursor, head, complete, proven, building: building !== undefined };
  }

  /** Whether the next checkpoint puts another copy in the place of the one that is shown. */
  get isReplaced(): boolean {
    return this.building !== undefined || (this.complete && this.storedCursor.length === 0);
  }

  /** The copy that is built behind the shown one, if there is one. */
  get behind(): CommittedState | undefined {
    return this.building;
  }

  /** What the next checkpoint makes visible, in order. */
  get waiting(): readonly StagedPart[] {
    return this.staged;
  }

  /** Makes a fresh copy one that was stored; its rows and what was staged are to follow. */
  restore({ cursor, head, complete, proven, building }: CopyPosition): void {
    this.storedCursor = cursor;
    this.shown.head = head;
    // Deletions before it are not among the rows.
    this.shown.horizon = head;
    this.complete = complete;
    this.isProven = proven;
    this.building = building ? this.emptyState() : undefined;
  }

  /** Takes stored rows into the copy that is shown, or into the one behind it. */
  restoreRows(shown: boolean, deltas: readonly RowDelta[]): void {
    const state = shown ? this.shown : this.building;
    assert(state !== undefined, 'no copy is built behind the shown one');
    for (const delta of deltas) applyDelta(state, delta);
  }

  restoreShownCursor(cursor: Uint8Array): void {
    this.checkpointCursor = cursor;
  }

  restoreStaged({ keep, deltas }: StagedPart): void {
    this.staged.push({ keep, deltas: [...deltas] });
  }

  private exchange(building: CommittedState, checkpoint: Checkpoint): Advance {
    if (!proves(building.scopes.everything, checkpoint)) return { proven: false, touched: [] };
    building.head = checkpoint.seq;
    building.horizon = checkpoint.seq;
    this.shown = building;
    this.building = undefined;
    this.checkpointCursor = this.storedCursor;
    this.isProven = true;
    this.complete = true;
    const { checks } = this;
    this.checks = new ChainChecks(this.checksMax);
    this.follow(checkpoint);
    this.left.leave(checks, this.checks);
    return { proven: true, touched: 'all' };
  }

  /** Takes up what a checkpoint says of the chain. */
  private follow({ seq, chain = [] }: Checkpoint): void {
    if (!this.relay || chain.length === 0) return;
    this.addChain({ first: positionOf(seq) - chain.length + 1, checks: chain });
  }

  /** Of positions that follow those that are known; else only these are known from now on. */
  addChain(run: ChecksRun): void {
    if (run.first > this.checks.upto + 1) this.checks = new ChainChecks(this.checksMax);
    this.checks.noteAll(run);
  }

  private emptyState(): CommittedState {
    return new CommittedState(this.schema, this.relay ? 'relay' : 'leaf');
  }

  private notProven(): Advance {
    this.staged = [];
    this.isProven = false;
    return { proven: false, touched: [] };
  }

  /** Whether the shown copy with what is staged would hold what the server says. */
  private isExpected(checkpoint: Checkpoint): boolean {
    const expected = new ExpectedTotals(this.shown);
    for (const { keep, deltas } of this.staged) {
      if (keep !== undefined) expected.keep(keepingOf(keep));
      for (const delta of deltas) if (!expected.add(delta)) return false;
    }
    return proves(expected.totals, checkpoint);
  }

  /** False where a delta does not fit: the proof has failed then, whatever the digests say. */
  private applyStaged(touched: RowName[]): boolean {
    const parts = this.staged;
    this.staged = [];
    try {
      for (const { keep, deltas } of parts) {
        if (keep !== undefined) letGo(this.shown, keep, touched);
        for (const delta of deltas) {
          const row = applyDelta(this.shown, delta);
          if (row !== undefined) touched.push(row);
        }
      }
      return true;
    } catch (error) {
      if (error instanceof SyncError) return false;
      throw error;
    }
  }
}

/** Whether a copy with these totals holds what the server says: as many rows, and the same ones. */
function proves(totals: Readonly<ScopeTotal>, checkpoint: Checkpoint): boolean {
  return totals.count === checkpoint.rowCount && digestValue(totals) === checkpoint.digest;
}

/** Takes rows out of the scopes that are not kept, and those out of the copy that are in none then. */
function letGo(copy: CommittedState, keep: Kept, touched: RowName[]): void {
  for (const { table, slot, scopes } of copy.narrowed(keepingOf(keep))) {
    touched.push({ table: table.def, key: table.columns.keyOf(slot) });
    // Whoever is served from this copy is served less from now on, and greets again; so the seq is nobody's concern.
    const writing = { seq: table.versionOf(slot), stamp: 0, writer: copy.writers.intern('') };
    if (scopes.length > 0) copy.rescope(table, slot, copy.scopes.setOf(scopes));
    else copy.evict(table, slot, writing);
  }
}

function keepingOf({ scopes, tables }: Kept): Keeping {
  return {
    isWanted: ({ def }) => tables.length === 0 || def.system || tables.includes(def.name),
    isKept: (scope) => patternsMatch(scopes, scope),
  };
}
