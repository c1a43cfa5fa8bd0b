/** Where a scan stands: the entry with this seq, table and row number and all before it are done. */
export interface ScanPosition {
  readonly seq: number;
  readonly table: number;
  readonly number: number;
}

/** Before the first entry of all. */
export const scanStart: ScanPosition = { seq: 0, table: -1, number: -1 };

/** The position behind every entry of commits up to `seq`. */
export function scanAfter(seq: number): ScanPosition {
  return { seq, table: 0x7fffffff, number: Number.MAX_SAFE_INTEGER - 1 };
}

export function comparePositions(left: ScanPosition, right: ScanPosition): number {
  return left.seq - right.seq || left.table - right.table || left.number - right.number;
}

/** One entry: the row in `slot` of table number `table` changed in, or left, the scope at `seq`. */
export interface Posting extends ScanPosition {
  readonly slot: number;
}

/** A sum that is kept up as lists grow and shrink: to ask many lists one by one takes too long. */
export interface HeldBytes {
  bytes: number;
}

const blockEntries = 512;
/** Of one entry, and about what the objects of a block with its arrays take on the heap. */
const entryBytes = 10;
const blockBytes = 400;

/**
 * Entries live in blocks of 512 with the seqs as differences from the block's first, so one entry costs ten
 * bytes. A block whose seqs span more than 32 bits is closed early.
 */
interface Block {
  readonly base: number;
  readonly deltas: Uint32Array;
  readonly slots: Uint32Array;
  readonly tables: Uint16Array;
  length: number;
}

/** The first entry of a sorted block at `seq` or later. */
function placeOf(block: Block, seq: number): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (block.base + block.deltas[middle]! < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The changes of one scope in the order (seq, table, row number). Entries are only added; one is superseded when
 * its row changes again, which its owner sees by comparing versions, and `compact` drops these.
 */
export class PostingList {
  private blocks: Block[] = [];
  private count = 0;
  /** The last entry of a sorted list, in three numbers: a list is added to more often than it is read. */
  private lastSeq = scanStart.seq;
  private lastTable = scanStart.table;
  private lastNumber = scanStart.number;
  private sorted = true;
  private readonly numberOf: (table: number, slot: number) => number;
  private readonly held: HeldBytes;

  /** `numberOf` gives the row number of a slot. What the list holds is part of `held`, which others may share. */
  constructor(numberOf: (table: number, slot: number) => number, held: HeldBytes = { bytes: 0 }) {
    this.numberOf = numberOf;
    this.held = held;
  }

  get length(): number {
    return this.count;
  }

  add(seq: number, table: number, slot: number): void {
    const number = this.numberOf(table, slot);
    if (this.sorted) {
      const before = seq - this.lastSeq || table - this.lastTable || number - this.lastNumber;
      if (before < 0) this.sorted = false;
      else this.endAt(seq, table, number);
    }
    this.append(seq, table, slot);
  }

  /** True where no entry lies behind `after`: the cheap test that lets a live update skip quiet scopes. */
  endsBefore(after: ScanPosition): boolean {
    if (!this.sorted) return false;
    const { lastSeq, lastTable, lastNumber } = this;
    return (lastSeq - after.seq || lastTable - after.table || lastNumber - after.number) <= 0;
  }

  /** Entries behind `after`, in order. The list must not change while it is read. */
  *from(after: ScanPosition): Generator<Posting> {
    this.sort();
    for (let index = this.blockOf(after.seq); index < this.blocks.length; index++) {
      const block = this.blocks[index]!;
      for (let at = placeOf(block, after.seq); at < block.length; at++) {
        const seq = block.base + block.deltas[at]!;
        const posting = this.posting(block, at, seq);
        if (seq === after.seq && comparePositions(posting, after) <= 0) continue;
        yield posting;
      }
    }
  }

  /** How many entries lie behind `seq`; counts superseded ones too. */
  countAfter(seq: number): number {
    this.sort();
    let total = 0;
    for (let index = this.blocks.length - 1; index >= 0; index--) {
      const block = this.blocks[index]!;
      if (block.base > seq) {
        total += block.length;
        continue;
      }
      return total + block.length - placeOf(block, seq + 1);
    }
    return total;
  }

  /** Keeps the entries for which `live` says so. */
  compact(live: (table: number, slot: number, seq: number) => boolean): void {
    const old = this.blocks;
    this.drop();
    for (const block of old) {
      for (let at = 0; at < block.length; at++) {
        const seq = block.base + block.deltas[at]!;
        const table = block.tables[at]!;
        const slot = block.slots[at]!;
        if (live(table, slot, seq)) this.append(seq, table, slot);
      }
    }
  }

  private posting(block: Block, at: number, seq: number): Posting {
    const table = block.tables[at]!;
    const slot = block.slots[at]!;
    return { seq, table, slot, number: this.numberOf(table, slot) };
  }

  private append(seq: number, table: number, slot: number): void {
    let block = this.blocks.at(-1);
    const delta = block === undefined ? 0 : seq - block.base;
    if (block === undefined || block.length === blockEntries || delta < 0 || delta > 0xffffffff) {
      block = this.addBlock(seq, blockEntries);
    } else if (block.length === block.slots.length) block = this.growBlock(block);
    block.deltas[block.length] = seq - block.base;
    block.tables[block.length] = table;
    block.slots[block.length] = slot;
    block.length++;
    this.count++;
  }

  /** The first block of a list starts small: most scopes of most databases are small. */
  private addBlock(base: number, entries: number): Block {
    const size = this.blocks.length === 0 ? 8 : entries;
    const block = {
      base,
      deltas: new Uint32Array(size),
      slots: new Uint32Array(size),
      tables: new Uint16Array(size),
      length: 0,
    };
    this.blocks.push(block);
    this.held.bytes += blockBytes + size * entryBytes;
    return block;
  }

  private growBlock(block: Block): Block {
    const size = Math.min(blockEntries, block.slots.length * 4);
    const grown = {
      base: block.base,
      deltas: new Uint32Array(size),
      slots: new Uint32Array(size),
      tables: new Uint16Array(size),
      length: block.length,
    };
    grown.deltas.set(block.deltas);
    grown.slots.set(block.slots);
    grown.tables.set(block.tables);
    this.blocks[this.blocks.length - 1] = grown;
    this.held.bytes += (size - block.slots.length) * entryBytes;
    return grown;
  }

  private drop(): void {
    for (const { slots } of this.blocks) this.held.bytes -= blockBytes + slots.length * entryBytes;
    this.blocks = [];
    this.count = 0;
  }

  /** Index of the first block that can hold an entry of `seq` or later. */
  private blockOf(seq: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks[middle]!.base < seq) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  private endAt(seq: number, table: number, number: number): void {
    this.lastSeq = seq;
    this.lastTable = table;
    this.lastNumber = number;
  }

  /**
   * A replica that takes up a new scope, and a home that loads a snapshot, adds old seqs behind newer ones; the order is
   * mended on the next read, in typed arrays since there may be millions.
   */
  private sort(): void {
    if (this.sorted) return;
    const { count, blocks } = this;
    const seqs = new Float64Array(count);
    const numbers = new Float64Array(count);
    const tables = new Uint16Array(count);
    const slots = new Uint32Array(count);
    let end = 0;
    for (const block of blocks) {
      for (let at = 0; at < block.length; at++) {
        seqs[end] = block.base + block.deltas[at]!;
        tables[end] = block.tables[at]!;
        slots[end] = block.slots[at]!;
        numbers[end] = this.numberOf(tables[end]!, slots[end]!);
        end++;
      }
    }
    const order = Uint32Array.from(seqs.keys());
    order.sort(
      (left, right) =>
        seqs[left]! - seqs[right]! ||
        tables[left]! - tables[right]! ||
        numbers[left]! - numbers[right]!,
    );
    this.drop();
    for (const at of order) {
      this.append(seqs[at]!, tables[at]!, slots[at]!);
      this.endAt(seqs[at]!, tables[at]!, numbers[at]!);
    }
    this.sorted = true;
  }
}
