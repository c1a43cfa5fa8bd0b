/** That docs/errors.md and the source have the same reasons, so that neither can drift. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/errors.md');

/** Texts of the source in upper snake case that are no reasons somebody meets, each with what it is. */
const otherTexts: Readonly<Record<string, string>> = {
  ASSERTION_FAILED: 'a mistake of the program itself, which callers of a server meet as INTERNAL',
  DELTA_MISFIT: 'taken for a copy that differs: the client says COPY_DIFFERS',
  SERVING: 'a status of grpc.health.v1',
  NOT_SERVING: 'a status of grpc.health.v1',
  COMMIT: 'SQL',
  ROLLBACK: 'SQL',
  EADDRINUSE: 'an error of the operating system',
  SIGINT: 'a signal',
  SIGTERM: 'a signal',
};

const literals = new Set(
  globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
    [...read(path).matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g)].map(([, text]) => text!),
  ),
);
const codes = Object.keys(Code).map((name) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
);
const rows = page.split('\n').filter((line) => line.startsWith('| `'));

test('the page has a row for exactly the reasons that the source has', () => {
  const reasons = [...literals].filter((text) => otherTexts[text] === undefined);
  const named = new Set(rows.map((row) => /^\| `([A-Z0-9_]+)` \|/.exec(row)?.[1] ?? row));
  expect([...named].sort()).toEqual(reasons.sort());
});

test('what is left out is still in the source', () => {
  for (const text of Object.keys(otherTexts)) expect(literals).toContain(text);
});

test('every reason that the page speaks of has a row', () => {
  const named = [...page.matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])`/g)].map(
    ([, text]) => text,
  );
  for (const reason of named) expect(page).toContain(`\n| \`${reason}\` |`);
});

test('every code is one of gRPC’s', () => {
  const second = rows.map((row) => row.split(' | ')[1]!);
  const coded = second.filter((text) => /^[A-Z_]+$/.test(text));
  expect(coded.length).toBeGreaterThan(50);
  for (const code of coded) expect(codes).toContain(code);
});
