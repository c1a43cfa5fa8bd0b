/** That the tests which docs/durability.md names are there, so that no promise stands on a test that is gone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testTitles } from '../support/test-titles.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/durability.md').replaceAll(/\s+/g, ' ');

/** A file, and words of titles in it. */
const named = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)`: ((?:"[^"]+"(?:; )?)+)/g)].flatMap(
  ([, file, titles]) =>
    [...titles!.matchAll(/"([^"]+)"/g)].map(([, title]) => [file!, title!] as const),
);

test.each(named)('%s has a test of “%s”, and runs it', (file, title) => {
  expect(existsSync(join(root, file))).toBe(true);
  expect(testTitles(read(file)).filter((found) => found.includes(title))).not.toEqual([]);
});

const rows = read('docs/durability.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise'));

test('the numbers of a promise are in the titles of the tests that it names', () => {
  const missing = rows.flatMap((row) => {
    const [promise] = row.slice(2).split(' | ');
    const files = [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`: /g)];
    const titles = files.flatMap(([, file]) => testTitles(read(file!))).join('\n');
    return [...promise!.matchAll(/\b[IP]\d+\b/g)]
      .filter(([tag]) => !titles.includes(`[${tag}]`))
      .map(([tag]) => `${tag}: ${promise}`);
  });
  expect(missing).toEqual([]);
});

test('every promise names some', () => {
  expect(rows.filter((row) => !/`test\/[\w./-]+`: "/.test(row))).toEqual([]);
  expect(named.length).toBeGreaterThan(rows.length);
});
