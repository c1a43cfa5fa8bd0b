import { expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import { createUtf8Scratch } from '../../src/table/utf8-scratch.ts';

test('each string takes the place of the last', () => {
  const scratch = createUtf8Scratch();
  for (const text of ['abc', '', '😀é', '\uffff'.repeat(1000), 'x']) {
    scratch.encode(text);
    expect(scratch.bytes.subarray(0, scratch.length)).toEqual(encodeUtf8(text));
  }
});
