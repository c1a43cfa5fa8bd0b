/** Places that are looked at for a word: more are so by the choice of words alone. */
const probesMax = 256;

/** Distinct words that there is room for at first; there are twice as many slots. */
const firstRoom = 1024;

/**
 * The distinct words of some bytes, each by the place in which it first comes, from 0 up. What a word is its caller knows: the bytes
 * from a start on, which stay where they are.
 */
export class WordIndex {
  private readonly bytes: Uint8Array;
  private slots = new Int32Array(2 * firstRoom);
  private hashes = new Int32Array(firstRoom);
  /** Of each word, where it stands and its bytes. */
  starts = new Int32Array(firstRoom);
  lengths = new Int32Array(firstRoom);
  /** How often each was asked for. */
  counts = new Int32Array(firstRoom);
  /** Distinct words so far. */
  size = 0;
  /** True once a word had no place, because too many have hashes alike. */
  isCrowded = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The place of a word, of whose bytes `hash` depends alone; a new one has the next. -1 where too many have hashes alike. */
  placeOf(start: number, length: number, hash: number): number {
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let left = probesMax; left > 0; left--) {
      const place = slots[slot]! - 1;
      if (place < 0) {
        slots[slot] = this.size + 1;
        return this.add(start, length, hash);
      }
      if (hashes[place] === hash && this.isSame(place, start, length)) {
        this.counts[place]!++;
        return place;
      }
      slot = (slot + 1) & mask;
    }
    this.isCrowded = true;
    return -1;
  }

  private isSame(place: number, start: number, length: number): boolean {
    if (this.lengths[place] !== length) return false;
    const { bytes } = this;
    const known = this.starts[place]!;
    for (let at = 0; at < length; at++) {
      if (bytes[known + at] !== bytes[start + at]) return false;
    }
    return true;
  }

  private add(start: number, length: number, hash: number): number {
    const place = this.size++;
    this.hashes[place] = hash;
    this.starts[place] = start;
    this.lengths[place] = length;
    this.counts[place] = 1;
    if (this.size === this.hashes.length) this.grow();
    return place;
  }

  private grow(): void {
    this.hashes = twice(this.hashes);
    this.starts = twice(this.starts);
    this.lengths = twice(this.lengths);
    this.counts = twice(this.counts);
    this.slots = new Int32Array(2 * this.slots.length);
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    for (let place = 0; place < this.size; place++) {
      const hash = hashes[place]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = place + 1;
    }
  }
}

function twice(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
