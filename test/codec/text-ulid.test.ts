import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textUlid } from '../../src/codec/text-ulid.ts';
import { textContract } from './contract/text-contract.ts';

const column = (text: fc.Arbitrary<string>) => fc.array(text, { minLength: 1, maxLength: 40 });

textContract(
  textUlid,
  fc.oneof(
    column(fc.ulid()),
    column(fc.ulid().map((text) => text.toLowerCase())),
    column(fc.ulid().map((text) => `evt_${text}`)),
  ),
);

test('the bytes are the bits of its digits', () => {
  const out = new BlockWriter();
  const plan = new Plan('fast');
  // The time 1 and the number 2; and the largest of both.
  const values = ['00000000010000000000000002', '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'];
  textUlid.write(out, new Texts(values), plan);
  const [frame] = out.frames();
  expect([...frame!.bytes.subarray(-32)]).toEqual([
    ...[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    ...new Array(16).fill(255),
  ]);
});

test.each([
  '8ZZZZZZZZZZZZZZZZZZZZZZZZZ',
  '0000000001000000000000000U',
  '0000000001000000000000000',
  '000000000100000000000000000',
])('%s is none', (text) => {
  expect(textUlid.write(new BlockWriter(), new Texts([text]), new Plan('fast'))).toBe(
    text.length === 27,
  );
});
