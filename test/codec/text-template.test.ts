import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { ranked } from '../../src/codec/codec.ts';
import { writeIntegers } from '../../src/codec/integers.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textTemplate } from '../../src/codec/text-template.ts';
import { textContract } from './contract/text-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

const column = (text: fc.Arbitrary<string>) => fc.array(text, { minLength: 1, maxLength: 40 });
const date = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });

textContract(
  textTemplate,
  fc.oneof(
    column(date.map((each) => each.toISOString())),
    column(date.map((each) => each.toISOString().slice(0, 10))),
    column(fc.nat().map((value) => `INV-${value}`)),
    column(fc.nat({ max: 99_999 }).map((value) => `ü${String(value).padStart(5, '0')}😀`)),
    column(fc.bigInt({ min: 10n ** 18n, max: 10n ** 19n - 1n }).map((value) => String(value))),
    column(fc.tuple(fc.constantFrom('a', 'bc', 'é'), fc.nat()).map((parts) => parts.join(''))),
  ),
);

function planned(values: readonly string[]) {
  const texts = new Texts(values);
  const plan = new Plan('balanced');
  plan.choose(textTemplate.id, ranked([textTemplate], texts, 'balanced')[0]!.parameters);
  const frames = framesOf((out) => expect(textTemplate.write(out, texts, plan)).toBe(true));
  expect(readFrames(frames, (reader) => textTemplate.read(reader, values.length))).toEqual(values);
  return { size: frames.reduce((sum, { length }) => sum + length, 0), plan };
}

const times = (count: number, text: (time: Date) => string) =>
  Array.from({ length: count }, (_, at) => text(new Date(1.7e12 + at * 3_600_000)));

describe('a moment is one number', () => {
  test.each<[string, (iso: string) => string]>([
    ['with its year first', (iso) => iso],
    ['without a time', (iso) => `${iso.slice(0, 4)}/${iso.slice(5, 7)}/${iso.slice(8, 10)}`],
    [
      'with its month first',
      (iso) =>
        `${+iso.slice(5, 7)}/${+iso.slice(8, 10)}/${iso.slice(2, 4)} ${+iso.slice(11, 13)}:${iso.slice(14, 16)}`,
    ],
    [
      'with its day first',
      (iso) => `${iso.slice(8, 10)}.${iso.slice(5, 7)}.${iso.slice(0, 4)} ${iso.slice(11, 19)}`,
    ],
    ['with micro-seconds', (iso) => `${iso.slice(0, 23)}000+00:00`],
  ])('%s', (_what, form) => {
    const { size, plan } = planned(times(2_000, (time) => form(time.toISOString())));
    expect(plan.parameters[0]).toBe(0);
    expect(size).toBeLessThan(600);
  });

  test('but for dates that do not exist, which are odd', () => {
    const values = times(400, (time) => time.toISOString());
    values[0] = '0000-00-00T00:00:00.000Z';
    values[7] = '2023-02-30T10:00:00.000Z';
    values[399] = '2023-02-28T24:00:00.000Z';
    const { size, plan } = planned(values);
    expect(plan.parameters).toEqual([0, 7, 0]);
    expect(size).toBeLessThan(300);
  });

  test('not where the day is the same in all, and tells nothing', () => {
    const values = Array.from({ length: 500 }, (_, at) => {
      const month = 1 + ((at * at * 7) % 12);
      return `${1900 + ((at * at * 3) % 101)}-${String(month).padStart(2, '0')}-01`;
    });
    expect(planned(values).plan.parameters).toEqual([]);
  });
});

test('a plan with a moment is of no use to numbers that are none', () => {
  const { plan } = planned(times(100, (time) => time.toISOString()));
  const values = Array.from({ length: 100 }, (_, at) => `${at}-${at * at}-99`);
  const frames = framesOf((out) => textTemplate.write(out, new Texts(values), plan));
  expect(readFrames(frames, (reader) => textTemplate.read(reader, 100))).toEqual(values);
});

test('numbers with zeros before them are told from those without', () => {
  for (const values of [
    ['007', '012', '123', '1234'],
    ['7', '12', '123'],
    [...new Array<string>(20).fill('00012'), '7'],
    [...new Array<string>(20).fill('12'), '007'],
  ]) {
    planned(values);
  }
});

test('half a pair of surrogates is refused', () => {
  const texts = new Texts(['\ud83d1', '\ud83d2']);
  const write = () => textTemplate.write(new BlockWriter(), texts, new Plan('fast'));
  expect(write).toThrow('a string has a lone surrogate');
});

describe('a column is refused', () => {
  const numbers = (...values: number[]) => ({ values: Float64Array.from(values) });
  const framesWith = (
    parts: readonly (number | string)[],
    ...columns: { values: Float64Array }[]
  ) =>
    framesOf((out) => {
      for (const part of parts) {
        if (typeof part === 'string') out.head.lengthText(part);
        else out.head.varint(part);
      }
      for (const { values } of columns) {
        writeIntegers(out, values, values.length, new Plan('fast'));
      }
    });

  // Parts, then how many numbers a moment has, its first one, its order; then no odd strings.
  test.each<[string, readonly (number | string)[], { values: Float64Array }[]]>([
    ['of too many parts', [33], []],
    ['with a number of too many digits', [1, 17, 0, 0], [numbers(1, 2)]],
    ['with a number below 0', [1, 2, 0, 0], [numbers(1, -2)]],
    ['with a number of more digits than there may be', [1, 2, 0, 0], [numbers(1, 10 ** 15)]],
    ['with a moment that it has not', [1, 5, 3, 0, 0, 0], [numbers(1, 2)]],
    ['with a moment of four numbers', [4, 5, 3, 3, 3, 4, 0, 0, 0], [numbers(1, 2)]],
    ['with a moment of no order', [3, 5, 3, 3, 3, 0, 3, 0], [numbers(1, 2)]],
    ['with a moment before the year 0', [3, 5, 3, 3, 3, 0, 0, 0], [numbers(1, -800_000)]],
    ['with a moment behind the year 9999', [3, 5, 3, 3, 3, 0, 0, 0], [numbers(1, 3_000_000)]],
    ['with a moment of text', [3, 5, 1, 3, 3, 0, 0, 0], [numbers(1, 2)]],
    ['with a long literal for each', [1, 0, 'x'.repeat(60_000), 0, 0], []],
    ['with an odd string that has no place', [1, 2, 0, 1, 5], [numbers(1, 2)]],
  ])('%s', (_what, parts, columns) => {
    const count = columns.length === 0 ? 1_000 : 2;
    const read = () =>
      readFrames(framesWith(parts, ...columns), (reader) => textTemplate.read(reader, count));
    expect(read).toThrow(/column block: .* at byte/);
  });
});

test('strings of one length come back, and those that outgrow it, also where some are odd', () => {
  const padded = (value: number, width: number) => String(value).padStart(width, '0');
  for (const [most, literal] of [
    [999, 'no. '],
    [1_001, 'no. '],
    [999, 'Nº '],
  ] as const) {
    const values = Array.from({ length: 200 }, (_, at) =>
      at % 50 === 7
        ? 'none'
        : `${literal}${padded((at * 5) % (most + 1), 3)}/${padded(at % 12, 2)}`,
    );
    values[3] = `${literal}${most}/00`;
    const frames = framesOf((out) => {
      expect(textTemplate.write(out, new Texts(values), new Plan('balanced'))).toBe(true);
    });
    expect(readFrames(frames, (reader) => textTemplate.read(reader, 200))).toEqual(values);
  }
});
