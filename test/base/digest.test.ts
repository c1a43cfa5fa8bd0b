import { describe, expect, test } from 'vitest';
import { digest64, digestHex, murmur32 } from '../../src/base/digest.ts';
import { encodeUtf8 } from '../../src/base/utf8.ts';

describe('murmur32', () => {
  test.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['\0\0\0\0', 0, 0x2362f9de],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0, 0xb3dd93fa],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('agrees with the published vector of %j with seed %i', (text, seed, hash) => {
    const bytes = encodeUtf8(text);
    expect(murmur32(bytes, 0, bytes.length, seed)).toBe(hash);
  });

  test('comes to the verification value of SMHasher', () => {
    const keys = Uint8Array.from({ length: 256 }, (_, index) => index);
    const hashes = new DataView(new ArrayBuffer(1024));
    for (let length = 0; length < 256; length++) {
      hashes.setUint32(4 * length, murmur32(keys, 0, length, 256 - length), true);
    }
    expect(murmur32(new Uint8Array(hashes.buffer), 0, 1024, 0)).toBe(0xb0f57ee3);
  });

  test('reads only the bytes between start and end', () => {
    const bytes = encodeUtf8('xxabcxx');
    expect(murmur32(bytes, 2, 5, 0)).toBe(0xb3dd93fa);
  });
});

test('digest64 is murmur32 with two seeds, and takes part of an array', () => {
  const bytes = encodeUtf8('xxabcxx');
  const digest = digest64(bytes, 2, 5);
  expect(digest).toEqual({
    high: murmur32(bytes, 2, 5, 0x53796e63),
    low: murmur32(bytes, 2, 5, 0x44423031),
  });
  expect(digest).toEqual(digest64(encodeUtf8('abc')));
});

test('digestHex has 16 digits, the upper half first', () => {
  expect(digestHex({ high: 0xff, low: 0xdeadbeef })).toBe('000000ffdeadbeef');
});
