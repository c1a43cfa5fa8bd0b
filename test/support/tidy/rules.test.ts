import { describe, expect, test } from 'vitest';
import { floors } from './floors.ts';
import * as rules from './rules.ts';
import { readSource } from './source.ts';

/** Sources by their paths. */
function tree(texts: Readonly<Record<string, string>>): rules.Sources {
  return Object.entries(texts).map(([path, text]) => readSource(path, text));
}

describe('imports go downwards only', () => {
  const check = (path: string, specifier: string) =>
    rules.importDirection(tree({ [path]: `import type { X } from '${specifier}';` }));

  test.each([
    ['src/table/a.ts', '../base/b.ts'],
    ['src/table/a.ts', './b.ts'],
    ['src/table/deep/a.ts', '../b.ts'],
    ['src/schema/a.ts', '../../gen/es/syncdb/v1/options_pb.ts'],
    ['src/schema/a.ts', '@bufbuild/protobuf/reflect'],
    ['src/change/a.ts', '@noble/hashes/sha2.js'],
    ['src/log/a.ts', 'node:sqlite'],
    ['src/wire/a.ts', '../../gen/ts/syncdb/v1/sync.ts'],
    ['src/server/a.ts', '@grpc/grpc-js'],
    ['src/server/a.ts', '../log/b.ts'],
    ['src/cli/a.ts', '../server/index.ts'],
    ['src/index.ts', './client/index.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(check(path, specifier)).toEqual([]);
  });

  test.each([
    ['src/base/a.ts', '../schema/b.ts'],
    ['src/schema/a.ts', '../codec/b.ts'],
    ['src/codec/a.ts', '../schema/b.ts'],
    ['src/merge/a.ts', '../lens/b.ts'],
    ['src/replica/a.ts', '../session/b.ts'],
    ['src/replica/a.ts', '../log/b.ts'],
    ['src/log/a.ts', '../schema/b.ts'],
    ['src/session/a.ts', '../../gen/ts/syncdb/v1/sync.ts'],
    ['src/table/a.ts', '../../gen/es/syncdb/v1/options_pb.ts'],
    ['src/table/a.ts', '@bufbuild/protobuf'],
    ['src/schema/a.ts', '@bufbuild/protobuf-of-another'],
    ['src/session/a.ts', 'node:crypto'],
    ['src/wire/a.ts', '@grpc/grpc-js'],
    ['src/server/a.ts', '../client/index.ts'],
    ['src/client/a.ts', '../server/index.ts'],
    ['src/client/a.ts', '../cli/main.ts'],
    ['src/server/a.ts', '../index.ts'],
    ['src/server/a.ts', '../../test/support/b.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(check(path, specifier)).toEqual([`${path}:1 may not import ${specifier}`]);
  });

  test('a worker that is started counts like an import', () => {
    const text = `new Worker(new URL('../server/w.ts', import.meta.url));`;
    expect(rules.importDirection(tree({ 'src/log/a.ts': text }))).toHaveLength(1);
  });

  test('a folder that is no floor is found', () => {
    expect(rules.importDirection(tree({ 'src/util/a.ts': '' }))).toEqual([
      'src/util/a.ts: src/util is no floor of the house',
    ]);
  });

  test('the floors themselves form no cycle', () => {
    const edges = Object.entries(floors).map(([name, { floors: below }]) => {
      const text = below.map((other) => `import '../${other}/x.ts';`).join('\n');
      return [`src/${name}/x.ts`, text] as const;
    });
    expect(rules.importCycles(tree(Object.fromEntries(edges)))).toEqual([]);
  });
});

describe('import cycles', () => {
  test('are found through types too', () => {
    const sources = tree({
      'src/base/a.ts': `import type { B } from './b.ts';`,
      'src/base/b.ts': `export * from './c.ts';`,
      'src/base/c.ts': `type A = import('./a.ts').A;`,
    });
    expect(rules.importCycles(sources)).toEqual([
      'src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts',
    ]);
  });

  test('are not seen where two ways lead to one module', () => {
    const sources = tree({
      'src/base/a.ts': `import './b.ts'; import './c.ts';`,
      'src/base/b.ts': `import './d.ts';`,
      'src/base/c.ts': `import './d.ts';`,
      'src/base/d.ts': '',
    });
    expect(rules.importCycles(sources)).toEqual([]);
  });
});

test('a default export is found', () => {
  expect(rules.defaultExports(tree({ 'src/cli/a.ts': 'export default 1;' }))).toEqual([
    'src/cli/a.ts:1 has a default export',
  ]);
});

describe('a pure floor', () => {
  const impure = [
    ['Date.now()', 'Date'],
    ['new Date(0)', 'Date'],
    ['Math.random()', 'Math.random'],
    ['setTimeout(f, 1)', 'setTimeout'],
    ['queueMicrotask(f)', 'queueMicrotask'],
    ['performance.now()', 'performance'],
    ['crypto.randomUUID()', 'crypto'],
    ['console.log(1)', 'console'],
    ['process.env', 'process'],
    ['globalThis.Date', 'globalThis'],
    ['Promise.resolve(1)', 'Promise'],
    ['async () => 1', 'async'],
  ] as const;

  test.each(impure)('may not say %s', (text, name) => {
    for (const [floor, { pure }] of Object.entries(floors)) {
      const path = `src/${floor}/a.ts`;
      const findings = pure ? [`${path}:1 uses ${name} on a pure floor`] : [];
      expect(rules.purity(tree({ [path]: text }))).toEqual(findings);
    }
  });

  test('may compute, and may name in comments what it must not use', () => {
    const text = '// Date.now() comes as an argument.\nexport const f = () => Math.max(1, 2);';
    expect(rules.purity(tree({ 'src/base/a.ts': text }))).toEqual([]);
  });
});

describe('a dead file', () => {
  const alive = {
    'src/index.ts': `export * from './client/index.ts';`,
    'src/client/index.ts': `import type { T } from '../base/types.ts';`,
    'src/server/index.ts': `new Worker(new URL('../log/worker.ts', import.meta.url));`,
    'src/cli/main.ts': '',
    'src/base/types.ts': '',
    'src/log/worker.ts': '',
  };

  test('is one that no entry point reaches', () => {
    const dead = {
      'src/base/old.ts': `import './older.ts';`,
      'src/base/older.ts': `import './old.ts';`,
    };
    expect(rules.deadFiles(tree({ ...alive, ...dead }))).toEqual([
      'src/base/old.ts is used by nothing',
      'src/base/older.ts is used by nothing',
    ]);
  });

  test('is not one that is used for its types, or started as a worker', () => {
    expect(rules.deadFiles(tree(alive))).toEqual([]);
  });
});

test('a file of 400 lines is short enough, one line more is too long', () => {
  const lines = (count: number) => '//\n'.repeat(count);
  const sources = tree({ 'src/base/a.ts': lines(400), 'src/base/b.ts': lines(401) });
  expect(rules.longFiles(sources)).toEqual(['src/base/b.ts has 401 lines, more than 400']);
});

describe('a file with logic', () => {
  const sources = tree({
    'src/base/logic.ts': 'export const f = () => 1;',
    'src/base/types.ts': 'export interface T { a: number }',
  });

  test('has a test of its own', () => {
    expect(rules.missingTests(sources, new Set(), {})).toEqual([
      'src/base/logic.ts has no test of its own',
    ]);
  });

  test.each(['logic.test.ts', 'logic.property.test.ts'])('has it in %s', (name) => {
    expect(rules.missingTests(sources, new Set([`test/base/${name}`]), {})).toEqual([]);
  });

  test('or is excused, but not for longer than it needs to be', () => {
    const exempt = { 'src/base/logic.ts': 'tested by the contract', 'src/base/gone.ts': 'removed' };
    expect(rules.missingTests(sources, new Set(), exempt)).toEqual([
      'src/base/gone.ts needs no exemption from having a test',
    ]);
  });
});
