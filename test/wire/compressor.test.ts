import { deflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import {
  type Compressor,
  createCompressors,
  createDeflate,
  createZstd,
} from '../../src/wire/compressor.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const all: [string, Compressor][] = [
  ['zstd 1', createZstd(1)],
  ['zstd 3', createZstd()],
  ['deflate 3', createDeflate()],
  ['deflate 6', createDeflate(6)],
];

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(20_000))
    .map(([part, length]) => Uint8Array.from({ length }, (_, at) => part[at % part.length]!)),
);

describe.each(all)('%s', (_name, compressor) => {
  test('[P16] gives back the bytes that went in', () => {
    fc.assert(
      fc.property(bodies, (bytes) => {
        const compressed = compressor.compress(bytes);
        expect(compressed.constructor).toBe(Uint8Array);
        expect(compressor.decompress(compressed, bytes.length)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  test('[P22] makes what repeats itself smaller', () => {
    const bytes = new TextEncoder().encode('the same words again. '.repeat(500));
    expect(compressor.compress(bytes).length).toBeLessThan(bytes.length / 20);
  });

  test('takes no more room than the bytes could need', () => {
    const bytes = new Uint8Array(300);
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 200; round++) compressor.compress(bytes);
    // Left to itself Node takes 16 KiB for each.
    expect((process.memoryUsage().arrayBuffers - before) / 200).toBeLessThan(4_000);
  });

  test('stops at the length that was announced', () => {
    const compressed = compressor.compress(new Uint8Array(1_000));
    expect(compressor.decompress(compressed, 1_000)).toHaveLength(1_000);
    expect(refusalOf(() => compressor.decompress(compressed, 999))).toBe('BAD_COMPRESSION');
    const one = compressor.compress(Uint8Array.of(1));
    expect(refusalOf(() => compressor.decompress(one, 0))).toBe('BAD_COMPRESSION');
    expect(compressor.decompress(compressor.compress(new Uint8Array(0)), 0)).toHaveLength(0);
  });

  test('does not unfold a bomb', () => {
    const bomb = compressor.compress(new Uint8Array(64 << 20));
    const before = process.memoryUsage().arrayBuffers;
    expect(refusalOf(() => compressor.decompress(bomb, 8 << 20))).toBe('BAD_COMPRESSION');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 << 20);
  });

  test('refuses what is damaged, whatever it is', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(255), (bytes, at, value) => {
        const compressed = compressor.compress(bytes).slice();
        compressed[at % compressed.length] = value;
        for (const hostile of [compressed, compressed.subarray(0, at % compressed.length), bytes]) {
          try {
            expect(compressor.decompress(hostile, 20_000).length).toBeLessThanOrEqual(20_000);
          } catch (error) {
            if (!(error instanceof SyncError)) throw error;
            expect(error.reason).toBe('BAD_COMPRESSION');
          }
        }
      }),
    );
  });

  test('refuses what goes on after its end', () => {
    const compressed = compressor.compress(new Uint8Array(100));
    const longer = Uint8Array.from([...compressed, 1, 2, 3]);
    expect(refusalOf(() => compressor.decompress(longer, 1_000))).toBe('BAD_COMPRESSION');
  });
});

test('[P5] zstd and deflate are those of every other implementation', () => {
  const bytes = new TextEncoder().encode('some words, some more words, and some words again');
  expect(createZstd().decompress(zstdCompressSync(bytes), 100)).toEqual(bytes);
  expect(new Uint8Array(zstdDecompressSync(createZstd().compress(bytes)))).toEqual(bytes);
  expect(createDeflate().decompress(deflateRawSync(bytes), 100)).toEqual(bytes);
});

test('a frame that asks its reader for much memory is refused', () => {
  // Magic, a header without a content size, and a window of 2 GiB; then one empty block.
  const greedy = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00);
  expect(refusalOf(() => createZstd().decompress(greedy, 100))).toBe('BAD_COMPRESSION');
  const modest = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x00, 0x01, 0x00, 0x00);
  expect(createZstd().decompress(modest, 100)).toHaveLength(0);
});

test('zstd comes first where all are offered', () => {
  expect(createCompressors().map(({ name }) => name)).toEqual(['zstd', 'deflate']);
});

function refusalOf(act: () => unknown): string {
  const error = syncErrorOf(act);
  expect(error.code).toBe(Code.dataLoss);
  return error.reason;
}
