/** A case for each codec of strings, and for each of the forms that it has. */
import { type ColumnCase, chance, made, texts } from './column-case.ts';

function one(
  name: string,
  codec: string,
  values: readonly string[],
  parameters?: readonly number[],
): ColumnCase {
  const column = texts(values);
  return { name, columns: [{ column, codec, ...(parameters && { parameters }) }] };
}

const random = chance(3);
const hex = (digits: number) => made(digits, () => (random() & 15).toString(16)).join('');
const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');
const two = (value: number) => String(value).padStart(2, '0');

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ulid = (time: number) =>
  [...made(10, (at) => Math.floor(time / 32 ** (9 - at)) % 32), ...made(16, () => random() % 32)]
    .map((digit) => crockford[digit])
    .join('');

const uuids = made(12, uuid);
const cities = ['Köln', 'Zürich', 'Łódź', '東京', 'Oslo', 'São Paulo', '🏙️ New York', ''];
/** Each of them, as often as three more times in any order. */
const repeated = (entries: readonly string[]) =>
  made(4 * entries.length, (at) => {
    const place = at < entries.length ? at * 7 : random();
    return entries[place % entries.length]!;
  });

const subjects = ['The pump', 'A valve', 'The old well', 'Our site', "The driver's phone"];
const verbs = ['is dry', 'was checked', 'needs work', 'runs again', 'is in use'];
const sentences = made(60, (at) => {
  const first = `${subjects[at % 5]} ${verbs[(at * 3 + 1) % 5]}.`;
  const second = `${subjects[(at * 2 + 3) % 5]} ${verbs[(at * at) % 5]}`;
  return at % 3 === 0 ? first : `${first} ${second}${at % 2 === 0 ? '!' : ', we think.'}`;
});
const oddSentences = [
  ...['', 'the pump', 'THE PUMP. the  pump?', 'The-pump', ' The pump ', 'naïve Über-pump'],
  ...[
    `x${'y'.repeat(40)}`,
    'a.b. C\nd',
    '水泵 is dry',
    `${'ü'.repeat(20)} pump`,
    'is\u0001dry',
    '.',
  ],
];
const manyWords = made(
  700,
  (at) => `${['net', 'gas', 'oil', 'sun'][at % 4]}${at % 350} to${(at * 7) % 40}`,
);
const log = made(60, (at) => `worker ${at % 4} took job ${at % 11} off the queue`);

export const textCases: readonly ColumnCase[] = [
  { name: 'no values', columns: [{ column: texts([]) }] },
  one('constant', 'constant', ['Grüße', 'Grüße', 'Grüße']),
  one('constant: the empty string', 'constant', ['', '']),
  one('plain', 'plain', ['', 'a', 'bc', 'line\nbreak', '\u0000']),
  one('plain, of all planes of Unicode', 'plain', ['é', '水泵', '🚰🚰', '', 'a🚰b']),
  one(
    'plain, behind the head',
    'plain',
    made(30, (at) => `${at} bottles of water, ${uuid()}`),
  ),
  one('codes, in order', 'codes', repeated(cities), [1]),
  one('codes, as they come', 'codes', repeated(['zebra', 'ant', 'cow', 'bee']), [0]),
  one(
    'codes, entries as front',
    'codes',
    repeated(made(40, (at) => `/srv/data/node/${at + 100}.bin`)),
    [1],
  ),
  one('codes, entries as UUIDs', 'codes', repeated(made(34, uuid)), [1]),
  one('codes, entries as ULIDs', 'codes', repeated(made(34, (at) => ulid(1.7e12 + at))), [1]),
  one('codes, entries as hex', 'codes', repeated(made(34, () => hex(24))), [1]),
  one('front', 'front', ['', 'car', 'card', 'care', 'careful', 'dog', 'do', 'do']),
  one('front, of all planes of Unicode', 'front', ['🚰', '🚰a', '🚱', 'Köl', 'Köln', 'Kö']),
  one(
    'template: padded numbers',
    'template',
    made(12, (at) => `INV-2024-${String(at * 37).padStart(5, '0')}`),
  ),
  one(
    'template: numbers without zeros',
    'template',
    made(12, (at) => `#${at * at * 13} of 12`),
  ),
  one(
    'template: numbers of fifteen digits',
    'template',
    made(9, (at) => `n${'9'.repeat(14)}${at}7`),
  ),
  one('template: text parts and an odd string', 'template', [
    ...made(11, (at) => `${['north', 'süd', 'east'][at % 3]} ${at}/${at % 4} 🚰`),
    'closed',
    ...made(6, (at) => `west ${at}/0 🚰`),
  ]),
  one('template: the first string is odd', 'template', ['?', ...made(17, (at) => `k${at + 20}`)]),
  one('template: text parts with codes', 'template', [
    ...made(48, (at) => `${['pump', 'valve', 'gauge'][(at * at) % 3]}-${at * 17}`),
  ]),
  one('template: text parts with front', 'template', [
    ...made(
      40,
      (at) => `measurements/of/site/${'abcdefghij'[at >> 2]}${'klmn'[at & 3]} ${(at * at) % 90}`,
    ),
  ]),
  one(
    'moment: dates',
    'template',
    made(10, (at) => `2024-${two(1 + at)}-${two(28 - at)}`),
    [0, 3, 0],
  ),
  one(
    'moment: dates before 1970, day first, with two digits',
    'template',
    ['1/1/1600', '29/2/1968', '31/12/9999', '28/2/1900', '3/7/0', '1/1/1970'].map((date) => {
      const [day, month, year] = date.split('/').map(Number) as [number, number, number];
      return `${two(day)}.${two(month)}.${String(year).padStart(4, '0')}`;
    }),
    [0, 3, 1],
  ),
  one(
    'moment: minutes, month first, behind another number',
    'template',
    made(9, (at) => `gate ${at}: 5/${at + 1}/24 ${at}:${two(at * 6)}`),
    [1, 5, 2],
  ),
  one(
    'moment: seconds',
    'template',
    made(9, (at) => `2023-12-31T23:59:${two(at * 7)}Z`),
    [0, 6, 0],
  ),
  one(
    'moment: milliseconds, and an odd string that is no date',
    'template',
    [
      ...made(
        17,
        (at) => `2024-02-${two(at + 12)} 08:${two(at)}:59.${String(at * 41).padStart(3, '0')}`,
      ),
      '2024-02-30 08:00:00.000',
    ],
    [0, 7, 0],
  ),
  one('uuid, lower case', 'uuid', uuids, [0]),
  one(
    'uuid, upper case, with a prefix',
    'uuid',
    uuids.map((id) => `id:ü:${id.toUpperCase()}`),
    [0],
  ),
  one(
    'uuid, two groups numbers, and odd strings',
    'uuid',
    ['none', ...made(15, (at) => `018f3a5c-${two(at)}00-7000-8000-0000000000${two(at)}`), uuid()],
    [5],
  ),
  one(
    'ulid',
    'ulid',
    made(9, (at) => ulid(1.7e12 + at * 1_000)),
    [1],
  ),
  one(
    'ulid, lower case',
    'ulid',
    made(5, (at) => ulid(at).toLowerCase()),
    [0],
  ),
  one(
    'hex',
    'hex',
    made(9, () => hex(24)),
    [0],
  ),
  one(
    'hex, upper case, with a prefix',
    'hex',
    made(9, () => `0x${hex(8).toUpperCase()}`),
    [0],
  ),
  one('words, beginnings of sentences with capitals', 'words', [...sentences, ...oddSentences]),
  one('words as they are', 'words', log),
  one('words with places of two bytes', 'words', manyWords),
];
