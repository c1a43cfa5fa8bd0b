import { ByteWriter } from '../base/bytes.ts';
import { type Mask, maskIndexes } from '../base/mask.ts';
import type { CommittedState } from './committed-state.ts';
import { deltaBytesAtMost, SentScopes } from './delta-size.ts';
import { comparePositions, type Posting, type ScanPosition, scanAfter } from './posting-list.ts';
import type { RowDelta } from './row-delta.ts';
import type { ScopeChange } from './scope-index.ts';
import type { TableState } from './table-state.ts';

/** What one group of a receiver's cursor asks for (design 6). */
export interface DeltaRequest {
  /** The group's scopes, by number. */
  readonly scopes: ReadonlySet<number>;
  /** Those of them that can have changes behind `at`, where that is known. */
  readonly moved?: ReadonlySet<number> | undefined;
  /**
   * All scopes that the receiver holds, of whatever group: rows in one of them are not evicted. It holds the same
   * tables in each of them.
   */
  readonly held: ReadonlySet<number>;
  /** Whether the group has the table. */
  readonly ofTable: (table: number) => boolean;
  /** The last complete checkpoint: masks, entries and deletions are judged from it. 0 for none yet. */
  readonly since: number;
  /**
   * Head at the first batch that the receiver was sent on behalf of any of its groups, this one being among them.
   * Deletions up to it mean nothing to a group without a checkpoint; later ones do, for rows of its scopes may have
   * come by another group.
   */
  readonly first: number;
  /** Where the scan stands. */
  readonly at: ScanPosition;
  /** Where it is to end, if it comes so far. */
  readonly until?: ScanPosition | undefined;
  /** The highest head of which the receiver was sent something; what came after it, it does not have. */
  readonly upto: number;
  readonly rowsMax: number;
  /** Of the Delta that carries the rows, whatever its encoding; the row that reaches it is the last one. */
  readonly bytesMax: number;
  /** Changes to look at, sent or not: what bounds the step where most of them mean nothing to the receiver. */
  readonly visitsMax: number;
}

export interface DeltaScan {
  readonly deltas: readonly RowDelta[];
  /** The most that they take in a Delta, whatever its encoding. */
  readonly bytes: number;
  /** Where the scan stands now. */
  readonly at: ScanPosition;
  /** True when nothing is left up to the state's head. */
  readonly done: boolean;
  /** The sets of scopes of the rows that were looked at. */
  readonly scopeSets: ReadonlySet<number>;
}

/** Rows are written into pieces of memory, each larger than the one before, so that they need not be moved. */
const pieceBytesMin = 1 << 10;
const pieceBytesMax = 256 << 10;

/**
 * Gathers the next changes of a group up to the state's head, in one synchronous step of bounded size. A first
 * sync is a scan from 0, a live update a scan from the last commit: one code path.
 */
export function scanDeltas(state: CommittedState, request: DeltaRequest): DeltaScan {
  const { rowsMax, bytesMax, visitsMax, until } = request;
  const deltas: RowDelta[] = [];
  const sent = new SentScopes(state.scopes, request.held);
  let room = pieceBytesMin;
  let out = new ByteWriter(room);
  let bytes = 0;
  let { at } = request;
  let visits = 0;
  const scopeSets = new Set<number>();
  for (const change of state.scopes.scan(request.moved ?? request.scopes, at)) {
    if (deltas.length >= rowsMax || bytes >= bytesMax || visits >= visitsMax) {
      return { deltas, bytes, at, done: false, scopeSets };
    }
    if (until !== undefined && comparePositions(change, until) > 0) {
      return { deltas, bytes, at: until, done: false, scopeSets };
    }
    visits++;
    at = { seq: change.seq, table: change.table, number: change.number };
    if (!request.ofTable(change.table)) continue;
    scopeSets.add(state.tables[change.table]!.scopeSetOf(change.slot));
    const delta = deltaOf(state, request, change, sent, out);
    if (delta === undefined) continue;
    deltas.push(delta);
    bytes += deltaBytesAtMost(delta, sent);
    if (out.length < 0.75 * room) continue;
    room = Math.min(pieceBytesMax, 2 * room);
    out = new ByteWriter(room);
  }
  return { deltas, bytes, at: scanAfter(state.head), done: true, scopeSets };
}

function deltaOf(
  state: CommittedState,
  request: DeltaRequest,
  change: ScopeChange,
  sent: SentScopes,
  out: ByteWriter,
): RowDelta | undefined {
  const table = state.tables[change.table]!;
  const { slot } = change;
  const live = table.columns.isLive(slot);
  if (live && !change.left) return liveDelta(state, request, table, slot, sent, out);
  if (neverHeld(request, change, table)) return undefined;
  if (!change.left) return goneDelta(state, table, change, 'deleted');
  // A live row in another scope that the receiver holds is sent by that one, with the memberships as they are now.
  // A deleted one need not be: a scope that is new to the receiver does not tell of earlier deletions.
  return live && isHeld(state, request, table, slot)
    ? undefined
    : goneDelta(state, table, change, 'evicted');
}

/**
 * True where the receiver cannot hold the row: it has no checkpoint, and the row was gone before its scan began; or
 * the row came after all that it was sent.
 */
function neverHeld(request: DeltaRequest, change: Posting, table: TableState): boolean {
  const { since, first, upto } = request;
  if (since === 0 && change.seq <= first) return true;
  return table.insertedAt(change.slot) > upto;
}

function isHeld(
  state: CommittedState,
  request: DeltaRequest,
  table: TableState,
  slot: number,
): boolean {
  const members = state.scopes.setMembers(table.scopeSetOf(slot));
  return members.some((id) => request.held.has(id));
}

function liveDelta(
  state: CommittedState,
  request: DeltaRequest,
  table: TableState,
  slot: number,
  sent: SentScopes,
  out: ByteWriter,
): RowDelta {
  const whole = request.since === 0 || heldSince(state, request, table, slot) > request.since;
  const mask = whole ? undefined : table.changedSince(slot, request.since);
  const start = out.length;
  table.columns.encodeRow(slot, mask, out);
  return {
    kind: whole ? 'full' : 'patch',
    table: table.def.name,
    number: table.numberOf(slot),
    key: table.columns.keyOf(slot),
    version: table.versionOf(slot),
    stamp: table.stampOf(slot),
    writer: state.writers.text(table.writerOf(slot)),
    fields: mask === undefined ? [] : fieldNumbers(table, mask),
    scopes: sent.namesOf(table.scopeSetOf(slot)),
    row: out.viewFrom(start),
    slot,
  };
}

/** The earliest seq since which the row has always been in one of the group's scopes. */
function heldSince(
  state: CommittedState,
  request: DeltaRequest,
  table: TableState,
  slot: number,
): number {
  const inserted = table.insertedAt(slot);
  let earliest = Number.MAX_SAFE_INTEGER;
  for (const id of state.scopes.setMembers(table.scopeSetOf(slot))) {
    if (!request.scopes.has(id)) continue;
    earliest = Math.min(earliest, state.scopes.enteredAt(id, table.def.index, slot, inserted));
  }
  return earliest;
}

function fieldNumbers(table: TableState, mask: Mask): number[] {
  return maskIndexes(mask).map((index) => table.def.columns[index]!.number);
}

function goneDelta(
  state: CommittedState,
  table: TableState,
  { slot, seq }: Posting,
  kind: 'deleted' | 'evicted',
): RowDelta {
  return {
    kind,
    table: table.def.name,
    number: table.numberOf(slot),
    key: table.columns.keyOf(slot),
    version: seq,
    // Who moved a row out of a scope, and when, is not for those whom it left.
    stamp: kind === 'deleted' ? table.stampOf(slot) : 0,
    writer: kind === 'deleted' ? state.writers.text(table.writerOf(slot)) : '',
    fields: [],
    scopes: [],
    row: new Uint8Array(0),
  };
}
