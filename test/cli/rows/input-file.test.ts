import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inputFiles } from '../../../src/cli/rows/input-file.ts';
import { tempFolders } from '../../log/support/temp-folder.ts';
import { gathered } from '../support/chunks.ts';
import { testStreams } from '../support/streams.ts';

const makeFolder = tempFolders();
const path = (name: string, text: string) => {
  const file = join(makeFolder(), name);
  writeFileSync(file, text);
  return file;
};

test('files say by their name what they are, and how large', async () => {
  const [file] = await inputFiles([path('rows.csv', 'id\na\n')], undefined, testStreams());
  expect(file).toMatchObject({ format: 'csv', bytes: 5 });
  expect(Buffer.concat(await gathered(file!.chunks())).toString()).toBe('id\na\n');
});

test.each([[[]], [['-']]])('%j is stdin, as ndjson where nothing else is said', async (names) => {
  const streams = testStreams({ input: '{}' });
  const [file] = await inputFiles(names, undefined, streams);
  expect(file).toMatchObject({ name: 'stdin', format: 'ndjson', bytes: undefined });
  expect(Buffer.concat(await gathered(file!.chunks())).toString()).toBe('{}');
  expect((await inputFiles(names, 'csv', streams))[0]?.format).toBe('csv');
});

test('what cannot be read is said before anything is', async () => {
  const known = path('rows.csv', '');
  await expect(inputFiles([known, 'missing.csv'], undefined, testStreams())).rejects.toThrow(
    /ENOENT: no such file or directory, stat 'missing.csv'/,
  );
  const unknown = path('rows.txt', '');
  await expect(inputFiles([unknown], undefined, testStreams())).rejects.toThrow(
    `--format: what ${unknown} has its name does not say: json, ndjson, csv or binary`,
  );
  await expect(inputFiles(['-', '-'], 'csv', testStreams())).rejects.toThrow(
    'can be read once only',
  );
});

test('a folder is none, and it is named', async () => {
  const folder = makeFolder();
  const [file] = await inputFiles([folder], 'csv', testStreams());
  await expect(gathered(file!.chunks())).rejects.toThrow(`${folder}: EISDIR`);
});
