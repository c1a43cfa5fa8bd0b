import { ByteWriter } from '../base/bytes.ts';
import type { Mask } from '../base/mask.ts';
import { maskIndexes } from '../base/mask.ts';
import type { CommittedState } from './committed-state.ts';
import { type Posting, type ScanPosition, scanAfter } from './posting-list.ts';
import type { RowDelta } from './row-delta.ts';
import type { TableState } from './table-state.ts';

/** What one group of a receiver's cursor asks for (design 6). */
export interface DeltaRequest {
  /** The group's scopes, by number. */
  readonly scopes: ReadonlySet<number>;
  /** All scopes that the receiver holds, of whatever group: rows in one of them are not evicted. */
  readonly held: ReadonlySet<number>;
  /** Whether the group has the table. */
  readonly ofTable: (table: number) => boolean;
  /** The last complete checkpoint: masks, entries and deletions are judged from it. 0 for none yet. */
  readonly since: number;
  /** Head when the first scan began; deletions up to it mean nothing to a receiver without a checkpoint. */
  readonly first: number;
  /** Where the scan stands. */
  readonly at: ScanPosition;
  readonly rowsMax: number;
  readonly bytesMax: number;
}

export interface DeltaScan {
  readonly deltas: RowDelta[];
  /** Where the scan stands now. */
  readonly at: ScanPosition;
  /** True when nothing is left up to the state's head. */
  readonly done: boolean;
}

/**
 * Gathers the next changes of a group up to the state's head, in one synchronous step of bounded size. A first
 * sync is a scan from 0, a live update a scan from the last commit: one code path.
 */
export function scanDeltas(state: CommittedState, request: DeltaRequest): DeltaScan {
  const deltas: RowDelta[] = [];
  const out = new ByteWriter(64 << 10);
  let at = request.at;
  for (const posting of state.scopes.scan(request.scopes, request.at)) {
    if (deltas.length >= request.rowsMax || out.length >= request.bytesMax) {
      return { deltas, at, done: false };
    }
    at = { seq: posting.seq, table: posting.table, number: posting.number };
    if (!request.ofTable(posting.table)) continue;
    const delta = deltaOf(state, request, posting, posting.left, out);
    if (delta !== undefined) deltas.push(delta);
  }
  return { deltas, at: scanAfter(state.head), done: true };
}

function deltaOf(
  state: CommittedState,
  request: DeltaRequest,
  posting: Posting,
  left: boolean,
  out: ByteWriter,
): RowDelta | undefined {
  const table = state.tables[posting.table]!;
  const { slot } = posting;
  if (!left && table.columns.isLive(slot)) return liveDelta(state, request, table, slot, out);
  // The receiver can only hold states of the row from before this seq.
  if (request.since === 0 && posting.seq <= request.first) return undefined;
  if (!left) {
    // What came after the last checkpoint, and after all that was scanned, was never sent.
    const unseen = table.insertedAt(slot) > Math.max(request.since, request.at.seq);
    return unseen ? undefined : goneDelta(state, table, slot, 'deleted', posting.seq);
  }
  const elsewhere = state.scopes
    .setMembers(table.scopeSetOf(slot))
    .some((id) => request.held.has(id));
  // Then the scope that still holds it sends it, with the memberships as they are now.
  return elsewhere ? undefined : goneDelta(state, table, slot, 'evicted', posting.seq);
}

function liveDelta(
  state: CommittedState,
  request: DeltaRequest,
  table: TableState,
  slot: number,
  out: ByteWriter,
): RowDelta {
  const full = request.since === 0 || enteredAt(state, request, table, slot) > request.since;
  const mask = full ? undefined : table.changedSince(slot, request.since);
  const start = out.length;
  table.columns.encodeRow(slot, mask, out);
  const scopes: string[] = [];
  for (const id of state.scopes.setMembers(table.scopeSetOf(slot))) {
    if (request.held.has(id)) scopes.push(state.scopes.nameOf(id));
  }
  return {
    kind: full ? 'full' : 'patch',
    table: table.def.name,
    number: table.numberOf(slot),
    key: table.columns.keyOf(slot),
    version: table.versionOf(slot),
    stamp: table.stampOf(slot),
    writer: state.writers.text(table.writerOf(slot)),
    fields: mask === undefined ? [] : fieldNumbers(table, mask),
    scopes,
    row: out.peek().slice(start),
  };
}

/** The earliest seq at which the receiver could have held the row by one of the group's scopes. */
function enteredAt(
  state: CommittedState,
  request: DeltaRequest,
  table: TableState,
  slot: number,
): number {
  const inserted = table.insertedAt(slot);
  if (inserted > request.since) return inserted;
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
  slot: number,
  kind: 'deleted' | 'evicted',
  seq: number,
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
