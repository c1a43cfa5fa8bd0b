/** A client on a disk without room: a real one, a small tmpfs. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { SyncError } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { StorageStatus } from '../../src/client/replica-journal.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import {
  eventually,
  fieldSchema,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const makeFolder = tempFolders();
const statuses: StorageStatus[] = [];
let disk: string;
let server: TestServer;

describe.skipIf(!canMount)(
  `a client on a full disk${canMount ? '' : ' (skipped: only root on Linux can mount one)'}`,
  () => {
    beforeEach(async () => {
      disk = join(makeFolder(), 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
      statuses.length = 0;
      server = await startTestServer();
    });
    afterEach(async () => {
      await server.close();
      // Also where a test has failed and left its client open.
      execFileSync('umount', ['-l', disk]);
    });

    const opened = (waitingBytesMax = 100_000, limits: Partial<Limits> = {}): Promise<Client> =>
      open({
        url: server.address,
        database: 'field',
        schema: fieldSchema,
        storage: sqliteStorage({ path: join(disk, 'client.db') }),
        limits: { ...defaultLimits, storageBacklogBytesMax: waitingBytesMax, ...limits },
        random: () => 0,
        retry: { delayMsMin: 5, delayMsMax: 50 },
        on: { storage: (status) => statuses.push(status) },
      });

    /** Leaves room for so many bytes, and for none of another page. */
    function fill(room = 0): void {
      const filler = openSync(join(disk, 'filler'), 'w');
      const page = new Uint8Array(4_096);
      try {
        for (;;) writeSync(filler, page);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
        const { size } = fstatSync(filler);
        ftruncateSync(filler, Math.max(0, size - room));
      } finally {
        closeSync(filler);
      }
    }

    test('[I2][P2][P6] queues what it writes and sends none of it, refuses more than it can hold, and goes on by itself when there is room', async () => {
      const client = await opened();
      const stations = client.table(StationSchema);
      stations.put({ id: 's0' });
      await client.synced();
      fill();
      const name = 'x'.repeat(1_000);
      let count = 0;
      let refusal: unknown;
      while (refusal === undefined && count < 10_000) {
        try {
          stations.put({ id: `s${count + 1}`, name });
          count++;
        } catch (error) {
          refusal = error;
        }
        if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(refusal).toMatchObject({ code: 8, reason: 'STORAGE_FULL' });
      expect(client.storage).toMatchObject({ state: 'full', error: { reason: 'LOG_DISK_FULL' } });
      expect(statuses[0]).toMatchObject({ state: 'full' });
      // It shows what it has written, and the server has been sent only what is stored.
      expect(stations.count()).toBe(count + 1);
      expect(client.pendingCount).toBeGreaterThan(50);
      const sent = server.database.source.state.head;
      expect(sent).toBeLessThan(count);
      rmSync(join(disk, 'filler'));
      await client.synced();
      expect(client.storage).toEqual({ state: 'working' });
      expect(statuses.at(-1)).toEqual({ state: 'working' });
      stations.put({ id: 'last' });
      await client.synced();
      await client.close();
      const again = await opened();
      expect(again.table(StationSchema).count()).toBe(count + 2);
      expect(again.pendingCount).toBe(0);
      await again.close();
    });

    test('[I2] says on closing that there is no room, and has what it said to be stored', async () => {
      const client = await opened();
      await client.table(StationSchema).put({ id: 's0' }).stored;
      fill();
      const name = 'x'.repeat(50_000);
      const { stored } = client.table(StationSchema).put({ id: 's1', name });
      await eventually(() => client.storage.state === 'full');
      await expect(client.close()).rejects.toMatchObject({ reason: 'LOG_DISK_FULL' });
      await expect(stored).rejects.toMatchObject({ reason: 'LOG_DISK_FULL' });
      rmSync(join(disk, 'filler'));
      const again = await opened();
      expect(again.table(StationSchema).get('s0')).toBeDefined();
      expect(again.table(StationSchema).get('s1')).toBeUndefined();
      await again.close();
    });

    test('[I2][P6] opens with what it has stored, and stores again when there is room', async () => {
      const before = await opened();
      before.disconnect();
      await before.table(StationSchema).put({ id: 's0', name: 'x'.repeat(10_000) }).stored;
      await before.close();
      fill();
      const client = await opened();
      expect(client.table(StationSchema).get('s0')).toBeDefined();
      const name = 'x'.repeat(50_000);
      const { stored } = client.table(StationSchema).put({ id: 's1', name });
      await eventually(() => client.storage.state === 'full');
      rmSync(join(disk, 'filler'));
      await stored;
      await client.synced();
      await client.close();
      expect(server.database.source.state.head).toBe(3);
    });

    test('[I2] is a new one once there is room, where there was none to make its storage', async () => {
      const ends: string[] = [];
      for (let room = 0; room < 320_000; room += 16_384) {
        fill(room);
        const end = await opened().then(
          async (client) => {
            await client.close();
            return 'made';
          },
          ({ reason }: SyncError) => reason,
        );
        rmSync(join(disk, 'filler'));
        ends.push(end);
        if (end === 'made') break;
      }
      expect(ends.length).toBeGreaterThan(4);
      expect(new Set(ends.slice(0, -1))).toEqual(new Set(['LOG_DISK_FULL']));
      const client = await opened();
      await client.table(StationSchema).put({ id: 's0' }).stored;
      await client.close();
      const again = await opened();
      expect(again.table(StationSchema).count()).toBe(1);
      await again.close();
    });

    test('[I2] goes on with its journal where there is no room to write it anew', async () => {
      const client = await opened(100_000, { journalBytesMin: 100_000 });
      const stations = client.table(StationSchema);
      const name = 'x'.repeat(20_000);
      for (let index = 0; index < 4; index++) await stations.put({ id: `s${index}`, name }).stored;
      await client.synced();
      for (const room of [30_000, 80_000, 150_000]) {
        fill(room);
        for (let index = 0; index < 8; index++) stations.put({ id: `s${index % 4}`, name });
        await eventually(() => client.storage.state === 'full');
        rmSync(join(disk, 'filler'));
        await client.synced();
      }
      // Its edits are stored before the journal is written anew, which is tried again a little later.
      await eventually(() => client.storage.state === 'working');
      await client.close();
      const again = await opened();
      expect(again.table(StationSchema).count()).toBe(4);
      expect(server.database.source.state.head).toBe(1 + 4 + 3 * 8);
      await again.close();
    });

    test('[I2] loses nothing where the disk fills up and empties again and again', async () => {
      const client = await opened(1 << 20);
      const stations = client.table(StationSchema);
      let count = 0;
      for (let round = 0; round < 5; round++) {
        fill();
        for (let left = 20; left > 0; left--)
          stations.put({ id: `s${count++}`, name: 'x'.repeat(2_000) });
        await eventually(() => client.storage.state === 'full');
        rmSync(join(disk, 'filler'));
        await client.synced();
      }
      await client.close();
      const again = await opened();
      expect(again.table(StationSchema).count()).toBe(count);
      await again.close();
      expect(server.database.source.state.head).toBe(count + 1);
    });
  },
);
