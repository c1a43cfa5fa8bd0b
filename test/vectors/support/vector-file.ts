/** Files of test vectors. What is in one stays: it is what was written once, and has to be read for ever. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Named {
  readonly name: string;
}

interface VectorFile<Vector> {
  readonly format: string;
  readonly note: string;
  readonly vectors: readonly Vector[];
}

export function pathOf(name: string): string {
  return join(import.meta.dirname, '..', name);
}

export function readVectorFile(name: string): unknown {
  return JSON.parse(readFileSync(pathOf(name), 'utf8'));
}

export function vectorsOf<Vector>(name: string): readonly Vector[] {
  return (readVectorFile(name) as VectorFile<Vector>).vectors;
}

/** Adds those that the file does not have by name. */
export function addVectors<Vector extends Named>(
  name: string,
  { format, note }: Pick<VectorFile<Vector>, 'format' | 'note'>,
  made: readonly Vector[],
): void {
  const known = existsSync(pathOf(name)) ? vectorsOf<Vector>(name) : [];
  const names = new Set(known.map((vector) => vector.name));
  const more = made.filter((vector) => !names.has(vector.name));
  if (more.length > 0) writeVectorFile(name, { format, note, vectors: [...known, ...more] });
}

export function writeVectorFile(name: string, content: object): void {
  writeFileSync(pathOf(name), `${JSON.stringify(content, null, 2)}\n`);
}
