import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { maskHas } from '../base/mask.ts';
import type { Commit } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Evaluation } from '../merge/evaluation.ts';
import type { PreparedChange } from '../merge/prepared.ts';
import type { Cell, TableDef } from '../schema/table-def.ts';
import type { ColumnChunk } from '../table/table.ts';
import { Caches } from './caches.ts';
import type { CommitChain } from './commit-chain.ts';
import { MemoryGauge } from './memory-gauge.ts';
import type { PendingState } from './pending-state.ts';
import { chunkFull, memoryFull, memoryFullOfHeap } from './replica-errors.ts';
import type { RequestIndex } from './request-index.ts';
import type { ToldRow } from './told-rows.ts';
import type { WriterDigests } from './writer-digests.ts';

/** What a home holds. */
export interface HomeParts {
  readonly state: CommittedState;
  readonly pending: PendingState;
  readonly digests: WriterDigests;
  readonly requests: RequestIndex;
  readonly chain: CommitChain;
}

/** What is left of the heap of the process, which the budget knows by estimates only. */
export interface HeapUse {
  readonly usedBytes: number;
  readonly bytesMax: number;
}

export interface HomeMemoryOptions {
  readonly limits: Limits;
  /** What is left of the process's heap; endless where it is left out. */
  readonly heap?: HeapUse | undefined;
}

const endlessHeap: HeapUse = { usedBytes: 0, bytesMax: Number.POSITIVE_INFINITY };

/** A transaction as far as it matters whether it has room. */
interface Kinds {
  readonly changes: readonly Pick<PreparedChange, 'operation'>[];
}

/** So many of the newest positions stay known, whose cursors can be told from those of another history. */
const chainChecksFloor = 1_024;

/**
 * The memory budget of a home. Where it runs short caches go first, then what is held and not used, then history that
 * nobody was promised; then whatever would make the state grow is not ordered, until there is room again. A retry is
 * answered as ever, and what deletes rows passes.
 *
 * And the room in a column's chunks, of which each takes 4 GiB of strings: what does not fit must not become durable.
 */
export class HomeMemory {
  /** What is kept beside the state to be faster. */
  readonly caches = new Caches();
  readonly bytesMax: number;
  private readonly parts: HomeParts;
  private readonly gauge: MemoryGauge;
  private readonly heap: HeapUse;
  private isFull = false;
  /** Chunks without room, by table; none, as a rule. As of the last measurement: between two, less is written than is kept free. */
  private fullChunks: ReadonlyMap<TableDef, readonly ColumnChunk[]> = new Map();

  constructor(parts: HomeParts, options: HomeMemoryOptions) {
    const { limits, heap = endlessHeap } = options;
    const { memoryBytesMax, pushTransactionsMax } = limits;
    const { state, digests, chain } = parts;
    this.parts = parts;
    this.heap = heap;
    this.bytesMax = memoryBytesMax;
    this.gauge = new MemoryGauge({
      bytesMax: memoryBytesMax,
      measure: () => this.measure(),
      relief: [
        () => this.caches.shrink(),
        () => state.scopes.touches.clear(),
        () => state.shrink(),
        () => {
          // A client that lost an answer sends one push again, and is told what became of it.
          digests.shrink(pushTransactionsMax);
          chain.shrink(chainChecksFloor);
        },
      ],
    });
  }

  /** Bytes that are held now. */
  get usedBytes(): number {
    const { state, pending, digests, requests, chain } = this.parts;
    return (
      state.memoryBytes +
      pending.memoryBytes +
      digests.memoryBytes +
      requests.memoryBytes +
      chain.memoryBytes +
      this.caches.memoryBytes
    );
  }

  /**
   * Whether a transaction may be looked at: not where there is no room, and it has anything but deletions. RESOURCE_EXHAUSTED
   * MEMORY_FULL: nothing was done, and the same may pass later.
   */
  admit({ changes }: Kinds): void {
    this.isFull = this.gauge.isFull() || this.heap.usedBytes > this.heap.bytesMax;
    if (this.isFull && !changes.every(({ operation }) => operation === 'delete')) {
      throw this.full();
    }
  }

  private full(): SyncError {
    const { usedBytes, bytesMax } = this.heap;
    return usedBytes > bytesMax
      ? memoryFullOfHeap(usedBytes, bytesMax)
      : memoryFull(this.gauge.usedBytes, this.bytesMax);
  }

  /**
   * Whether what became of a transaction that was admitted may be the next commit, with the rows that tell of it.
   * RESOURCE_EXHAUSTED MEMORY_FULL where it frees nothing, CHUNK_FULL.
   */
  check({ rows, refusal }: Evaluation, told: readonly ToldRow[]): void {
    // Where it was refused its outcome would be kept for ever.
    const frees = refusal === undefined && rows.some(({ after }) => after.cells === undefined);
    if (this.isFull && !frees) throw this.full();
    if (this.fullChunks.size === 0) return;
    for (const { table, key, after } of rows) {
      const isNew = this.parts.pending.row(table, key)?.cells === undefined;
      const mask = isNew ? table.allColumns : after.entries[0]!.mask;
      this.checkChunks(table, key, (column) => maskHas(mask, column) && after.cells?.[column]);
    }
    for (const [table, cells] of told) {
      this.checkChunks(table, String(cells[table.key]), (column) => cells[column]);
    }
  }

  /** A record of so many bytes is about to become part of the state. */
  wrote(bytes: number): void {
    this.gauge.wrote(bytes);
  }

  /** A commit is in the state. */
  folded({ effects }: Commit): void {
    const mayFree = effects.some(
      ({ kind, table }) => kind === 'delete' || this.fullChunks.has(table),
    );
    if (mayFree) this.gauge.freed(this.fullChunks.size > 0);
  }

  private measure(): number {
    const full = this.parts.state.tables
      .map(({ def, columns }) => [def, columns.fullChunks()] as const)
      .filter(([, chunks]) => chunks.length > 0);
    this.fullChunks = new Map(full);
    return this.usedBytes;
  }

  /** `written` is what the row gets in a column, if anything. */
  private checkChunks(
    table: TableDef,
    key: string,
    written: (column: number) => Cell | false | undefined,
  ): void {
    const chunks = this.fullChunks.get(table);
    if (chunks === undefined) return;
    const { pending, state } = this.parts;
    const slot = pending.row(table, key)?.number ?? pending.nextNumber(table);
    const of = Math.floor(slot / state.table(table).columns.chunkRows);
    const found = chunks.find(({ column, chunk }) => chunk === of && hasBytes(written(column)));
    if (found !== undefined) throw chunkFull(table.name, table.columns[found.column]!.name);
  }
}

function hasBytes(cell: Cell | false | undefined): boolean {
  return (typeof cell === 'string' || cell instanceof Uint8Array) && cell.length > 0;
}
