/** A client that may not make its files larger: to SQLite an error of the disk, of which nobody knows how it ended. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../src/client/client.ts';
import { sqliteStorage } from '../../src/client/sqlite-storage.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { startProgram } from '../support/program.ts';
import { fieldSchema, startTestServer } from '../support/test-server.ts';

const fileBytesMax = 1 << 20;
const count = 200;
const hasLimits = process.platform === 'linux';
const makeFolder = tempFolders();
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

test.skipIf(!hasLimits)(
  `[I2][I3][P6] it queues what it cannot store, sends none of it, and goes on by itself once it may${hasLimits ? '' : ' (skipped: only Linux can raise a limit)'}`,
  async () => {
    const server = await startTestServer();
    undo.push(() => server.close());
    const path = join(makeFolder(), 'client.db');
    const script = join(import.meta.dirname, 'support', 'write-until-told.ts');
    // The soft limit only, so that it can be raised while the program runs.
    const limited = ['prlimit', `--fsize=${fileBytesMax}:unlimited`, '--', process.execPath];
    const program = startProgram([...limited, script, path, server.address, String(count)]);
    undo.push(() => program.kill('SIGKILL'));
    await program.prints('storage failing');
    // It shows all that it has written, and what was sent is stored: the rest waits.
    expect(await program.prints('written')).toContain(`written ${count}, pending`);
    const ordered = () => server.database.source.state.head - 1;
    const sent = ordered();
    const stored = async () => {
      const lines = (await program.prints('written')).split('\n');
      return lines.filter((line) => line.startsWith('stored')).length;
    };
    // What it says may come later than what it sends.
    await expect.poll(stored, { timeout: 20_000 }).toBeGreaterThanOrEqual(sent);
    expect(await stored()).toBeGreaterThan(5);
    expect(await stored()).toBeLessThan(count);
    execFileSync('prlimit', ['--pid', `${program.pid}`, '--fsize=unlimited:unlimited']);
    const all = await program.prints('synced');
    expect(all).toContain('storage working');
    program.kill('SIGKILL');
    await program.ended;
    // Each was ordered once, behind the commit of the schema, and the journal has them all.
    expect(ordered()).toBe(count);
    const client = await open({
      database: 'field',
      schema: fieldSchema,
      storage: sqliteStorage({ path }),
    });
    expect(client.replicaId).toBe('phone');
    expect(client.table(StationSchema).count()).toBe(count);
    await client.close();
  },
  120_000,
);
