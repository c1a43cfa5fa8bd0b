/** The commands of the README about a database of one's own, in their order, with other folders and a free port. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolders } from '../log/support/temp-folder.ts';
import { type Program, runProgram, startProgram } from '../support/program.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const makeFolder = tempFolders();

/** The commands of all blocks from the first that names `schema.binpb` on, without their comments. */
function commands(): string[] {
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, body]) => body!);
  const first = blocks.findIndex((block) => block.includes('schema.binpb'));
  return blocks
    .slice(first)
    .flatMap((block) => block.trim().split('\n'))
    .map((line) => line.replace(/\s+#.*$/, ''));
}

it('serves protos, backs up while serving, verifies and restores, as it stands there', async () => {
  const folder = makeFolder();
  let address = '127.0.0.1:0';
  const wordsOf = (line: string) =>
    line
      .replace('./my-data', join(folder, 'my-data'))
      .replace('schema.binpb', join(folder, 'schema.binpb'))
      .replace('main.syncdb-backup', join(folder, 'main.syncdb-backup'))
      .replace('127.0.0.1:50052', address)
      .split(' ');
  let server: Program | undefined;
  const ran: string[] = [];
  for (const line of commands()) {
    const [npx, name, ...args] = wordsOf(line);
    ran.push(line.split(' ').slice(0, 3).join(' '));
    if (npx === 'npm') {
      // It is there before any test is.
      expect([name, args]).toEqual(['run', ['protos']]);
      continue;
    }
    expect(npx).toBe('npx');
    const command =
      name === 'syncdb'
        ? ['bin/syncdb.js', ...args]
        : [join(root, 'node_modules/.bin', name!), ...args];
    if (args[0] === 'serve') {
      server = startProgram(command);
      const printed = await server.prints('127.0.0.1:');
      address = printed.match(/127\.0\.0\.1:\d+/)![0];
      continue;
    }
    // What the comments say: the one while it is served, the others once it has stopped.
    if (args[0] === 'verify') {
      expect(await runProgram(command)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('stop the server first'),
      });
      server!.kill('SIGTERM');
      expect(await server!.ended).toMatchObject({ code: 0 });
    }
    expect(await runProgram(command)).toMatchObject({ code: 0, stderr: '' });
  }
  expect(ran).toEqual([
    'npm run protos',
    'npx buf build',
    'npx syncdb serve',
    'npx syncdb backup',
    'npx syncdb verify',
    'npx syncdb restore',
  ]);
}, 60_000);
