/** The rules of the house over a set of sources. Each returns its findings, one line each; none means tidy. */
import { posix } from 'node:path';
import { entryPoints, type Floor, floors, impureNames, lineCountMax } from './floors.ts';
import type { Source } from './source.ts';

export type Sources = readonly Source[];

/** Imports go downwards only, types included, and to no package that the floor has no business with. */
export function importDirection(sources: Sources): string[] {
  return sources.flatMap((source) => {
    const name = floorOf(source.path);
    // `src/index.ts` stands beside the floors: what users import is put together there.
    if (name === undefined) return [];
    const floor = floors[name];
    if (floor === undefined) return [`${source.path}: src/${name} is no floor of the house`];
    return [...source.imports, ...source.urls]
      .filter(({ name: specifier }) => !mayImport(floor, name, targetOf(source.path, specifier)))
      .map(({ name: specifier, line }) => `${source.path}:${line} may not import ${specifier}`);
  });
}

function mayImport(floor: Floor, own: string, target: string): boolean {
  const targetFloor = floorOf(target);
  if (targetFloor !== undefined) return targetFloor === own || floor.floors.includes(targetFloor);
  // Out of the floors again, to `src/index.ts` or the tests: nobody may.
  if (/^(?:src|test|bench|scripts|examples)\//.test(target)) return false;
  return floor.others.some((allowed) => {
    if (allowed === '*' || target === allowed) return true;
    return target.startsWith(/[:/]$/.test(allowed) ? allowed : `${allowed}/`);
  });
}

/** No module needs itself, however far round. */
export function importCycles(sources: Sources): string[] {
  const edges = graph(sources, (source) => source.imports);
  const done = new Set<string>();
  const findings: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      findings.push([...trail.slice(start), path].join(' -> '));
    } else if (!done.has(path)) {
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    }
  };
  for (const { path } of sources) visit(path, []);
  return findings;
}

/** What is exported has one name everywhere. */
export function defaultExports(sources: Sources): string[] {
  return sources.flatMap(({ path, defaultExports: found }) =>
    found.map(({ line }) => `${path}:${line} has a default export`),
  );
}

/** The floors up to the session take time, chance and the outside as arguments, and never wait. */
export function purity(sources: Sources): string[] {
  return sources.flatMap((source) => {
    if (floors[floorOf(source.path) ?? '']?.pure !== true) return [];
    const names = source.references.filter(({ name }) => impureNames.has(name));
    return [...source.asyncs, ...names]
      .toSorted((a, b) => a.line - b.line)
      .map(({ name, line }) => `${source.path}:${line} uses ${name} on a pure floor`);
  });
}

/** Every file is of use to one of the entry points. */
export function deadFiles(sources: Sources): string[] {
  const edges = graph(sources, (source) => [...source.imports, ...source.urls]);
  const alive = new Set<string>();
  const reach = (path: string): void => {
    if (alive.has(path)) return;
    alive.add(path);
    for (const next of edges.get(path) ?? []) reach(next);
  };
  for (const entry of entryPoints) reach(entry);
  return sources
    .filter(({ path }) => !alive.has(path))
    .map(({ path }) => `${path} is used by nothing`);
}

/** A file holds one thing. */
export function longFiles(sources: Sources): string[] {
  return sources
    .filter(({ lineCount }) => lineCount > lineCountMax)
    .map(({ path, lineCount }) => `${path} has ${lineCount} lines, more than ${lineCountMax}`);
}

/**
 * A file with logic has tests where a reader looks for them: `test/base/bytes.test.ts` for `src/base/bytes.ts`, also
 * in several files as `bytes.property.test.ts`. `exempt` names those tested elsewhere, by path, with the reason.
 */
export function missingTests(
  sources: Sources,
  tests: ReadonlySet<string>,
  exempt: Readonly<Record<string, string>>,
): string[] {
  const hasTest = (path: string) => {
    const stem = `${path.replace(/^src\//, 'test/').replace(/\.ts$/, '')}.`;
    return [...tests].some((test) => test.startsWith(stem) && test.endsWith('.test.ts'));
  };
  const missing = sources
    .filter(({ path, hasLogic }) => hasLogic && !hasTest(path) && exempt[path] === undefined)
    .map(({ path }) => `${path} has no test of its own`);
  const paths = new Set(sources.map(({ path }) => path));
  const needless = Object.keys(exempt)
    .filter((path) => !paths.has(path) || hasTest(path))
    .map((path) => `${path} needs no exemption from having a test`);
  return [...missing, ...needless];
}

function floorOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** The path that a specifier means, or the specifier itself where it names a package. */
function targetOf(path: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}

function graph(
  sources: Sources,
  mentions: (source: Source) => readonly { readonly name: string }[],
): Map<string, string[]> {
  return new Map(
    sources.map((source) => [
      source.path,
      mentions(source).map(({ name }) => targetOf(source.path, name)),
    ]),
  );
}
