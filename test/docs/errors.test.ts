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
  CALL_ENDED: 'said to nobody: the call is over',
  DELTA_MISFIT: 'taken for a copy that differs: the client says COPY_DIFFERS',
  CALL_OVER: 'of a call that is over: nobody is told',
  SERVING: 'a status of grpc.health.v1',
  NOT_SERVING: 'a status of grpc.health.v1',
  UNKNOWN: 'a status of grpc.health.v1',
  COMMIT: 'SQL',
  ROLLBACK: 'SQL',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'an error of Node',
  ERR_OUT_OF_RANGE: 'an error of Node',
  ENOENT: 'an error of the operating system',
  ENOSPC: 'an error of the operating system',
  EADDRINUSE: 'an error of the operating system',
  EAGAIN: 'an error of the operating system',
  EEXIST: 'an error of the operating system',
  EPIPE: 'an error of the operating system',
  SYNCDB_DATABASE: 'an environment variable',
  SYNCDB_HEADER: 'an environment variable',
  SYNCDB_MEMORY: 'an environment variable',
  SYNCDB_SCHEMA: 'an environment variable',
  SYNCDB_DATA: 'an environment variable',
  SYNCDB_LISTEN: 'an environment variable',
  SYNCDB_INSECURE: 'an environment variable',
  SYNCDB_SCHEMA_VERSION: 'an environment variable',
  SYNCDB_SERVER: 'an environment variable',
  SYNCDB_TIMEOUT: 'an environment variable',
  SYNCDB_STORE: 'an environment variable',
  SYNCDB_TOKEN: 'an environment variable',
  SYNCDB_LOG_LEVEL: 'an environment variable',
  SYNCDB_LEVEL: 'an environment variable',
  OK: 'a code of gRPC',
  CANCELLED: 'a code of gRPC',
  UNAVAILABLE: 'a code of gRPC',
  SIGINT: 'a signal',
  SIGKILL: 'a signal',
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

test('a reason has a code with which the source raises it', () => {
  const raised = new Map<string, Set<string>>();
  const note = (reason: string, code: string) =>
    raised.set(reason, (raised.get(reason) ?? new Set()).add(code));
  for (const path of globSync('src/**/*.ts', { cwd: root })) {
    const source = read(path);
    for (const [, name, reason] of source.matchAll(/Code\.(\w+),\s*'([A-Z0-9_]+)'/g)) {
      note(reason!, name!.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
    }
    for (const [, reason] of source.matchAll(/invalidField\(\s*[^;]*?'([A-Z0-9_]+)'/g)) {
      note(reason!, 'INVALID_ARGUMENT');
    }
  }
  expect(raised.size).toBeGreaterThan(90);
  // A server that says what cannot be is DATA_LOSS to its client, whatever was wrong; so is that section of the page.
  const checked = page.slice(0, page.indexOf('DATA_LOSS, for a server'));
  const differing = checked.split(/\n(?=## )/).flatMap((section) => {
    // A refusal has the code that DataService gives it.
    if (section.startsWith('## Pushes')) return [];
    const ofSection = /^(?:## [^\n]*\n\n)?([A-Z_]+)(?:, all of them| but for)/.exec(section)?.[1];
    return [...section.matchAll(/^\| `([A-Z0-9_]+)` \| ([A-Z_]+)?/gm)]
      .map(([, reason, code]) => [reason!, codes.includes(code ?? '') ? code : ofSection] as const)
      .filter(([reason, code]) => code && raised.has(reason) && !raised.get(reason)!.has(code))
      .map(([reason, code]) => `${reason} is ${[...raised.get(reason)!].join()}, not ${code}`);
  });
  expect(differing).toEqual([]);
});
