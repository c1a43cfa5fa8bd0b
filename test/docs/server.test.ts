/** That docs/server.md says of each option and limit what the source says. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limitRows, limitTexts } from '../support/limit-table.ts';
import { runProgram } from '../support/program.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/server.md'), 'utf8');

/** The rows of the first table under a heading. */
function rowsUnder(heading: string): string[] {
  const part = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return part.split('\n').filter((line) => line.startsWith('| `'));
}

test('the page has every limit, as the source has it', () => {
  expect(rowsUnder('Limits')).toEqual(limitRows);
  for (const [name, text] of limitTexts) expect(`${name}: ${text}`).toMatch(/: [A-Z].+\.$/);
});

test('the page and the help have every option and its variable', async () => {
  const { stdout } = await runProgram(['bin/syncdb.js', 'serve', '--help']);
  const options = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option!);
  const rows = rowsUnder('Options').map((row) => row.split('`'));
  expect(rows.map(([, option]) => option).sort()).toEqual(options.sort());
  for (const [, , , variable] of rows) expect(stdout).toContain(variable!);
  for (const row of limitRows) expect(stdout).toContain(row.split('`')[3]!);
});

test('its programs start servers', async () => {
  const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, body]) => body!);
  // Beside the sources, whose packages it uses.
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/server-doc-'));
  const prelude = `
import { createMemoryLog, openDatabase, startServer } from '../../src/server/index.ts';
import { StateSchema } from '../../gen/es/example/v1/place_pb.ts';
import { TrackSchema } from '../../gen/es/test/v1/track_pb.ts';
import { polyline } from '../../test/table/batch/support/polyline.ts';
const schema = [StateSchema];
const walksSchema = [TrackSchema];
const log = createMemoryLog({ id: new Uint8Array(16) });
`;
  const end = `
console.log(server.address);
await server.close();
`;
  try {
    writeFileSync(join(folder, 'program.ts'), [prelude, ...snippets, end].join('\n'));
    const { stdout, stderr } = await runProgram([join(folder, 'program.ts')]);
    expect({ stdout, stderr }).toEqual({
      ...{ stdout: expect.stringMatching(/^127\.0\.0\.1:\d+\n$/), stderr: '' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
