/** That docs/client.md is so: its snippets are one program, which is compiled and run, and its tables name what the sources have. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/client.md');
const run = promisify(execFile);

/** What the page takes for given. */
const prelude = `
import { openDatabase as openIt, startServer as startIt } from 'syncdb/server';
import { AirportSchema as Airport, StateSchema as State } from './gen/place_pb.js';
const served = await startIt({
  databases: [await openIt({ name: 'field', schema: [Airport, State] })],
  address: '127.0.0.1:0',
});
const url = served.address;
const path = new URL('client.db', import.meta.url).pathname;
const show = (..._: unknown[]) => {};
const cases: Promise<void>[] = [];
const test = (_: string, body: () => Promise<void>) => void cases.push(body());
`;
const end = `
await Promise.all(cases);
await served.close();
`;

/** Specifiers of an app, and where they are here. */
const modules: Readonly<Record<string, string>> = {
  'syncdb/client': 'src/client/index.ts',
  'syncdb/client/contract': 'src/client/contract/index.ts',
  'syncdb/server': 'src/server/index.ts',
  './gen/place_pb.js': 'gen/es/example/v1/place_pb.ts',
  './gen/record_pb.js': 'gen/es/test/v1/shapes_pb.ts',
  './gen/track_pb.js': 'gen/es/test/v1/track_pb.ts',
};

const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, body]) => body!).join('');
let folder: string;

beforeAll(() => {
  // Beside the sources, whose packages it uses.
  mkdirSync(join(root, 'build'), { recursive: true });
  folder = mkdtempSync(join(root, 'build/client-doc-'));
  const program = [prelude, snippets, end].join('\n');
  const located = program.replaceAll(/from '([^']+)'/g, (whole, name: string) =>
    modules[name] === undefined ? whole : `from '../../${modules[name]}'`,
  );
  writeFileSync(join(folder, 'program.ts'), located);
  const config = { extends: '../../tsconfig.json', include: ['program.ts'] };
  const compilerOptions = { noUnusedLocals: false };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions }));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('has snippets that compile together', async () => {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout } = await run(tsc, ['--noEmit', '-p', folder]).catch((error) => error);
  expect(stdout).toBe('');
});

it('has snippets that print what they say, against a server', async () => {
  const program = join(folder, 'program.ts');
  const { stdout } = await run(process.execPath, [program], { timeout: 60_000 });
  const said = [...snippets.matchAll(/console\.log\(.*\); \/\/ → (.*)$/gm)].map(([, text]) => text);
  expect(snippets.split('console.log').length - 1).toBe(said.length);
  expect(stdout.trimEnd().split('\n')).toEqual(said);
});

/** First cells of the table that has this head, and its second ones. */
function table(head: string): [string, string][] {
  const [, body] = page.split(`| ${head} |`);
  const rows = body!.split('\n\n')[0]!.matchAll(/^\| `(\w+)` \| (.*?) \|/gm);
  return [...rows].map(([, name, next]) => [name!, next!]);
}

const names = (head: string) => table(head).map(([name]) => name);

/** Fields of an interface; of those that may be left out with a question mark. */
function fieldsOf(path: string, name: string): string[] {
  const [, body] = read(path).split(`export interface ${name} {`);
  const fields = body!.split('\n}')[0]!.matchAll(/^ {2}readonly (\w+\??):/gm);
  return [...fields].map(([, field]) => field!);
}

it('has every option of `open`, in their order, and says which must be given', () => {
  const options = table('Option').map(([name, left]) => `${name}${left === 'required' ? '' : '?'}`);
  expect(options).toEqual(fieldsOf('src/client/open-options.ts', 'OpenOptions'));
});

it('has every event, every state of an edit and every status', () => {
  expect(names('Name')).toEqual(fieldsOf('src/client/client-events.ts', 'ClientState'));
  const [states] = read('src/client/written-transaction.ts').match(/TransactionState =[^;]*/)!;
  expect(names('State')).toEqual([...states.matchAll(/'(\w+)'/g)].map(([, state]) => state));
  const [, statuses] = read('src/client/status.ts').split('export type Status =');
  expect(names('Status')).toEqual(
    [...statuses!.matchAll(/state: '(\w+)'/g)].map(([, state]) => state),
  );
});
