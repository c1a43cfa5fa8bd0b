/** `npm start`, as a newcomer meets it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { openDatabaseFile } from '../../src/cli/database-file.ts';
import { type Program, runProgram, startProgram } from '../support/program.ts';

const lastLine = 'Ctrl-C stops the server.';
const folder = mkdtempSync(join(tmpdir(), 'syncdb-start-'));
let server: Program;
let printed: string;
let address: string;

beforeAll(start, 60_000);

afterAll(() => {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('the first start', () => {
  test('loads the rows, and shows how far it is', () => {
    expect(printed).toContain('Loading rows: 6,500 of 30,505\n');
    expect(printed).toMatch(/Loaded 30,505 rows in \d+\.\d s\./);
    expect(printed).toMatch(/example\.v1\.Airport +3,376\n/);
  });

  test('prints a client program that works', async () => {
    const [, file, url] = /npx node (examples\/client\.ts) (\S+)/.exec(printed)!;
    const { code, stdout, stderr } = await runProgram([file!, url!]);
    expect(stderr).toBe('');
    expect(stdout).toContain('Gen Edw L Logan Intl: 402 flights, 146 strikes');
    expect(stdout).toMatch(/offline: Checked at .* \(pending, version 4\)/);
    expect(stdout).toMatch(/synced: Checked at .* \(synced, version 64\)/);
    expect(code).toBe(0);
  });

  test('prints calls with buf that work', async () => {
    const [get, pull] = [...printed.matchAll(/npx (buf curl .*) -d '(.*)' (\S+)/g)].map(
      ([, words, request, url]) => [...words!.split(' '), '-d', request!, url!],
    );
    const row = await runProgram(inBin(get!));
    expect(row.stdout).toContain('"name": "Elmira/Corning Regional"');
    const rows = await runProgram(inBin(pull!));
    expect(rows.stdout).toContain('"id": "20010115-1214-PIT-ELM"');
    expect(rows.stdout).toContain('"rowsDone": "7"');
  });
});

describe.concurrent('a start that cannot be', () => {
  test('because the port is taken is one line', async ({ expect }) => {
    const other = join(folder, 'taken');
    const port = address.split(':')[1]!;
    expect(await runProgram(['examples/start.ts', '--data', other], { PORT: port })).toEqual({
      code: 1,
      stdout: '',
      stderr: `syncdb example: ${address} is taken by another program: give another one with --port or PORT\n`,
    });
  });

  test('because the folder is locked is one line', async ({ expect }) => {
    const file = join(folder, 'example.syncdb');
    expect(await runProgram(['examples/start.ts', '--port', '0', '--data', folder])).toEqual({
      code: 1,
      stdout: '',
      stderr: `syncdb example: ${file} is in use by another process, or opened twice by this one: stop the other one, or give another folder with --data\n`,
    });
  });

  test('because the data is of another schema is one line', async ({ expect }) => {
    const other = join(folder, 'other');
    const database = await openDatabaseFile({
      folder: other,
      name: 'example',
      schema: [StationSchema],
      schemaVersion: 1,
      output: { write: () => {} },
    });
    await database.close();
    const end = await runProgram(['examples/start.ts', '--port', '0', '--data', other]);
    expect(end).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'syncdb example: schema version 1 does not fit the rows of the log: test.v1.Station: the table is missing; keep what version 1 has, and give what changes a new name or number: or else give another folder with --data\n',
    });
  });

  test('because the port is none is one line', async ({ expect }) => {
    const args = ['--port', 'x', '--data', join(folder, 'none')];
    const { code, stderr } = await runProgram(['examples/start.ts', ...args]);
    expect(stderr).toMatch(/^syncdb example: .*a port is a number up to 65535\n$/);
    expect(code).toBe(2);
  });
});

describe('the end', () => {
  test('comes in good order at SIGTERM, and the next start finds its data', async () => {
    server.kill('SIGTERM');
    const end = await server.ended;
    expect(end.stdout).toMatch(/\nStopped\.\n$/);
    expect(end).toMatchObject({ code: 0, stderr: '' });

    await start();
    expect(printed).not.toContain('Load');
    expect(printed).toContain('30,505 rows of public data');
    const { stdout } = await runProgram(['examples/client.ts', address]);
    // Further than the client of the first start: by its own edit, and by what was written of both as devices.
    const [, version] = /synced: Checked at .* \(synced, version (\d+)\)/.exec(stdout)!;
    expect(Number(version)).toBeGreaterThan(64);
  });
});

test('a client without a server says so in one line', async () => {
  const { code, stderr } = await runProgram(['examples/client.ts', '127.0.0.1:1']);
  expect(stderr).toMatch(/^No server, or none like it: [^\n]*\n$/);
  expect(code).toBe(1);
});

/** Starts the server, on a free port. */
async function start(): Promise<void> {
  server = startProgram(['examples/start.ts', '--port', '0', '--data', folder]);
  printed = await server.prints(lastLine);
  address = /Database example on ([^ ]+):/.exec(printed)![1]!;
}

/** The tool of `node_modules/.bin` that npx would run. */
function inBin([tool, ...args]: readonly string[]): string[] {
  return [join('node_modules', '.bin', tool!), ...args];
}
