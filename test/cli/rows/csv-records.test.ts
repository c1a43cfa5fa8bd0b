import { expect, test } from 'vitest';
import { csvRecords } from '../../../src/cli/rows/csv-records.ts';
import { chunksOf, gathered } from '../support/chunks.ts';

test('records have the line where they begin, their cells, and how these stood there', async () => {
  const text = 'id,notes\r\n\r\na,"x\ny"\nb,""\nc,\n"d ""q""",more,"\n"\n';
  const found = await gathered(csvRecords(chunksOf(text.slice(0, 20), text.slice(20))));
  expect(found.map(({ line, cells }) => [line, cells.map((cell) => cell.text)])).toEqual([
    [1, ['id', 'notes']],
    [3, ['a', 'x\ny']],
    [5, ['b', '']],
    [6, ['c', '']],
    [7, ['d "q"', 'more', '\n']],
  ]);
  expect(found.slice(2, 4).map(({ cells }) => cells[1]!.isQuoted)).toEqual([true, false]);
  expect(found[4]!.text).toBe('"d ""q""",more,"\n"');
});

test.each([
  ['id\na"b\nc', 2, 'Invalid Opening Quote'],
  ['id\n"a"b\n', 2, 'Invalid Closing Quote'],
  ['id\n"a\nb', 3, 'Quote Not Closed'],
])('%j is no CSV', async (text, line, message) => {
  await expect(gathered(csvRecords(chunksOf(text)))).rejects.toMatchObject({
    line,
    message: expect.stringContaining(message),
  });
});

test('what goes wrong with the text itself is thrown', async () => {
  const broken = async function* () {
    yield 'id\na\n';
    throw new TypeError('gone');
  };
  await expect(gathered(csvRecords(broken()))).rejects.toThrow('gone');
});
