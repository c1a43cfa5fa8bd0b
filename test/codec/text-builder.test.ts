import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { TextBuilder } from '../../src/codec/text-builder.ts';

const reader = (valuesMax: number) => new BlockReader([Uint8Array.of(0)], valuesMax);

test('strings are put together of texts, bytes and numbers', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.nat());
  fc.assert(
    fc.property(fc.array(fc.array(part)), fc.boolean(), (strings, asBytes) => {
      const builder = new TextBuilder(reader(10_000), strings.length, 1);
      for (const parts of strings) {
        for (const each of parts) {
          builder.reserve(typeof each === 'number' ? 15 : 3 * each.length);
          if (typeof each === 'number') builder.decimal(each, 3);
          else if (asBytes) builder.utf8(encodeUtf8(each));
          else builder.text(each);
        }
        builder.end();
      }
      expect(builder.texts()).toEqual(
        strings.map((parts) =>
          parts
            .map((each) => (typeof each === 'number' ? String(each).padStart(3, '0') : each))
            .join(''),
        ),
      );
    }),
  );
});

test('a string can begin with what the one before began with', () => {
  const builder = new TextBuilder(reader(100), 3, 0);
  builder.again(0);
  builder.ascii('xabcx', 1, 4);
  builder.end();
  builder.again(2);
  builder.ascii('d', 0, 1);
  builder.end();
  builder.again(3);
  builder.end();
  expect(builder.texts()).toEqual(['abc', 'abd', 'abd']);
});

test('what it takes is counted', () => {
  expect(() => new TextBuilder(reader(10), 1, 81)).toThrow('there are too many values');
  const builder = new TextBuilder(reader(100), 100, 80);
  const fill = () => {
    for (let at = 0; at < 100; at++) builder.text('x'.repeat(80));
  };
  expect(fill).toThrow('there are too many values');
});
