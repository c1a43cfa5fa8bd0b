import { ByteWriter } from '../base/bytes.ts';
import { keep } from './kept.ts';

/** A stream of as many bytes goes elsewhere than into the head: numbers into frames of their own, texts into one of all. */
export const streamBytesMin = 256;

/** What is compressed by itself. */
export interface RawFrame {
  readonly bytes: Uint8Array;
  /** True for numbers, in which there are no words to find. */
  readonly numeric: boolean;
}

/** A column of whole numbers, from which later ones may be predicted. */
export interface Lane {
  /** The first `count` are the column. */
  readonly values: Float64Array;
  readonly count: number;
}

/** The same, with what an encoder knows of it. */
export interface WrittenLane extends Lane {
  readonly least: number;
  readonly most: number;
  /** Some of the values, in stretches (`sample.ts`). */
  readonly sample: Float64Array;
}

interface WriterMark {
  readonly head: number;
  readonly lanes: number;
  readonly texts: number;
  readonly numbers: number;
}

/**
 * Takes up a block: what its columns say of themselves goes into `head`, and their values into streams. A reader takes them in
 * the same order, and knows from the head how long each is.
 */
export class BlockWriter {
  readonly head = new ByteWriter(512);
  /** The columns of whole numbers so far. */
  readonly lanes: WrittenLane[] = [];
  private readonly texts: Uint8Array[] = [];
  private readonly numbers: RawFrame[] = [];

  /** A stream whose length its reader knows. The bytes are kept, not copied. */
  numeric(bytes: Uint8Array): void {
    if (bytes.length < streamBytesMin) this.head.bytes(bytes);
    else this.numbers.push({ bytes, numeric: true });
  }

  /** A stream of text, whose length its reader knows. The bytes are kept, not copied. */
  text(bytes: Uint8Array): void {
    if (bytes.length < streamBytesMin) this.head.bytes(bytes);
    else this.texts.push(bytes);
  }

  /** The column that stands `distance` before the next one, if there is one and it has `count` values. */
  laneBefore(distance: number, count: number): WrittenLane | undefined {
    const lane = distance > 0 ? this.lanes.at(-distance) : undefined;
    return lane?.count === count ? lane : undefined;
  }

  /** Where it stands, to come back to. */
  mark(): WriterMark {
    const { head, lanes, texts, numbers } = this;
    return {
      ...{ head: head.length, lanes: lanes.length },
      ...{ texts: texts.length, numbers: numbers.length },
    };
  }

  /** Takes back what was written since. */
  restore({ head, lanes, texts, numbers }: WriterMark): void {
    this.head.truncate(head);
    this.lanes.length = lanes;
    this.texts.length = texts;
    this.numbers.length = numbers;
  }

  /** The head with all texts, then each large stream of numbers. */
  frames(): RawFrame[] {
    const textBytes = this.texts.reduce((sum, { length }) => sum + length, 0);
    const first = new ByteWriter(this.head.length + textBytes + 10);
    first.lengthBytes(this.head.peek());
    for (const text of this.texts) first.bytes(text);
    return [{ bytes: first.peek(), numeric: false }, ...this.numbers];
  }
}

keep(new BlockWriter());
