/**
 * `npm run generate` writes `gen/` from `proto/`. With `--check` it writes to a folder of its own, compares, and fails
 * where the committed code is not what the protos and the plugins give.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureProtos } from './protos.ts';
import { root, runOrExit } from './run.ts';

function generate(output: string): void {
  ensureProtos();
  for (const template of ['buf.gen.yaml', 'buf.gen.es.yaml']) {
    runOrExit('buf', ['generate', '--template', template, '--output', output]);
  }
  // Comes along with the options, of which only the enums are used: nothing imports it.
  rmSync(join(output, 'gen/ts/google/protobuf/descriptor.ts'), { force: true });
}

/** The generated files below `folder`, by their path in it. */
function contents(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]));
}

function check(): void {
  const output = mkdtempSync(join(tmpdir(), 'syncdb-gen-'));
  try {
    generate(output);
    const wanted = contents(join(output, 'gen'));
    const committed = contents(join(root, 'gen'));
    const names = [...new Set([...wanted.keys(), ...committed.keys()])].sort();
    const differing = names.filter((name) => wanted.get(name) !== committed.get(name));
    for (const name of differing) console.error(`gen/${name} is not what its proto gives`);
    if (differing.length > 0) {
      console.error('Run `npm run generate` and commit what it writes.');
      process.exitCode = 1;
    }
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

if (process.argv.includes('--check')) check();
else generate('.');
