import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { joinBlock } from '../../src/codec/block.ts';
import type { RawFrame } from '../../src/codec/block-writer.ts';
import type { Level } from '../../src/codec/plan.ts';
import { openBlock, sealBlock } from '../../src/wire/column-blocks.ts';
import { createCompressors, createDeflate, createZstd } from '../../src/wire/compressor.ts';

const compressors = createCompressors();
const levels: readonly Level[] = ['fast', 'balanced', 'small'];
const frameOf = (bytes: Uint8Array): RawFrame => ({ bytes, numeric: true });
const text = new TextEncoder().encode('the quick brown fox jumps over the lazy dog. '.repeat(40));

describe('a sealed block', () => {
  test('gives back its frames, whatever compresses them and how hard', async () => {
    const frames = fc.array(
      fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(text)).map(frameOf),
      { maxLength: 5 },
    );
    const compressions = fc.constantFrom('none', 'zstd', 'deflate');
    await fc.assert(
      fc.asyncProperty(frames, compressions, fc.constantFrom(...levels), async (raw, by, level) => {
        const block = await sealBlock(raw, by as 'none', level);
        const opened = openBlock(block, compressors, 100_000);
        expect(opened).toEqual(raw.map(({ bytes }) => bytes));
      }),
    );
  });

  test.each(levels)(
    'gives back small frames and large ones in their order, at level %s',
    async (level) => {
      const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
      // Small ones are compressed at once, up to a turn, and large ones by other threads.
      const sizes = [
        40_000,
        31,
        0,
        32,
        1_023,
        1_024,
        32_767,
        32_768,
        ...new Array(20).fill(30_000),
      ];
      for (const by of ['none', 'zstd', 'deflate'] as const) {
        const raw = sizes.map((size, at) => frameOf(at % 2 ? random(size) : new Uint8Array(size)));
        const opened = openBlock(await sealBlock(raw, by, level), compressors, 2_000_000);
        expect(opened).toEqual(raw.map(({ bytes }) => bytes));
      }
    },
  );

  test('leaves the event loop to others, while there are many frames', async () => {
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    const frame = frameOf(crypto.getRandomValues(new Uint8Array(30_000)));
    await sealBlock(new Array<RawFrame>(200).fill(frame), 'zstd', 'fast');
    clearInterval(others);
    expect(turns).toBeGreaterThan(2);
  });

  test.each(['zstd', 'deflate'] as const)('is smaller by %s', async (by) => {
    const block = await sealBlock([frameOf(text)], by, 'balanced');
    expect(block.length).toBeLessThan(text.length / 10);
  });

  test('is no smaller with more effort spent on less', async () => {
    const sizes = await Promise.all(
      levels.map(async (level) => (await sealBlock([frameOf(text)], 'zstd', level)).length),
    );
    expect(sizes[2]).toBeLessThanOrEqual(sizes[0]!);
  });

  test('is refused where nobody agreed on how it is compressed', async () => {
    const block = await sealBlock([frameOf(text)], 'zstd', 'fast');
    expect(() => openBlock(block, [createDeflate()], 100_000)).toThrow('zstd was not agreed on');
  });

  test('is refused where a frame comes to less than it says, or to more', () => {
    const shorter = createZstd().compress(text.subarray(1));
    const longer = createZstd().compress(Uint8Array.of(...text, 1));
    const open = (stored: Uint8Array) =>
      openBlock(joinBlock('zstd', [frameOf(text)], [stored]), compressors, 100_000);
    expect(() => open(shorter)).toThrow(`a frame of ${text.length} bytes comes to`);
    expect(() => open(longer)).toThrow(SyncError);
  });

  test('is refused where it would come to more than is allowed', async () => {
    const block = await sealBlock([frameOf(text)], 'zstd', 'fast');
    expect(openBlock(block, compressors, text.length)).toHaveLength(1);
    expect(() => openBlock(block, compressors, text.length - 1)).toThrow('come to more than');
  });

  test('that is changed anywhere is opened or refused, and nothing else', async () => {
    const block = await sealBlock([frameOf(text), frameOf(Uint8Array.of(1))], 'zstd', 'fast');
    fc.assert(
      fc.property(fc.nat({ max: block.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = block.slice();
        changed[at] = byte;
        try {
          openBlock(changed, compressors, 100_000);
        } catch (error) {
          expect(error).toBeInstanceOf(SyncError);
        }
      }),
    );
  });
});
