import { lstat, open, rename, rm } from 'node:fs/promises';
import { syncFolder } from '../log/moved-file.ts';
import { namingFile } from './failure.ts';
import { badOption } from './option-error.ts';

/** INVALID_ARGUMENT BAD_OPTION where `--to` names what is there and is no regular file: a device or a link would be replaced. */
export async function checkReplaceable(path: string): Promise<void> {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (there === undefined || there.isFile()) return;
  const kind = there.isDirectory() ? 'a folder' : there.isSymbolicLink() ? 'a link' : 'no file';
  throw badOption('to', `${path} is ${kind}, and only a regular file is replaced`);
}

/**
 * Writes a file out of the pieces that `write` puts into it: it has its name only once that is done and all of it is on stable
 * storage. Before it is `path` + `.partial`, which is removed where something fails. Raises what `checkReplaceable` does.
 */
export async function writeWhole<T>(
  path: string,
  write: (put: (piece: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  await checkReplaceable(path);
  const partial = `${path}.partial`;
  const file = await open(partial, 'w');
  try {
    const result = await write((piece) => namingFile(partial, () => file.writeFile(piece)));
    await namingFile(partial, () => file.sync());
    await file.close();
    await rename(partial, path);
    syncFolder(path);
    return result;
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}
