import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { writeWhole } from '../../src/cli/whole-file.ts';
import { tempFolders } from '../log/support/temp-folder.ts';

const makeFolder = tempFolders();
const [one, two] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
let folder: string;
let path: string;

beforeEach(() => {
  folder = makeFolder();
  path = join(folder, 'edits');
});

it('has its name once all pieces are written, and gives what the writing gave', async () => {
  const given = await writeWhole(path, async (put) => {
    await put(one!);
    expect(existsSync(path)).toBe(false);
    await put(two!);
    return 'done';
  });
  expect(given).toBe('done');
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(['edits']);
});

it('leaves what was there before where the writing fails, and nothing beside it', async () => {
  writeFileSync(path, 'before');
  const failing = writeWhole(path, async (put) => {
    await put(one!);
    throw new Error('no more');
  });
  await expect(failing).rejects.toThrow('no more');
  expect(readFileSync(path, 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['edits']);
});

it('names the file of which the system takes no more', async () => {
  // What is written there is refused as on a full disk.
  symlinkSync('/dev/full', `${path}.partial`);
  await expect(writeWhole(path, (put) => put(one!))).rejects.toThrow(`${path}.partial: ENOSPC`);
  expect(readdirSync(folder)).toEqual([]);
});

it('takes the place of a regular file alone', async () => {
  const socket = createServer().listen(`${path}.socket`);
  await once(socket, 'listening');
  symlinkSync(join(folder, 'other'), `${path}.link`);
  const kinds = { [`${path}.socket`]: 'no file', [`${path}.link`]: 'a link', [folder]: 'a folder' };
  for (const [asked, kind] of Object.entries(kinds)) {
    const never = writeWhole(asked, () => expect.fail('nothing is read'));
    await expect(never).rejects.toMatchObject({
      reason: 'BAD_OPTION',
      message: `--to: ${asked} is ${kind}, and only a regular file is replaced`,
    });
  }
  expect(readdirSync(folder)).toEqual(['edits.link', 'edits.socket']);
  socket.close();
});
