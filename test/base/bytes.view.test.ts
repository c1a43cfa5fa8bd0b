import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';

test('a view of what was written stays as it is while the writer goes on and grows', () => {
  const out = new ByteWriter(4);
  out.u8(1);
  const start = out.length;
  out.u8(2);
  out.u8(3);
  const view = out.viewFrom(start);
  for (let value = 4; value < 100; value++) out.u8(value);
  expect([...view]).toEqual([2, 3]);
  expect([...out.finish().subarray(0, 4)]).toEqual([1, 2, 3, 4]);
});

test('nothing written since is an empty view', () => {
  const out = new ByteWriter();
  out.u8(1);
  expect(out.viewFrom(out.length)).toHaveLength(0);
});
