/** `syncdb` on the files of a database on a disk that is full, or nearly: a real one, a small tmpfs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { writeBackup } from '../../src/cli/backup.ts';
import { encodeBackup } from '../../src/log/backup-format.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { runProgram } from '../support/program.ts';
import { putStations, serveFiles, stationsOf } from './support/station-files.ts';

const makeFolder = tempFolders();
const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

const diskBytes = 4 << 20;
const canMount = mounted(join(makeFolder(), 'probe'));
const unless = canMount ? '' : ' (skipped: no right to mount a tmpfs)';

it.skipIf(!canMount)(
  `[I2] verify says that the disk is full, and a restore needs no more room than what it writes${unless}`,
  async () => {
    const folder = makeFolder();
    const disk = join(folder, 'disk');
    mounted(disk);
    const data = join(disk, 'data');
    const backup = join(folder, 'backup');
    const server = await serveFiles(data);
    await putStations(await server.client(), 'a', 'b');
    await writeBackup(encodeBackup(server.database.backup()), backup);
    await server.close();

    const ballast = join(disk, 'ballast');
    const fill = () => {
      try {
        writeFileSync(ballast, new Uint8Array(diskBytes));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      }
    };
    fill();
    const args = ['--data', data];
    expect((await runProgram(['bin/syncdb.js', 'verify', ...args])).stderr).toContain(
      'there is no room on the disk',
    );
    unlinkSync(ballast);
    expect((await runProgram(['bin/syncdb.js', 'verify', ...args])).code).toBe(0);

    // Less than a running server leaves free for its log.
    const restored = await runProgram([
      'bin/syncdb.js',
      'restore',
      '--from',
      backup,
      ...args,
      '--replace',
    ]);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const again = await serveFiles(data);
    const client = await again.client();
    await client.synced();
    expect(stationsOf(client)).toEqual(['a', 'b']);
    await again.close();
  },
  60_000,
);

/** Whether a disk could be mounted there, which goes when the test ends. */
function mounted(folder: string): boolean {
  mkdirSync(folder);
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', folder];
    execFileSync('mount', options, { stdio: 'ignore' });
  } catch {
    return false;
  }
  undo.push(() => execFileSync('umount', ['--lazy', folder]));
  return true;
}
