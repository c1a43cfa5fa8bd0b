import type { ByteWriter } from '../base/bytes.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { saveRows } from '../change/rows-snapshot.ts';
import type { ScopeMove } from '../change/scope-index.ts';
import type { TableState } from '../change/table-state.ts';
import { writeFixed } from '../codec/fixed-column.ts';
import { TextPlaces } from '../codec/text-places.ts';
import { fingerprintText } from '../schema/fingerprint.ts';
import type { ChecksPiece } from './chain-checks.ts';
import type { CommitChain } from './commit-chain.ts';
import { BlockKind, BlockWriter, blockRowsMax, blockTextBytesMax } from './snapshot-block.ts';
import { type SnapshotHeader, writeHeader, writeTrailer } from './snapshot-header.ts';
import type { DigestPiece, WriterDigests } from './writer-digests.ts';

/** What a snapshot of a home is gathered from. */
export interface SnapshotSource {
  readonly state: CommittedState;
  readonly digests: WriterDigests;
  /** Counter up to which a writer's transactions are durable. */
  readonly settledOf: (replica: string) => number;
  /** Of the log: its newest hash, and which are known. */
  readonly chain: Pick<CommitChain, 'durable' | 'pieces'>;
  readonly logId: Uint8Array;
}

/** Cells of one block at most, so that rows of many columns come in smaller blocks. */
const blockCellsMax = 1 << 17;
/** Scopes that are looked through for moves in one step. */
const stepScopesMax = 16 << 10;
/** Checks of the log's chain in one block. */
export const blockChecksMax = 16 << 10;
/** Bytes of the digests of one block, about. */
const blockDigestBytesMax = 64 << 10;

/**
 * The blocks of a snapshot, each gathered in one step of bounded size when it is asked for; `undefined` for a step that
 * found nothing to write. Commits may be made durable between two steps (it is *fuzzy*): rows are those of the moment when
 * their block was gathered, and scope moves and digests, which come behind all rows, are those of theirs. So whatever is
 * younger than the beginning is either there or made again by replaying the log, from the beginning to the end that the last
 * block names.
 */
export function* gatherSnapshot(
  source: SnapshotSource,
  rowsMax: number = blockRowsMax,
): Generator<Uint8Array | undefined, void> {
  const { state } = source;
  const header = headerOf(source);
  const writer = new BlockWriter(state.head);
  yield writer.block(BlockKind.header, (out) => writeHeader(header, out));
  let rowCount = 0;
  for (const [index, table] of state.tables.entries()) {
    // Rows that come meanwhile are left to the log: who writes fast must not make it last for ever.
    const { slotEnd } = header.tables[index]!;
    for (let first = 0, count = 0; first < slotEnd; first += count) {
      count = blockCount(table, first, Math.min(slotEnd, first + rowsMax));
      yield writer.block(BlockKind.rows, (out) => writeRows(state, table, first, count, out));
    }
    rowCount += slotEnd;
  }
  let moveCount = 0;
  for (const moves of gatherMoves(source, header)) {
    moveCount += moves.length;
    yield moves.length === 0
      ? undefined
      : writer.block(BlockKind.moves, (out) => writeMoves(moves, out));
  }
  for (const pieces of gatherDigests(source)) {
    yield writer.block(BlockKind.digests, (out) => writeDigests(pieces, out));
  }
  for (const piece of source.chain.pieces(state.head, blockChecksMax)) {
    yield writer.block(BlockKind.checks, (out) => writeChecks(piece, out));
  }
  const counts = { blockCount: writer.count, rowCount, moveCount };
  yield writer.block(BlockKind.trailer, (out) =>
    writeTrailer({ endSeq: state.head, ...counts }, out),
  );
}

function headerOf({ state, chain, logId }: SnapshotSource): SnapshotHeader {
  const { version, fingerprint, tables } = state.schema;
  return {
    logId,
    seq: state.head,
    chain: chain.durable,
    schema: { version, fingerprint, facts: fingerprintText(tables) },
    tables: state.tables.map(({ def, columns }) => ({
      name: def.name,
      slotEnd: columns.slotEnd,
      fields: def.columns.map(({ number }) => number),
    })),
  };
}

function blockCount({ def, columns }: TableState, first: number, slotEnd: number): number {
  const cellsMax = Math.max(1, Math.floor(blockCellsMax / def.columns.length));
  const rowsMax = Math.min(blockRowsMax, cellsMax, slotEnd - first);
  return columns.blockRows(first, rowsMax, blockTextBytesMax);
}

function writeRows(
  state: CommittedState,
  table: TableState,
  first: number,
  count: number,
  out: ByteWriter,
): void {
  out.varint(table.def.index);
  out.varint(first);
  out.varint(count);
  saveRows(state, table, first, count, out);
}

/** Moves of rows that are in blocks; nothing where a step saw only scopes without any. */
function* gatherMoves(
  { state }: SnapshotSource,
  { tables }: SnapshotHeader,
): Generator<ScopeMove[]> {
  let moves: ScopeMove[] = [];
  let scopes = 0;
  for (const move of state.scopes.moves()) {
    if (move === undefined) scopes++;
    else if (move.slot < tables[move.table]!.slotEnd) moves.push(move);
    if (moves.length < blockRowsMax && scopes < stepScopesMax) continue;
    yield moves;
    moves = [];
    scopes = 0;
  }
  yield moves;
}

function* gatherDigests({ digests, settledOf }: SnapshotSource): Generator<DigestPiece[]> {
  let pieces: DigestPiece[] = [];
  let bytes = 0;
  for (const piece of digests.pieces(settledOf, blockDigestBytesMax / 4)) {
    pieces.push(piece);
    bytes += 4 * piece.checks.length + piece.replica.length;
    if (bytes < blockDigestBytesMax) continue;
    yield pieces;
    pieces = [];
    bytes = 0;
  }
  if (pieces.length > 0) yield pieces;
}

function writeMoves(moves: readonly ScopeMove[], out: ByteWriter): void {
  const scopes = new TextPlaces();
  const column = (numberOf: (move: ScopeMove) => number) => Float64Array.from(moves, numberOf);
  const columns = [
    column(({ scope }) => scopes.placeOf(scope)),
    column(({ table }) => table),
    column(({ slot }) => slot),
    column(({ seq }) => seq),
    column(({ left }) => Number(left)),
  ];
  out.varint(moves.length);
  scopes.write(out);
  for (const values of columns) writeFixed(out, values, moves.length);
}

function writeDigests(pieces: readonly DigestPiece[], out: ByteWriter): void {
  out.varint(pieces.length);
  for (const { replica, first, checks } of pieces) {
    out.lengthText(replica);
    out.varint(first);
    out.varint(checks.length);
    for (const check of checks) out.fixed32(check);
  }
}

function writeChecks({ first, checks }: ChecksPiece, out: ByteWriter): void {
  out.varint(first);
  out.varint(checks.length);
  for (const check of checks) out.fixed32(check);
}
