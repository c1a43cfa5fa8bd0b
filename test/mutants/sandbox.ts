import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

/** What a simulation is made of. */
const copied = ['src', 'gen', 'test/sim', 'test/support', 'package.json'];

const root = join(import.meta.dirname, '../..');

/** A copy of the sources that can be broken, in a temporary folder. */
export function createSandbox(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-mutant-'));
  for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

export function removeSandbox(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Sows the bug in a sandbox. Throws where its old text does not stand in the file exactly once. */
export function sow(mutant: Mutant, folder: string): void {
  const path = join(folder, mutant.file);
  writeFileSync(path, mutated(mutant, readFileSync(path, 'utf8')));
}

/** The file with the bug in it; see `sow`. */
export function mutated({ name, file, before, after }: Mutant, text: string): string {
  const parts = text.split(before);
  if (parts.length === 2) return parts.join(after);
  throw new Error(`mutant "${name}": its old text stands in ${file} ${parts.length - 1} times`);
}

/** The text of the file as it is in the working tree. */
export function sourceOf({ file }: Mutant): string {
  return readFileSync(join(root, file), 'utf8');
}
