import fc from 'fast-check';

/** Columns of strings of all kinds that a codec may meet, each kind alone and with strings of others in it. */

const unicode = fc.string({ unit: 'binary', maxLength: 12 });

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength });

const number = (max: number, width: number) =>
  fc.nat({ max }).map((value) => String(value).padStart(width, '0'));

const year = fc.oneof(number(9999, 4), number(2100, 1), number(99, 2));

/** Valid or not: the 31st of February, the 13th month, the year 0. */
const dateParts = fc.tuple(year, number(13, 2), number(32, 2));
const timeParts = fc.tuple(number(24, 2), number(60, 2), number(60, 2), number(999, 3));

export const dateText = fc.oneof(
  dateParts.map((parts) => parts.join('-')),
  fc.tuple(number(12, 1), number(31, 1), year).map((parts) => parts.join('/')),
  fc.tuple(number(31, 2), number(12, 2), year).map((parts) => parts.join('.')),
  fc
    .tuple(dateParts, timeParts)
    .map(
      ([date, [hour, minute, second, part]]) =>
        `${date.join('-')}T${hour}:${minute}:${second}.${part}Z`,
    ),
  fc.tuple(dateParts, timeParts).map(([date, time]) => `${date.join('/')} ${time[0]}:${time[1]}`),
);

/** Texts of one template. */
export const templateText = fc
  .tuple(fc.constantFrom('INV', 'ü-', '😀', 'x'), digits(7), fc.constantFrom('', '-'), digits(18))
  .map((parts) => parts.join(''));

export const uuidText = fc.oneof(
  fc.uuid(),
  fc.uuid().map((text) => text.toUpperCase()),
  fc.uuid({ version: 7 }),
);
export const ulidText = fc.oneof(
  fc.ulid(),
  fc.ulid().map((text) => text.toLowerCase()),
);

export const hexText = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: length,
    maxLength: length,
  });

/** Almost of a form: with a character gone, changed, or too much. */
function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.nat(60), fc.constantFrom('', 'z', 'G', '-', '7', '\0', 'é'))
    .map(([whole, at, other]) => [...whole].toSpliced(at, 1, other).join(''));
}

const kinds = fc.constantFrom<fc.Arbitrary<string>>(
  unicode,
  fc.constantFrom('', 'a', 'b', 'aa', 'ü', '\0'),
  digits(20),
  number(9_999, 4),
  dateText,
  templateText,
  uuidText,
  ulidText,
  hexText(8),
  hexText(24).map((text) => `0x${text}`),
  fc.string({ unit: 'binary', minLength: 300, maxLength: 2_000 }),
);

/** Strings mostly of one kind, in any order or ascending, some of them again. */
export const anyTexts: fc.Arbitrary<string[]> = kinds.chain((kind) => {
  const text = fc.oneof({ weight: 30, arbitrary: kind }, { weight: 1, arbitrary: mutated(kind) });
  const column = fc.oneof(fc.array(text, { maxLength: 8 }), fc.array(text, { maxLength: 80 }));
  return fc.tuple(column, fc.constantFrom('as they are', 'sorted', 'again')).map(([texts, how]) => {
    if (how === 'sorted') return texts.toSorted();
    return how === 'again' ? [...texts, ...texts, ...texts.slice(0, 3)] : texts;
  });
});
