import { describe, expect, test } from 'vitest';
import { type Mention, readSource } from './source.ts';

const namesOf = (mentions: readonly Mention[]) => mentions.map(({ name }) => name);

describe('a source tells', () => {
  test('what it imports, types and re-exports included, and on which line', () => {
    const source = readSource(
      'src/a.ts',
      `import { a } from './a.ts';
import type { B } from './b.ts';
export * from './c.ts';
export { d } from './d.ts';
type E = import('./e.ts').E;
const f = await import('./f.ts');`,
    );
    expect(source.imports).toEqual([
      { name: './a.ts', line: 1 },
      { name: './b.ts', line: 2 },
      { name: './c.ts', line: 3 },
      { name: './d.ts', line: 4 },
      { name: './e.ts', line: 5 },
      { name: './f.ts', line: 6 },
    ]);
  });

  test('which modules it starts by URL', () => {
    const text = `new Worker(new URL(dev ? './w.ts' : './w.js', import.meta.url)); new URL(text);`;
    expect(namesOf(readSource('src/a.ts', text).urls)).toEqual(['./w.ts', './w.js']);
    const filled = 'new URL(`./w$' + '{extname(import.meta.url)}`, import.meta.url)';
    expect(namesOf(readSource('src/a.ts', filled).urls)).toEqual(['./w.ts']);
  });

  test('what it refers to, but not the names of its members, keys and labels', () => {
    const text = `
      interface I { Date: number; process(): void }
      class C { Date = 1; console() { this.process.Date(); } }
      const o = { process: 1, [Date]: 2 };
      o.console; o[console];
      let t: Promise<Date>;`;
    const references = namesOf(readSource('src/a.ts', text).references);
    expect(references.filter((name) => /Date|process|console|Promise/.test(name))).toEqual([
      'Date',
      'console',
      'Promise',
      'Date',
    ]);
  });

  test('which member of Math it uses', () => {
    const text = 'Math.max(1); Math.random(); const { random } = Math; Math["random"]();';
    expect(namesOf(readSource('src/a.ts', text).references)).toEqual([
      'Math.max',
      'Math.random',
      'random',
      'Math',
      'Math',
    ]);
  });

  test('where it waits', () => {
    const text = `async () => { await x; for await (const y of z) {} };
      async function f() {} class C { async m() {} }`;
    expect(namesOf(readSource('src/a.ts', text).asyncs).toSorted()).toEqual([
      ...['async', 'async', 'async'],
      ...['await', 'await'],
    ]);
  });

  test.each([
    'export default 1;',
    'const a = 1; export { a as default };',
    `export { default } from './b.ts';`,
  ])('that it has a default export: %s', (text) => {
    expect(readSource('src/a.ts', text).defaultExports).toHaveLength(1);
  });

  test.each([
    ['function f() {}', true],
    ['class C { m() {} }', true],
    ['const f = () => 1;', true],
    ['export const limit = 1; interface I { m(): void } type T = () => void;', false],
    [`export * from './a.ts';`, false],
  ])('whether there is something to test: %s', (text, hasLogic) => {
    expect(readSource('src/a.ts', text).hasLogic).toBe(hasLogic);
  });

  test('how many lines it has', () => {
    expect(readSource('src/a.ts', 'const a = 1;\nconst b = 2;\n').lineCount).toBe(2);
  });
});
