import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/base/utf8.ts';
import { TextGatherer } from '../../src/table/text-gatherer.ts';
import { texts } from '../support/schema-values.ts';

/** The texts as they come out again, each gathered from the middle of other bytes. */
function gathered(list: readonly string[]): string[] {
  const places = new Array<string>(list.length);
  const gatherer = new TextGatherer(places);
  for (const [place, text] of list.entries()) {
    const bytes = encodeUtf8(`<${text}>`);
    gatherer.add(place, bytes, 1, bytes.length - 1);
  }
  gatherer.finish();
  return places;
}

test('texts come out as they went in, be they ASCII or not', () => {
  const ascii = fc.array(fc.string({ maxLength: 100 }), { maxLength: 100 });
  fc.assert(
    fc.property(fc.oneof(fc.array(texts), ascii), (list) => {
      expect(gathered(list)).toEqual(list);
    }),
  );
  expect(gathered([])).toEqual([]);
  const long = [
    'x'.repeat(10_000),
    '',
    'é',
    ...Array.from({ length: 99 }, (_, n) => 'y'.repeat(n * 9)),
  ];
  expect(gathered(long)).toEqual(long);
});

test('each goes to its place', () => {
  const places = ['', 'b', ''];
  const gatherer = new TextGatherer(places);
  gatherer.add(2, encodeUtf8('c'), 0, 1);
  gatherer.add(0, encodeUtf8('a'), 0, 1);
  gatherer.finish();
  expect(places).toEqual(['a', 'b', 'c']);
});
