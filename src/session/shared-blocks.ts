import type { CommittedState } from '../change/committed-state.ts';
import { comparePositions, type ScanPosition } from '../change/posting-list.ts';
import type { RowDelta } from '../change/row-delta.ts';

/** Of rows that have changed since they come again; above this part of a block it is not worth its bytes. */
const stalePart = 1 / 4;

/** Bytes that what is known of a row takes. */
const rowBytes = 24;

/** A stretch of a first sync: whole rows, and where the scan stood behind them. */
export class SharedBlock {
  readonly start: ScanPosition;
  readonly end: ScanPosition;
  readonly rowCount: number;
  /** The most that its rows take in a Delta, whatever its encoding. */
  readonly bytes: number;
  private readonly tables: Uint16Array;
  private readonly slots: Uint32Array;
  private readonly numbers: Float64Array;
  private readonly versions: Float64Array;

  constructor(
    { start, end }: { readonly start: ScanPosition; readonly end: ScanPosition },
    deltas: readonly RowDelta[],
    bytes: number,
    state: CommittedState,
  ) {
    this.start = start;
    this.end = end;
    this.bytes = bytes;
    this.rowCount = deltas.length;
    const { tableByName } = state.schema;
    this.tables = Uint16Array.from(deltas, ({ table }) => tableByName.get(table)!.index);
    this.slots = Uint32Array.from(deltas, ({ slot }) => slot!);
    this.numbers = Float64Array.from(deltas, ({ number }) => number);
    this.versions = Float64Array.from(deltas, ({ version }) => version);
  }

  /**
   * Whether a receiver of `held` may still be sent it: all its rows are live and in a scope that it holds. Those that have changed
   * since stand further on in its scan, so it has them as they are before its first checkpoint. One that is deleted, or has
   * left, it would not be told of.
   */
  isOf(state: CommittedState, held: ReadonlySet<number>): boolean {
    let stale = 0;
    for (let at = 0; at < this.rowCount; at++) {
      const table = state.tables[this.tables[at]!]!;
      const slot = this.slots[at]!;
      if (!table.columns.isLive(slot) || table.numberOf(slot) !== this.numbers[at]) return false;
      if (table.versionOf(slot) === this.versions[at]) continue;
      stale++;
      const members = state.scopes.setMembers(table.scopeSetOf(slot));
      if (!members.some((scope) => held.has(scope))) return false;
    }
    return stale <= this.rowCount * stalePart;
  }
}

/** How many rows a Delta has, with those of its block. */
export function rowCountOf(delta: {
  readonly deltas: readonly RowDelta[];
  readonly block?: SharedBlock | undefined;
}): number {
  return delta.block?.rowCount ?? delta.deltas.length;
}

/** The blocks of receivers of the same scopes and tables in the same form, by where they start. */
interface Chain {
  readonly name: string;
  /** Ascending. */
  readonly starts: ScanPosition[];
  readonly blocks: Map<string, SharedBlock>;
}

interface Kept {
  readonly chain: Chain;
  bytes: number;
}

/**
 * Blocks that were made for one receiver's first sync and suit those of others: each begins where the one before it ended. They are
 * known by what their receivers hold and how it travels (`name`), and kept as long as there is room, those that were of use last.
 */
export class SharedBlocks {
  private readonly bytesMax: number;
  private readonly chains = new Map<string, Chain>();
  /** Those of no use for the longest first. */
  private readonly kept = new Map<SharedBlock, Kept>();
  private state: CommittedState | undefined;
  private bytesKept = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** What the blocks take, with what they were encoded to. */
  get bytes(): number {
    return this.bytesKept;
  }

  /** The block that begins at `at`, if it may be sent. */
  find(
    name: string,
    at: ScanPosition,
    state: CommittedState,
    held: ReadonlySet<number>,
  ): SharedBlock | undefined {
    this.follow(state);
    const block = this.chains.get(name)?.blocks.get(textOf(at));
    if (block === undefined) return undefined;
    if (!block.isOf(state, held)) {
      this.drop(block);
      return undefined;
    }
    const kept = this.kept.get(block)!;
    this.kept.delete(block);
    this.kept.set(block, kept);
    return block;
  }

  /** Where the next block behind `at` begins: who ends there goes on with it. */
  nextStart(name: string, at: ScanPosition): ScanPosition | undefined {
    const starts = this.chains.get(name)?.starts;
    return starts?.[placeBehind(starts, at)];
  }

  add(name: string, block: SharedBlock, state: CommittedState): void {
    this.follow(state);
    const chain = this.chains.get(name) ?? { name, starts: [], blocks: new Map() };
    this.chains.set(name, chain);
    const start = textOf(block.start);
    const known = chain.blocks.get(start);
    if (known !== undefined) this.drop(known);
    // It may have been the last of its chain.
    this.chains.set(name, chain);
    chain.blocks.set(start, block);
    chain.starts.splice(placeBehind(chain.starts, block.start), 0, block.start);
    this.kept.set(block, { chain, bytes: 0 });
    this.grew(block, block.rowCount * rowBytes);
  }

  /** What it was encoded to takes so many bytes more. Others go where that is too much. */
  grew(block: SharedBlock, bytes: number): void {
    const kept = this.kept.get(block);
    if (kept === undefined) return;
    kept.bytes += bytes;
    this.bytesKept += bytes;
    for (const oldest of this.kept.keys()) {
      if (this.bytesKept <= this.bytesMax) return;
      this.drop(oldest);
    }
  }

  drop(block: SharedBlock): void {
    const kept = this.kept.get(block);
    if (kept === undefined) return;
    const { chain, bytes } = kept;
    this.kept.delete(block);
    this.bytesKept -= bytes;
    chain.blocks.delete(textOf(block.start));
    chain.starts.splice(placeBehind(chain.starts, block.start) - 1, 1);
    if (chain.starts.length === 0) this.chains.delete(chain.name);
  }

  /** Lets go of all. */
  clear(): void {
    this.kept.clear();
    this.chains.clear();
    this.bytesKept = 0;
  }

  /** Lets go of all that begin at `at`, in whatever form and of whatever scopes, and says how many there were. */
  dropAt(at: ScanPosition): number {
    const blocks = [...this.chains.values()].flatMap((chain) => chain.blocks.get(textOf(at)) ?? []);
    for (const block of blocks) this.drop(block);
    return blocks.length;
  }

  /** A source that began anew is another. */
  private follow(state: CommittedState): void {
    if (state === this.state) return;
    this.state = state;
    this.clear();
  }
}

function textOf({ seq, table, number }: ScanPosition): string {
  return `${seq}/${table}/${number}`;
}

/** The first place of a position behind `at`. */
function placeBehind(starts: readonly ScanPosition[], at: ScanPosition): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePositions(starts[middle]!, at) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
