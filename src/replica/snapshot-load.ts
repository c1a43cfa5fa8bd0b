import { type ByteReader, bytesEqual, malformed } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { restoreRows, type SavedTable } from '../change/rows-snapshot.ts';
import { readFixed } from '../codec/fixed-column.ts';
import { readTexts } from '../codec/text-places.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { ChecksPiece } from './chain-checks.ts';
import { checkFits } from './schema-record.ts';
import { BlockKind, BlockReader, blockRowsMax } from './snapshot-block.ts';
import {
  readHeader,
  readTrailer,
  type SnapshotHeader,
  type SnapshotTable,
  type SnapshotTrailer,
} from './snapshot-header.ts';
import type { WriterDigests } from './writer-digests.ts';

/** Where a home stands that has loaded a snapshot. */
export interface LoadedSnapshot {
  /** Newest commit when it began; the log is replayed from behind it. */
  readonly seq: number;
  /** Chain hash of that commit. */
  readonly chain: Uint8Array;
  /** Newest commit when it ended. Before the log is replayed up to it, rows are of different moments. */
  readonly wholeAtSeq: number;
  /** What is known of the chain, oldest first. */
  readonly checks: readonly ChecksPiece[];
}

const format = 'snapshot';
const unlimited = 2 ** 53;
/** The order in which kinds come. What is none of them comes before all. */
const order: readonly number[] = (
  ['header', 'rows', 'moves', 'digests', 'checks', 'trailer'] as const
).map((kind) => BlockKind[kind]);

/**
 * Takes the blocks of a snapshot into a fresh state. Whatever is not as `gatherSnapshot` wrote it, or belongs to another
 * log, is DATA_LOSS MALFORMED_BYTES, and the state is of no use then. FAILED_PRECONDITION SCHEMA_CHANGED or SCHEMA_OLDER
 * where the rows were written in a schema of which this is no addition.
 */
export class SnapshotLoad {
  private readonly state: CommittedState;
  private readonly digests: WriterDigests;
  private readonly logId: Uint8Array;
  private readonly blocks = new BlockReader();
  private header: SnapshotHeader | undefined;
  private trailer: SnapshotTrailer | undefined;
  private tables: SavedTable[] = [];
  /** Kinds come in order. */
  private kind: number = 0;
  private readonly checks: ChecksPiece[] = [];
  private rowCount = 0;
  private moveCount = 0;

  constructor(state: CommittedState, digests: WriterDigests, logId: Uint8Array) {
    this.state = state;
    this.digests = digests;
    this.logId = logId;
  }

  /** Takes up the next block. */
  add(block: Uint8Array): void {
    const { kind, body } = this.blocks.next(block);
    try {
      this.take(kind, body);
    } catch (error) {
      if (error instanceof SyncError && error.reason !== 'ASSERTION_FAILED') throw error;
      // Whatever fails on bytes that cannot be so, fails because of them.
      const problem = error instanceof Error ? error.message : String(error);
      throw body.fail(problem);
    }
    if (!body.done) throw body.fail('bytes are left over');
  }

  /** Seq of the newest commit when it began; 0 before the first block. */
  get seq(): number {
    return this.header?.seq ?? 0;
  }

  /** All blocks were taken up. */
  finish(): LoadedSnapshot {
    const { header, trailer } = this;
    if (header === undefined || trailer === undefined) throw malformed(format, 'it has no end');
    for (const { state } of this.tables) state.columns.indexKeys();
    this.state.head = header.seq;
    const { checks } = this;
    return { seq: header.seq, chain: header.chain, wholeAtSeq: trailer.endSeq, checks };
  }

  private take(kind: number, body: ByteReader): void {
    const [rank, before] = [order.indexOf(kind), order.indexOf(this.kind)];
    if (rank < 0) throw body.fail('the block is of an unknown kind');
    const follows = kind === this.kind ? kind !== BlockKind.header : rank > before;
    if (!follows || this.trailer !== undefined || (this.kind === 0 && kind !== BlockKind.header)) {
      throw body.fail('a block of this kind does not come here');
    }
    this.kind = kind;
    if (kind === BlockKind.header) this.takeHeader(body);
    else if (kind === BlockKind.rows) this.takeRows(body);
    else if (kind === BlockKind.moves) this.takeMoves(body);
    else if (kind === BlockKind.digests) this.takeDigests(body);
    else if (kind === BlockKind.checks) this.takeChecks(body);
    else this.takeTrailer(body);
  }

  private takeHeader(body: ByteReader): void {
    const header = readHeader(body);
    const { schema } = this.state;
    if (!bytesEqual(header.logId, this.logId)) throw body.fail('it belongs to another log');
    if (header.seq !== this.blocks.beganAt) throw body.fail('it began elsewhere');
    checkFits(header.schema, schema);
    const recheck = header.schema.fingerprint !== schema.fingerprint;
    this.tables = header.tables.map((table) => this.tableOf(table, recheck, body));
    this.header = header;
  }

  private tableOf({ name, slotEnd, fields }: SnapshotTable, recheck: boolean, body: ByteReader) {
    const def = this.state.schema.tableByName.get(name);
    if (def === undefined) throw body.fail(`the schema has no table ${name}`);
    const targets = fields.map((number) => {
      const column = def.columnByNumber.get(number);
      if (column === undefined) throw body.fail(`${name} has no field ${number}`);
      return column.index;
    });
    if (new Set(targets).size !== targets.length) throw body.fail(`${name} has a field twice`);
    const added = def.columns.map(({ index }) => index).filter((at) => !targets.includes(at));
    const state = this.state.table(def);
    state.columns.reserve(slotEnd);
    return { state, columns: { targets, added }, recheck: recheck && hasNested(def) };
  }

  private takeRows(body: ByteReader): void {
    const index = body.varint();
    const table = this.tables[index];
    const first = body.varint();
    const count = body.varint();
    if (table?.state.columns.slotEnd !== first || count === 0 || count > blockRowsMax) {
      throw body.fail('it has rows that do not come here');
    }
    restoreRows(this.state, table, count, body);
    this.rowCount += count;
  }

  private takeMoves(body: ByteReader): void {
    const count = body.varint();
    if (count > blockRowsMax) throw body.fail('it has too many moves');
    const scopes = readTexts(body);
    const column = (limit: number, what: string) => {
      const values = new Float64Array(count);
      readFixed(body, values, count, limit, what);
      return values;
    };
    const places = column(scopes.length, 'scope');
    const tables = column(this.tables.length, 'table');
    const slots = column(unlimited, 'slot');
    const seqs = column(unlimited, 'seq');
    const lefts = column(2, 'left');
    for (let at = 0; at < count; at++) {
      const { def, columns } = this.tables[tables[at]!]!.state;
      if (slots[at]! >= columns.slotEnd) throw body.fail('it has a move of an unknown row');
      this.state.scopes.restoreMove({
        scope: scopes[places[at]!]!,
        table: def.index,
        slot: slots[at]!,
        seq: seqs[at]!,
        left: lefts[at] === 1,
      });
    }
    this.moveCount += count;
  }

  private takeDigests(body: ByteReader): void {
    for (let left = body.count(); left > 0; left--) {
      const replica = body.lengthText();
      const first = body.varint();
      const checks = new Uint32Array(body.count());
      for (let at = 0; at < checks.length; at++) checks[at] = body.fixed32();
      this.digests.restore({ replica, first, checks });
    }
  }

  private takeChecks(body: ByteReader): void {
    const first = body.varint();
    const count = body.count();
    const before = this.checks.at(-1);
    if (first <= (before === undefined ? 0 : before.first + before.checks.length - 1)) {
      throw body.fail('it has checks that do not come here');
    }
    const checks = new Uint32Array(count);
    for (let at = 0; at < count; at++) checks[at] = body.fixed32();
    this.checks.push({ first, checks });
  }

  private takeTrailer(body: ByteReader): void {
    const trailer = readTrailer(body);
    const { rowCount, moveCount, blocks, header } = this;
    const wanted = header!.tables.reduce((sum, { slotEnd }) => sum + slotEnd, 0);
    const isWhole =
      trailer.blockCount === blocks.count - 1 &&
      trailer.rowCount === rowCount &&
      wanted === rowCount &&
      trailer.moveCount === moveCount &&
      trailer.endSeq >= header!.seq;
    if (!isWhole) throw body.fail('blocks are missing');
    this.trailer = trailer;
  }
}

function hasNested({ columns }: TableDef): boolean {
  return columns.some(({ kind }) => kind === 'wire');
}
