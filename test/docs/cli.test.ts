/** Every line of docs/cli.md, as it stands there, against the example's server; with another port and in another folder. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../support/program.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'cli.md'), 'utf8');
let server: Program;
let env: NodeJS.ProcessEnv;
let folder: string;

/** A command, and what the page says that it prints. */
interface Shown {
  readonly command: string;
  readonly output: string[];
}

/** The commands of each block. */
const blocks: readonly (readonly Shown[])[] = [
  ...page.matchAll(/^```console\n([\s\S]*?)^```$/gm),
].map(([, body]) =>
  body!
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...output] = text.trimEnd().split('\n');
      return { command, output };
    }),
);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'syncdb-cli-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin/syncdb.js')}" "$@"\n`;
  writeFileSync(join(bin, 'syncdb'), program, { mode: 0o755 });
  server = startProgram(['examples/start.ts', '--port', '0', '--data', join(folder, 'data')]);
  const [address] = (await server.prints('Ctrl-C')).match(/127\.0\.0\.1:\d+/)!;
  env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    SYNCDB_SERVER: address,
    SYNCDB_DATABASE: 'example',
  };
}, 60_000);

afterAll(async () => {
  server.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true });
});

/** Starts a line in a shell; its output is gathered in `lines`. */
function startLine(command: string, lines: string[]) {
  const child = spawn('sh', ['-c', `exec 2>&1; ${command}`], { cwd: folder, env });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const whole = text.split('\n');
    text = whole.pop()!;
    lines.push(...whole);
  });
  return { child, ended: new Promise<void>((resolve) => child.on('close', () => resolve())) };
}

/** A line without what is another each time. */
function comparable(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replaceAll(/"seconds":[\d.]+/g, '"seconds":N')
    .replaceAll(/\d[\d.]* (?:bytes|[KMG]iB)/g, 'SIZE')
    .replaceAll(/ up (?:\d+ (?:min|s) ?)+/g, ' up SOME s')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/─+/g, '─');
}

it.each(blocks.map((block) => [block[0]!.command, block] as const))(
  '%s',
  async (_name, block) => {
    const background = block.filter(({ command }) => command.endsWith(' &'));
    const printed: string[] = [];
    const running: (ReturnType<typeof startLine> & { readonly lines: string[] })[] = [];
    for (const { command } of background) {
      const lines: string[] = [];
      const started = startLine(`exec ${command.slice(0, -2)}`, lines);
      running.push({ ...started, lines });
      await expect.poll(() => lines.join(), { timeout: 20_000 }).toContain('"live":true');
    }
    for (const { command, output } of block.filter((shown) => !background.includes(shown))) {
      // What is set is set for the whole page, for another server.
      if (command.startsWith('export ')) continue;
      const lines: string[] = [];
      await startLine(command, lines).ended;
      if (background.length === 0) expect(lines.map(comparable)).toEqual(output.map(comparable));
      printed.push(...lines);
    }
    if (background.length === 0) return;
    const expected = block.flatMap(({ output }) => output);
    const all = () => [...printed, ...running.flatMap(({ lines }) => lines)].map(comparable).sort();
    await expect.poll(all, { timeout: 20_000 }).toEqual(expected.map(comparable).sort());
    for (const { child, ended } of running) {
      child.kill('SIGINT');
      await ended;
    }
  },
  120_000,
);
