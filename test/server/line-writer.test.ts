import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LineWriter } from '../../src/server/line-writer.ts';
import { eventually } from '../support/test-server.ts';

const module = new URL('../../src/server/logger.ts', import.meta.url).href;

let folder: string;
let file: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'syncdb-lines-'));
  file = join(folder, 'log');
  fd = openSync(file, 'a');
});

afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

const written = () => readFileSync(file, 'utf8');

/** Runs a program with a logger whose stderr is `fd`; what it prints, and how it ends. */
async function run(program: string, stderr: number): Promise<{ code: unknown; stdout: string }> {
  const source = `import { createLogger } from ${JSON.stringify(module)};
    const logger = createLogger('info');
    ${program}`;
  const args = ['--input-type=module', '-e', source];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] });
  // One that hangs fails the test, and does not stay.
  const stop = setTimeout(() => child.kill('SIGKILL'), 20_000);
  let stdout = '';
  child.stdout!.on('data', (piece) => {
    stdout += piece;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(stop);
  return { code, stdout };
}

test('lines are written in order, whatever their number', async () => {
  const lines = new LineWriter(fd);
  const all = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`);
  for (const line of all) lines.write(line);
  await eventually(() => written() === all.join(''));
});

test('what is not written yet is dropped beyond a MiB, and there is room again when it is', async () => {
  const lines = new LineWriter(fd);
  const half = `${'x'.repeat((1 << 19) - 1)}\n`;
  for (const line of [half, half, 'dropped\n']) lines.write(line);
  await eventually(() => written().length === 1 << 20);
  await eventually(() => {
    lines.write('again\n');
    return written().endsWith('again\n');
  });
  lines.write('last\n');
  await eventually(() => written().endsWith('last\n'));
  expect(written()).not.toContain('dropped');
});

test('a program that ends has said what it had to say', async () => {
  const program = "for (const n of [1, 2, 3]) logger.info({ n }, 'said'); process.exit(4);";
  expect(await run(program, fd)).toEqual({ code: 4, stdout: '' });
  const said = written().trim().split('\n');
  expect(said.map((line) => JSON.parse(line).n)).toEqual([1, 2, 3]);
});

test.each(['', 'process.exit(3);'])('a full disk under the log ends nothing: %j', async (end) => {
  const full = openSync('/dev/full', 'w');
  const program = `logger.info({}, 'one');
    setTimeout(() => { logger.info({}, 'two'); console.log('goes on'); ${end} }, 100);`;
  try {
    expect(await run(program, full)).toEqual({ code: end === '' ? 0 : 3, stdout: 'goes on\n' });
  } finally {
    closeSync(full);
  }
});

describe('a pipe', () => {
  let reader: number;
  let writer: number;
  const openReader = () => openSync(`${file}.pipe`, constants.O_RDONLY | constants.O_NONBLOCK);

  beforeEach(() => {
    execFileSync('mkfifo', [`${file}.pipe`]);
    reader = openReader();
    writer = openSync(`${file}.pipe`, constants.O_WRONLY | constants.O_NONBLOCK);
  });

  afterEach(() => {
    closeSync(reader);
    closeSync(writer);
  });

  /** What is in the pipe now. */
  const read = (): string => {
    const bytes = Buffer.alloc(1 << 20);
    try {
      return bytes.toString('utf8', 0, readSync(reader, bytes));
    } catch {
      return '';
    }
  };

  test('that is read late gets all lines', async () => {
    const lines = new LineWriter(writer);
    const long = `${'x'.repeat(299_999)}\n`;
    lines.write(long);
    lines.write('next\n');
    let got = '';
    await eventually(() => {
      got += read();
      return got === `${long}next\n`;
    });
  });

  test('that nobody reads takes no lines, and does when somebody reads again', async () => {
    const lines = new LineWriter(writer);
    closeSync(reader);
    lines.write('dropped\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    reader = openReader();
    await eventually(() => {
      lines.write('again\n');
      return read().endsWith('again\n');
    });
  });

  test('that was closed within a line gets the next one on a line of its own', async () => {
    const lines = new LineWriter(writer);
    lines.write(`${'x'.repeat(299_999)}\n`);
    let got = '';
    await eventually(() => {
      got = read();
      return got !== '';
    });
    closeSync(reader);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    reader = openReader();
    lines.write('next\n');
    await eventually(() => read() === '\nnext\n');
  });

  test('that is full holds up no program that ends', () => {
    const lines = new LineWriter(writer);
    for (let index = 0; index < 10; index++) lines.write('x'.repeat(99_999));
    lines.flush();
    expect(read().length).toBeGreaterThan(0);
  });
});
