import { expect, test } from 'vitest';
import { testTitles } from './test-titles.ts';

test('are those of tests, of groups, and of the rows of tables', () => {
  const text = `
    describe('a log', () => {
      it('is whole', () => {});
      test.each([['when it is cut', 1]])('is read %s', (what: string) => {});
      test(\`has \${count} records\`, () => {});
    });`;
  expect(testTitles(text)).toEqual([
    'a log',
    'is whole',
    'is read %s',
    'when it is cut',
    'has … records',
  ]);
});

test('are none of comments, of other strings, and of what does not run', () => {
  const text = `
    // it('is only said', () => {});
    const other = "it('is only said')";
    it.skip('is skipped', () => {});
    it.todo('is to be done');
    test.fails('fails', () => {});
    describe.skip('all of it', () => { it('is skipped with it', () => {}); });`;
  expect(testTitles(text)).toEqual([]);
});

test('are those of tests that cannot run everywhere, where they say why', () => {
  expect(testTitles(`it.skipIf(!can)('is silent', () => {});`)).toEqual([]);
  const text = `it.skipIf(!can)(\`is full\${can ? '' : ' (skipped: no right)'}\`, () => {});`;
  expect(testTitles(text)).toEqual(['is full…']);
});
