import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabaseFile } from '../../src/cli/database-file.ts';
import { startServer } from '../../src/index.ts';
import { exampleSchema } from '../dataset.ts';
import { loadExample } from '../load.ts';
import { startDevice } from './device.ts';
import { tour } from './story.ts';
import { createStyle } from './style.ts';
import { tourTables } from './tables.ts';

const silent = { write: () => {} };

/** Tells the story of two devices on stdout. What it needs is in a temporary folder, which is gone afterwards. */
export async function runTour(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-tour-'));
  const database = await openDatabaseFile({
    folder,
    name: 'example',
    schema: exampleSchema,
    schemaVersion: 1,
    output: silent,
  });
  const server = await startServer({ databases: [database], address: '127.0.0.1:0' });
  const start = (name: string) =>
    startDevice({
      name,
      server: server.address,
      path: join(folder, `${name}.db`),
      tables: tourTables,
      scopes: ['airport/BOS'],
    });
  try {
    await loadExample(database, silent, new AbortController().signal);
    const [anna, ben] = [await start('Anna'), await start('Ben')];
    try {
      await tour({
        address: server.address,
        anna,
        ben,
        style: createStyle(process.stdout.isTTY === true),
        say: (line = '') => console.log(line),
      });
    } finally {
      await Promise.all([anna.close(), ben.close()]);
    }
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}
