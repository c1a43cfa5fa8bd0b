import { open, rename, rm } from 'node:fs/promises';
import { syncFolder } from '../log/moved-file.ts';
import { namingFile } from './failure.ts';

/**
 * Writes a file out of the pieces that `write` puts into it: it has its name only once that is done and all of it is on stable
 * storage. Before it is `path` + `.partial`, which is removed where something fails.
 */
export async function writeWhole<T>(
  path: string,
  write: (put: (piece: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
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
