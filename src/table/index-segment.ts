/** What the index needs of the keys it leads to. */
export interface IndexedKeys {
  /** Hash of the key looked for: 32 bits, unsigned. */
  readonly soughtHash: number;
  /** True where the slot has the key looked for. */
  isSought(slot: number): boolean;
  hashAt(slot: number): number;
}

/** Keys for each place: at most, and when a segment is made for a known number. */
const loadMax = 0.75;
const loadMade = 0.6;
const placesMin = 16;
/** Small segments double; large ones grow less, since most of a large table's index is large segments. */
const placesDoubledMax = 4096;
const growth = 1.25;
/** A split must part off one in so many keys. */
const leastShare = 16;

/**
 * One segment of the key index: open addressing with linear probing. Each place has the slot and a tag of eight
 * bits of the hash, 0 where it is free, so that of the keys met on the way only one in 255 is looked at in vain.
 */
export class IndexSegment {
  /** Upper bits of the hash that all keys of the segment share. */
  readonly depth: number;
  count = 0;
  /** With so many keys the segment is to split. */
  keysMax: number;
  private readonly keys: IndexedKeys;
  private tags: Uint8Array;
  private slots: Uint32Array;

  constructor(keys: IndexedKeys, keysMax: number, depth: number, keyCount: number) {
    this.keys = keys;
    this.keysMax = keysMax;
    this.depth = depth;
    const places = placesFor(keyCount);
    this.tags = new Uint8Array(places);
    this.slots = new Uint32Array(places);
  }

  get memoryBytes(): number {
    return this.tags.byteLength + this.slots.byteLength;
  }

  find(hash: number): number {
    const place = this.placeOf(hash);
    return place < 0 ? -1 : this.slots[place]!;
  }

  /** Adds a key that is not there. */
  add(hash: number, slot: number): void {
    if (this.count + 1 > this.tags.length * loadMax) this.grow();
    this.put(hash, slot);
  }

  /** Takes a key out and moves those behind it that were kept from their place. */
  remove(hash: number): void {
    let hole = this.placeOf(hash);
    if (hole < 0) return;
    this.count--;
    const places = this.tags.length;
    for (let place = this.next(hole); this.tags[place] !== 0; place = this.next(place)) {
      const home = this.home(this.keys.hashAt(this.slots[place]!));
      // It may move when the hole lies between its home and its place, going round.
      if ((place - home + places) % places < (place - hole + places) % places) continue;
      this.tags[hole] = this.tags[place]!;
      this.slots[hole] = this.slots[place]!;
      hole = place;
    }
    this.tags[hole] = 0;
  }

  /**
   * Two segments by the next bit of the hash. `undefined` where nearly all keys would stay together, as they do
   * when someone chose them to have like hashes: then the segment may first have twice as many.
   */
  split(): [IndexSegment, IndexSegment] | undefined {
    const hashes = new Uint32Array(this.tags.length);
    const shift = 31 - this.depth;
    let upper = 0;
    for (let place = 0; place < this.tags.length; place++) {
      if (this.tags[place] === 0) continue;
      hashes[place] = this.keys.hashAt(this.slots[place]!);
      upper += (hashes[place]! >>> shift) & 1;
    }
    if (Math.min(upper, this.count - upper) * leastShare < this.count) {
      this.keysMax *= 2;
      return undefined;
    }
    const halves: [IndexSegment, IndexSegment] = [
      new IndexSegment(this.keys, this.keysMax, this.depth + 1, this.count - upper),
      new IndexSegment(this.keys, this.keysMax, this.depth + 1, upper),
    ];
    for (let place = 0; place < this.tags.length; place++) {
      if (this.tags[place] === 0) continue;
      halves[(hashes[place]! >>> shift) & 1]!.put(hashes[place]!, this.slots[place]!);
    }
    return halves;
  }

  private placeOf(hash: number): number {
    const tag = tagOf(hash);
    for (let place = this.home(hash); this.tags[place] !== 0; place = this.next(place)) {
      if (this.tags[place] === tag && this.keys.isSought(this.slots[place]!)) return place;
    }
    return -1;
  }

  private put(hash: number, slot: number): void {
    let place = this.home(hash);
    while (this.tags[place] !== 0) place = this.next(place);
    this.tags[place] = tagOf(hash);
    this.slots[place] = slot;
    this.count++;
  }

  private grow(): void {
    const { tags, slots } = this;
    const factor = tags.length <= placesDoubledMax ? 2 : growth;
    const places = Math.floor(tags.length * factor);
    this.tags = new Uint8Array(places);
    this.slots = new Uint32Array(places);
    this.count = 0;
    for (let place = 0; place < tags.length; place++) {
      if (tags[place] !== 0) this.put(this.keys.hashAt(slots[place]!), slots[place]!);
    }
  }

  /** First place for a hash. The multiplication mixes in the lower bits, since the upper ones chose the segment. */
  private home(hash: number): number {
    return Math.floor((Math.imul(hash, 0x9e3779b1) >>> 0) * (this.tags.length / 2 ** 32));
  }

  private next(place: number): number {
    return place + 1 === this.tags.length ? 0 : place + 1;
  }
}

function placesFor(keyCount: number): number {
  return Math.max(placesMin, Math.ceil(keyCount / loadMade));
}

function tagOf(hash: number): number {
  return (hash % 255) + 1;
}
