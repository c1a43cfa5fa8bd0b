/** `node bench/run.ts NAME` runs `bench/NAME.bench.ts` and prints its numbers as JSON lines. */
import { readdirSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Bench, createReport } from './support/report.ts';

const suffix = '.bench.ts';
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length));

const name = process.argv[2];
if (name === undefined || !names.includes(name)) {
  console.error(
    `Usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ') || '(none yet)'}`,
  );
  process.exit(2);
}

// Before the benchmark itself loads the machine, and on stderr: it is no result.
const [load = 0] = loadavg();
if (load > availableParallelism() / 2) {
  console.error(`The machine is busy (load ${load.toFixed(1)}): times will say more about it than`);
  console.error('about what is measured. Ratios of bytes and of processor time stand.');
}

const file = join(import.meta.dirname, `${name}${suffix}`);
const { bench } = (await import(pathToFileURL(file).href)) as { bench: Bench };
await bench(createReport((line) => process.stdout.write(line)));
