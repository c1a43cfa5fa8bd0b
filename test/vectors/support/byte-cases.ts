/** A case for each codec of byte strings. */
import { byteStrings, type ColumnCase, chance, made } from './column-case.ts';

function one(
  name: string,
  codec: string,
  values: readonly (readonly number[])[],
  parameters?: readonly number[],
): ColumnCase {
  const column = byteStrings(values);
  return { name, columns: [{ column, codec, ...(parameters && { parameters }) }] };
}

const random = chance(2);
const ascii = (text: string) => [...Buffer.from(text)];
const noise = (length: number) => made(length, () => random() & 0xff);

export const byteCases: readonly ColumnCase[] = [
  { name: 'no values', columns: [{ column: byteStrings([]) }] },
  one('constant', 'constant', [
    [1, 2, 3],
    [1, 2, 3],
  ]),
  one('constant: none at all', 'constant', [[], []]),
  one('plain', 'plain', [[], [0], [255, 254], ascii('words'), ascii('more words')]),
  one(
    'plain: words, behind the head',
    'plain',
    made(40, (at) => ascii(`line ${at} of the log`)),
  ),
  one(
    'plain: noise, in a frame',
    'plain',
    made(10, (at) => noise(60 + at)),
  ),
  one(
    'fixed, all of it noise',
    'fixed',
    made(6, () => noise(8)),
    [0],
  ),
  one(
    'fixed, the first six bytes numbers',
    'fixed',
    made(8, (at) => [0, 1, 0x9a, 0x40, 7, at, ...noise(10)]),
    [1],
  ),
  one(
    'fixed, the last four bytes numbers',
    'fixed',
    made(8, (at) => [...noise(12), 0, 0, 2, at]),
    [4],
  ),
  one(
    'fixed, 300 records of a byte',
    'fixed',
    made(300, (at) => [(at * at) & 0xff]),
    [0],
  ),
  one(
    'codes, entries as plain',
    'codes',
    made(24, (at) => ascii(['idle', 'run', '', 'fault 7'][(at * at) % 4]!)),
  ),
  one(
    'codes, entries as fixed',
    'codes',
    made(60, (at) => [9, 9, 9, 9, 9, 9, 9, 9, (at % 20) * 3]),
  ),
];
