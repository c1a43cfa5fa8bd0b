import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { expect, test } from 'vitest';
import { ZstdContext } from '../../src/wire/zstd-context.ts';

const bytes = new TextEncoder().encode('the same again, and the same again');

test('one context takes one frame after the other, and another one follows one that failed', () => {
  let created = 0;
  const making = new ZstdContext(() => createZstdCompress());
  const reading = new ZstdContext(() => {
    created++;
    return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } });
  });
  const frame = making.process(bytes)!;
  for (let times = 0; times < 5; times++) expect(reading.process(frame)).toEqual(bytes);
  expect(created).toBe(1);
  expect(() => reading.process(bytes)).toThrow();
  expect(reading.process(frame)).toEqual(bytes);
  expect(created).toBe(2);
});
