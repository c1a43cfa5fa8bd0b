import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitVariables } from '../../src/base/limits-of.ts';

const source = readFileSync(join(import.meta.dirname, '../../src/base/limits.ts'), 'utf8');

/** What the source says of each limit, in one line. */
export const limitTexts: ReadonlyMap<string, string> = new Map(
  [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+): number;/g)].map(
    ([, comment, name]) => [
      name!,
      comment!
        .split('\n')
        .map((line) => line.replace(/^\s*\*?\s*/, '').trim())
        .filter((line) => line !== '')
        .join(' '),
    ],
  ),
);

/** The rows that docs/server.md has of all limits. */
export const limitRows: readonly string[] = limitVariables.map(
  ({ limit, variable, default: value }) =>
    `| \`${limit}\` | \`${variable}\` | ${value} | ${limitTexts.get(limit)} |`,
);
