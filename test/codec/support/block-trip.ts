import fc from 'fast-check';
import { expect } from 'vitest';
import { Code, SyncError } from '../../../src/base/errors.ts';
import { BlockReader } from '../../../src/codec/block-reader.ts';
import { BlockWriter } from '../../../src/codec/block-writer.ts';

/** More values than any test has that reads what was written. */
const valuesMax = 1_000_000;

/** The frames of a block that `write` fills. */
export function framesOf(write: (out: BlockWriter) => void): Uint8Array[] {
  const out = new BlockWriter();
  write(out);
  return out.frames().map(({ bytes }) => bytes.slice());
}

/** What `read` reads of the frames of a block, of which it leaves nothing. */
export function readFrames<T>(
  frames: readonly Uint8Array[],
  read: (reader: BlockReader) => T,
  max = valuesMax,
): T {
  const reader = new BlockReader(frames, max);
  const values = read(reader);
  reader.end();
  return values;
}

/** What is read of damaged frames: as `readFrames` has it, or `lost` where they are refused, as they have to be. */
export function readOrLoss<T>(
  frames: readonly Uint8Array[],
  read: (reader: BlockReader) => T,
): T | 'lost' {
  try {
    return readFrames(frames, read);
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });
    return 'lost';
  }
}

/** Whether `write` has filled a block from which `read` reads the same. */
export function trip<T>(write: (out: BlockWriter) => void, read: (reader: BlockReader) => T): T {
  return readFrames(framesOf(write), read);
}

/** Bytes that a fault has changed: `kind` 0 cuts the frame off at a place, 1 puts another byte there, 2 takes the byte away. */
export function damaged(
  frames: readonly Uint8Array[],
  { frame, place, byte, kind }: Damage,
): Uint8Array[] {
  return frames.map((bytes, index) => {
    if (index !== frame % frames.length || bytes.length === 0) return bytes;
    const at = place % bytes.length;
    if (kind === 0) return bytes.slice(0, at);
    if (kind === 1) return bytes.with(at, byte);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]);
  });
}

export interface Damage {
  readonly frame: number;
  readonly place: number;
  readonly byte: number;
  readonly kind: number;
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  frame: fc.nat(8),
  place: fc.nat(4_000),
  byte: fc.nat(255),
  kind: fc.nat(2),
});
