import { type IndexedKeys, IndexSegment } from './index-segment.ts';
import type { TableSettings } from './settings.ts';

/**
 * Finds the slot of a key: a hash table in segments, each of which grows on its own and splits in two when it has
 * too many keys (extendible hashing; Fagin et al., 1979). So a table of any size grows in steps of about a
 * millisecond, and never needs twice its memory.
 */
export interface KeyIndex {
  readonly memoryBytes: number;
  /** Slot of the key looked for, or -1. */
  find(): number;
  /** Adds a slot whose key is the one looked for and not in the index. */
  add(slot: number): void;
  /** Takes out the key looked for. */
  remove(): void;
  /** Makes the index of the slots below `slotEnd` in one go. Nothing may be in it, and no two slots have one key. */
  build(slotEnd: number): void;
}

export function createKeyIndex(keys: IndexedKeys, settings: TableSettings): KeyIndex {
  return new SegmentedKeyIndex(keys, settings);
}

/** Bounds the directory: beyond this depth a segment just grows. */
const depthMax = 20;
/** How full the segments are on average that are built in one go. */
const loadBuilt = 0.75;

class SegmentedKeyIndex implements KeyIndex {
  private readonly keys: IndexedKeys;
  private readonly settings: TableSettings;
  /** Upper bits of the hash that choose the segment. */
  private depth = 0;
  /** 2^depth places; a segment of a lesser depth stands in several that follow each other. */
  private directory: IndexSegment[];

  constructor(keys: IndexedKeys, settings: TableSettings) {
    this.keys = keys;
    this.settings = settings;
    this.directory = [new IndexSegment(keys, settings.segmentKeysMax, 0, 0)];
  }

  get memoryBytes(): number {
    const segments = new Set(this.directory);
    return [...segments].reduce((sum, segment) => sum + segment.memoryBytes, 0);
  }

  find(): number {
    return this.segment(this.keys.soughtHash).find(this.keys.soughtHash);
  }

  add(slot: number): void {
    const hash = this.keys.soughtHash;
    let segment = this.segment(hash);
    while (segment.count >= segment.keysMax && segment.depth < depthMax) {
      this.split(segment, hash);
      segment = this.segment(hash);
    }
    segment.add(hash, slot);
  }

  remove(): void {
    this.segment(this.keys.soughtHash).remove(this.keys.soughtHash);
  }

  build(slotEnd: number): void {
    const { segmentKeysMax } = this.settings;
    while (this.depth < depthMax && slotEnd > (segmentKeysMax << this.depth) * loadBuilt) {
      this.depth++;
    }
    const counts = new Uint32Array(1 << this.depth);
    const hashes = new Uint32Array(slotEnd);
    for (let slot = 0; slot < slotEnd; slot++) {
      hashes[slot] = this.keys.hashAt(slot);
      counts[this.place(hashes[slot]!)]!++;
    }
    this.directory = Array.from(
      counts,
      (count) => new IndexSegment(this.keys, segmentKeysMax, this.depth, count),
    );
    for (const slot of this.bySegment(hashes, counts)) {
      this.segment(hashes[slot]!).add(hashes[slot]!, slot);
    }
  }

  /** The slots in the order of their segments, so that one after the other is filled while it is in the cache. */
  private bySegment(hashes: Uint32Array, counts: Uint32Array): Uint32Array {
    const ends = counts.slice();
    for (let place = 1; place < ends.length; place++) ends[place]! += ends[place - 1]!;
    const slots = new Uint32Array(hashes.length);
    for (let slot = hashes.length - 1; slot >= 0; slot--) {
      slots[--ends[this.place(hashes[slot]!)]!] = slot;
    }
    return slots;
  }

  private segment(hash: number): IndexSegment {
    return this.directory[this.place(hash)]!;
  }

  private place(hash: number): number {
    // A shift by 32 would shift by 0.
    return this.depth === 0 ? 0 : hash >>> (32 - this.depth);
  }

  private split(segment: IndexSegment, hash: number): void {
    const halves = segment.split();
    if (halves === undefined) return;
    if (segment.depth === this.depth) {
      this.directory = this.directory.flatMap((each) => [each, each]);
      this.depth++;
    }
    const places = 1 << (this.depth - segment.depth);
    const first = this.place(hash) & ~(places - 1);
    for (let place = 0; place < places; place++) {
      this.directory[first + place] = halves[place < places / 2 ? 0 : 1];
    }
  }
}
