import fc from 'fast-check';
import { expect } from 'vitest';
import { SyncError } from '../../../src/base/errors.ts';
import { BlockReader } from '../../../src/codec/block-reader.ts';
import { framesOf, readFrames } from '../support/block-trip.ts';

/** Values that a reader is allowed in these tests. */
export const valuesMax = 20_000;

export { framesOf };

/** What is read, which must be all. */
export function readAll<T>(
  frames: readonly Uint8Array[],
  read: (reader: BlockReader) => T,
  max = valuesMax,
): T {
  return readFrames(frames, read, max);
}

/** What is read of damaged bytes; undefined where they are refused, which is DATA_LOSS or nothing. */
export function readDamaged<T>(
  frames: readonly Uint8Array[],
  read: (reader: BlockReader) => T,
): T | undefined {
  try {
    return read(new BlockReader(frames, valuesMax));
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ reason: 'MALFORMED_BYTES' });
    return undefined;
  }
}

/** What may happen to bytes: some are others, or the last are missing. Numbers are parts of the whole. */
export interface Damage {
  readonly frame: number;
  readonly bytes: readonly (readonly [number, number])[];
  readonly cut: number | undefined;
}

const part = fc.integer({ min: 0, max: 9_999 }).map((each) => each / 10_000);

/** Bytes that mean much: no more to come, the largest, the sign, the next. */
const bytes = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff),
  fc.integer({ min: 0, max: 255 }),
);

export const damage: fc.Arbitrary<Damage> = fc.record({
  frame: part,
  bytes: fc.array(
    fc.tuple(
      fc.oneof(
        part,
        part.map((each) => each * each * each),
      ),
      bytes,
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  cut: fc.option(part, { nil: undefined, freq: 3 }),
});

export function damaged(frames: readonly Uint8Array[], how: Damage): Uint8Array[] {
  const index = Math.floor(how.frame * frames.length);
  return frames.map((frame, at) => {
    if (at !== index || frame.length === 0) return frame;
    const copy = Uint8Array.from(frame);
    // The first byte of the first frame says how long the head is: what is behind it is of more interest.
    const from = at === 0 && copy.length > 1 ? 1 : 0;
    for (const [place, byte] of how.bytes) {
      copy[from + Math.floor(place * (copy.length - from))] = byte;
    }
    return how.cut === undefined ? copy : copy.slice(0, Math.floor(how.cut * copy.length));
  });
}
