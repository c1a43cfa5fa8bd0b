import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { type BlockCompression, joinBlock, splitBlock } from '../../src/codec/block.ts';
import type { RawFrame } from '../../src/codec/block-writer.ts';

const frame = (...bytes: number[]): RawFrame => ({ bytes: Uint8Array.from(bytes), numeric: true });

/** Half of each frame, as if that were all that is left of it. */
const halved = (frames: readonly RawFrame[]) =>
  frames.map(({ bytes }) => bytes.slice(0, bytes.length >> 1));

const anyFrames = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes): RawFrame => ({ bytes, numeric: false })),
  { maxLength: 6 },
);

describe('a block', () => {
  test('gives back its frames, and how they are compressed', () => {
    const compressions = fc.constantFrom<BlockCompression>('zstd', 'deflate');
    fc.assert(
      fc.property(anyFrames, compressions, (raw, compression) => {
        const block = joinBlock(compression, raw, halved(raw));
        expect(splitBlock(block, 1000)).toEqual({
          compression,
          frames: raw.map(({ bytes }) => ({
            length: bytes.length,
            stored: bytes.slice(0, bytes.length >> 1),
          })),
        });
      }),
    );
  });

  test('stores a frame as it is that would not become shorter', () => {
    const raw = [frame(1, 2, 3)];
    for (const worse of [Uint8Array.of(9, 9, 9), Uint8Array.of(9, 9, 9, 9)]) {
      const { frames } = splitBlock(joinBlock('zstd', raw, [worse]), 1000);
      expect(frames).toEqual([{ length: 3, stored: Uint8Array.of(1, 2, 3) }]);
    }
  });

  test('is these bytes', () => {
    const block = joinBlock(
      'zstd',
      [frame(1, 2, 3), frame(7)],
      [Uint8Array.of(5), Uint8Array.of(7)],
    );
    expect([...block]).toEqual([0x43, 1, 1, 2, 3, 2, 1, 0, 5, 7]);
  });

  test('is refused where its frames come to more than is allowed', () => {
    const block = joinBlock(
      'none',
      [frame(1, 2, 3), frame(4)],
      [frame(1, 2, 3).bytes, frame(4).bytes],
    );
    expect(splitBlock(block, 4).frames).toHaveLength(2);
    expect(() => splitBlock(block, 3)).toThrow('the frames come to more than 3 bytes');
  });

  test.each([
    ['another magic byte', [0x44, 1, 1, 0], 'the magic byte is missing'],
    ['another version', [0x43, 2, 1, 0], 'the version is unknown'],
    ['another compression', [0x43, 1, 3, 0], 'the compression is unknown'],
    ['more frames than bytes', [0x43, 1, 1, 100], 'a list is longer than the bytes'],
    ['a frame that saves more than it has', [0x43, 1, 1, 1, 2, 3, 1, 2, 3], 'saves more than'],
    ['a compressed frame where none is', [0x43, 1, 0, 1, 2, 1, 1], 'saves more than it has'],
    ['less than it says', [0x43, 1, 1, 1, 9, 0, 1], 'the bytes end too early'],
    ['more than it says', [0x43, 1, 1, 1, 1, 0, 1, 1], 'bytes are left over'],
  ])('is refused with %s', (_, bytes, problem) => {
    expect(() => splitBlock(Uint8Array.from(bytes), 1000)).toThrow(problem);
  });

  test('that is cut or changed anywhere is taken apart or refused, and nothing else', () => {
    const raw = [frame(...Array.from({ length: 30 }, (_, index) => index)), frame(1, 2)];
    const block = joinBlock('deflate', raw, halved(raw));
    for (let end = 0; end < block.length; end++) {
      expect(() => splitBlock(block.subarray(0, end), 1000)).toThrow(SyncError);
    }
    fc.assert(
      fc.property(fc.nat({ max: block.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = block.slice();
        changed[at] = byte;
        try {
          splitBlock(changed, 1000);
        } catch (error) {
          expect(error).toBeInstanceOf(SyncError);
        }
      }),
    );
  });
});
