import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textPlain } from '../../src/codec/text-plain.ts';
import { textContract } from './contract/text-contract.ts';
import { anyTexts } from './support/any-texts.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

textContract(
  textPlain,
  anyTexts.filter(({ length }) => length > 0),
);

test.each([[['\ud83d']], [['\ud83d', '\ude00']], [['a', '\ude00b']], [['x'.repeat(99), '\ud83d']]])(
  'half a pair of surrogates is refused, also where the next string has the other half: %j',
  (values) => {
    const write = () =>
      framesOf((out) => textPlain.write(out, new Texts(values), new Plan('fast')));
    expect(write).toThrow('a string has a lone surrogate');
  },
);

describe('a column is refused', () => {
  test.each<[string, number[], Uint8Array]>([
    ['with a string that ends within a character', [1, 1], encodeUtf8('😀')],
    ['with more text than its strings have', [1, 1], encodeUtf8('abc')],
    ['with less text than its strings have', [1, 2], encodeUtf8('ab')],
    ['with a string of a length below 0', [-1, 2], encodeUtf8('a')],
    ['with bytes that are not UTF-8', [1, 1], Uint8Array.of(0x61, 0xff)],
    ['with half a pair of surrogates', [1], Uint8Array.of(0xed, 0xa0, 0x80)],
  ])('%s', (_what, lengths, bytes) => {
    const frames = framesOf((out) => {
      out.head.varint(bytes.length);
      writeIntegers(out, Float64Array.from(lengths), lengths.length, new Plan('fast'));
      out.text(bytes);
    });
    const read = () => readFrames(frames, (reader) => textPlain.read(reader, lengths.length));
    expect(read).toThrow(/column block: .* at byte/);
  });
});
