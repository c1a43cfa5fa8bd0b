/** Databases and backups that older versions have made, each served, verified, repaired and brought back as it stands. */
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { repair } from '../../src/cli/repair.ts';
import { restore } from '../../src/cli/restore.ts';
import { verify } from '../../src/cli/verify.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { putStations, serveFiles, stationsOf } from './support/station-files.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const made = readdirSync(fixtures).filter((name) => name.startsWith('database-'));
const backupOf = (name: string) => join(fixtures, name, 'main.syncdb-backup');
const makeFolder = tempFolders();
const printed: string[] = [];
let data: string;

beforeEach(() => {
  printed.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => vi.restoreAllMocks());

it('are all there', () => expect(made).toEqual(['database-1', 'database-2', 'database-3']));

describe.each(made)('[I9] %s', (name) => {
  beforeEach(() => {
    data = join(makeFolder(), 'data');
    cpSync(join(fixtures, name), data, { recursive: true });
  });

  it('is served with all its rows, goes on, and is found again', async () => {
    await expectServed('s8');
    await expectServed('s9', 's8');
  });

  it('is sound, and nothing is to be repaired', async () => {
    await verify({ data, database: 'main' });
    await repair({ data, database: 'main' });
    expect(printed.join('\n')).toMatch(/main\.syncdb: 1[79] sound records, from \d to 19\n/);
    expect(printed.filter((line) => line.endsWith(': nothing to repair'))).toHaveLength(1);
    await expectServed('s8');
  });
});

describe.each(made.filter((name) => existsSync(backupOf(name))))(
  '[I9] the backup of %s',
  (name) => {
    it('brings its database back', async () => {
      data = join(makeFolder(), 'data');
      await restore({ from: backupOf(name), data, database: 'main', replace: false });
      expect(printed.join('\n')).toContain(
        'main is as of record 19, 0 of them behind the snapshot',
      );
      await expectServed('s8');
    });
  },
);

/** That its rows are shown, with these that were added since, and that the first of them can be added. */
async function expectServed(adding: string, ...added: string[]): Promise<void> {
  const server = await serveFiles(data);
  const client = await server.client();
  await client.synced();
  const stations = ['s0', 's1', 's3', 's4', 's5', 's6', 's7', ...added];
  expect(stationsOf(client)).toEqual(stations);
  expect(client.table(StationSchema).get('s1')?.name).toBe('renamed');
  const inspections = client.table(InspectionSchema).query().rows;
  expect(inspections.map(({ labels }) => labels)).toEqual(
    Array.from({ length: 8 }, (_, index) => ['x', `l${index}`]),
  );
  await putStations(client, adding);
  await server.close();
}
