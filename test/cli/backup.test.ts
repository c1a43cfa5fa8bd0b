/** `syncdb backup` where something is in its way. What becomes of a backup is in restore.test.ts. */
import { createReadStream, existsSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type BackupOptions, backup } from '../../src/cli/backup.ts';
import { decodeBackup } from '../../src/log/backup-format.ts';
import { diskFull } from '../../src/log/log-errors.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { remoteOptions } from './support/streams.ts';

const makeFolder = tempFolders();
let to: string;
let server: TestServer | undefined;

beforeEach(() => {
  to = join(makeFolder(), 'field.syncdb-backup');
  vi.spyOn(console, 'log').mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server?.close();
});

it('is whole and says so where it cannot be marked as safe', async () => {
  const log = createMemoryLog({ id: new Uint8Array(16) });
  server = await startTestServer({ log, onWriteState: () => {} });
  vi.spyOn(log, 'append').mockRejectedValue(diskFull('the disk', undefined));
  await expect(backup(options(server.address))).rejects.toMatchObject({
    reason: 'LOG_DISK_FULL',
    message: expect.stringMatching(
      `^the backup in ${to} is whole; it could not be marked as safe: `,
    ),
  });
  const frames: string[] = [];
  for await (const { kind } of decodeBackup(createReadStream(to))) frames.push(kind);
  expect(frames).toContain('block');
});

it('says of a disk that takes no more which file it was for', async () => {
  server = await startTestServer();
  const full = '/dev/full';
  // What is written there is refused as on a full disk.
  symlinkSync(full, `${to}.partial`);
  await expect(backup(options(server.address))).rejects.toThrow(
    `${to}.partial: ENOSPC: no space left on device, write`,
  );
  expect(existsSync(to)).toBe(false);
});

it('is refused where it cannot have its file, and no call is left behind', async () => {
  server = await startTestServer();
  to = join(to, 'below', 'file');
  await expect(backup(options(server.address))).rejects.toThrow(/ENOENT.*file\.partial'$/);
  to = tmpdir();
  await expect(backup(options('127.0.0.1:1'))).rejects.toMatchObject({ reason: 'BAD_OPTION' });
  // A call that nobody reads would end the process with its error by now.
  await new Promise((resolve) => setTimeout(resolve, 50));
});

it('goes with a token, and says of whom it was refused', async () => {
  server = await startTestServer({
    authorise: async (call) => {
      if (call.metadata('authorization')[0] !== 'Bearer secret') throw new Error('a stranger');
      return trustEveryone(call);
    },
    onInternalError: () => {},
  });
  await expect(backup(options(server.address))).rejects.toThrow();
  expect(existsSync(to)).toBe(false);
  await backup({ ...options(server.address), token: 'secret' });
  expect(existsSync(to)).toBe(true);
});

it('tells of a server that is not there in a whole sentence', async () => {
  await expect(backup(options('127.0.0.1:1'))).rejects.toThrow(/ECONNREFUSED 127\.0\.0\.1:1$/);
});

function options(address: string): BackupOptions {
  return { ...remoteOptions(address), to, name: 'nightly', mark: true };
}
