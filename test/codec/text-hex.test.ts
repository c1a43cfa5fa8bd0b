import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ranked } from '../../src/codec/codec.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textHex } from '../../src/codec/text-hex.ts';
import { textContract } from './contract/text-contract.ts';
import { hexText } from './support/any-texts.ts';

const column = (text: fc.Arbitrary<string>) => fc.array(text, { minLength: 1, maxLength: 40 });

textContract(
  textHex,
  fc
    .constantFrom(8, 10, 24, 40, 64, 128)
    .chain((length) =>
      fc.oneof(
        column(hexText(length)),
        column(hexText(length).map((text) => text.toUpperCase())),
        column(hexText(length).map((text) => `sha:${text}`)),
      ),
    ),
);

test.each([
  ['an odd number of digits', 'abcdef123'],
  ['few digits', 'abcdef'],
  ['more than 128 digits', 'ab'.repeat(65)],
  ['letters of both cases', 'abcdefABCDEF'],
])('%s are not for it', (_what, text) => {
  expect(ranked([textHex], new Texts([text, text]), 'balanced')[0]).toBeUndefined();
});
