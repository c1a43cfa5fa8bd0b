import { ByteReader } from '../base/bytes.ts';
import type { SyncError } from '../base/errors.ts';
import { type Lane, streamBytesMin } from './block-writer.ts';
import { keep } from './kept.ts';

const format = 'column block';

/** Bytes that count like one value. */
const valueBytes = 8;

/**
 * Reads what a `BlockWriter` took up. Whatever it cannot have written is DATA_LOSS MALFORMED_BYTES, and so is more than
 * `valuesMax` values in all: a few bytes can stand for many.
 */
export class BlockReader {
  readonly head: ByteReader;
  readonly lanes: Lane[] = [];
  private readonly texts: ByteReader;
  private readonly frames: readonly Uint8Array[];
  private nextFrame = 1;
  private valuesLeft: number;

  /** `frames` are the decompressed frames of a block, in order; the first has the head. */
  constructor(frames: readonly Uint8Array[], valuesMax: number) {
    const first = frames[0] ?? noBytes;
    const reader = new ByteReader(first, format);
    const length = reader.varint();
    const start = reader.position;
    reader.bytes(length);
    this.head = new ByteReader(first, format, start, reader.position);
    this.texts = reader;
    this.frames = frames;
    this.valuesLeft = valuesMax;
  }

  /** The next stream of numbers, which has `length` bytes: a view. */
  numeric(length: number): Uint8Array {
    if (length < streamBytesMin) return this.head.bytes(length);
    const frame = this.frames[this.nextFrame];
    if (frame?.length !== length) throw this.fail(`a stream of ${length} bytes is missing`);
    this.nextFrame++;
    return frame;
  }

  /** The next stream of text, which has `length` bytes: a view. */
  text(length: number): Uint8Array {
    return length < streamBytesMin ? this.head.bytes(length) : this.texts.bytes(length);
  }

  /** Room for `count` numbers, which a column that was allowed is made of. */
  values(count: number): Float64Array {
    return new Float64Array(count);
  }

  /** Counts the values of a column, and of each one that a column is made of, before they are made. */
  allow(count: number): void {
    if (count > this.valuesLeft) throw this.fail('there are too many values');
    this.valuesLeft -= count;
  }

  /** Counts `length` bytes of text or of byte strings that are about to be made of fewer. */
  allowText(length: number): void {
    this.allow(Math.ceil(length / valueBytes));
  }

  /** The column of whole numbers that stands `distance` before the next one, if it has `count` values. */
  laneBefore(distance: number, count: number): Float64Array {
    const lane = distance > 0 ? this.lanes[this.lanes.length - distance] : undefined;
    if (lane?.count !== count) throw this.fail('a column is predicted from none like it');
    return lane.values;
  }

  fail(problem: string): SyncError {
    return this.head.fail(problem);
  }

  /** Refuses what is left over. */
  end(): void {
    const allFrames = this.nextFrame >= this.frames.length;
    if (!this.head.done || !this.texts.done || !allFrames) throw this.fail('bytes are left over');
  }
}

const noBytes = new Uint8Array(0);

keep(new BlockReader([Uint8Array.of(0)], 0));
