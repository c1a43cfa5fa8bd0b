import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exampleTables } from '../../examples/dataset.ts';
import packageJson from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const readme = read('README.md');

/** Fenced blocks of a page, with their languages. */
function blocks(page: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...page.matchAll(pattern)].map(([, body]) => body!);
}

/** A line of the tour's table: what moved, rows, bytes on the wire, as JSON, and gzipped. */
const moved = /^( {3}(?:Anna|Ben), .*?) {2,}([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)$/gm;

/** The tour without what is another each time: the port, what is on the wire, and how this Node compresses. */
function comparable(tour: string): string {
  return tour
    .replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT')
    .replaceAll(moved, (_line, what, rows, _wire, json) => `${what} ${rows} ${json}`);
}

function wireBytes(tour: string): number[] {
  return [...tour.matchAll(moved)].map(([, , , wire]) => Number(wire!.replaceAll(',', '')));
}

describe('the README', () => {
  it('begins with the tour, as it prints it', () => {
    const [shown] = blocks(readme, 'text');
    const printed = execFileSync(process.execPath, ['examples/tour.ts'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(comparable(printed)).toEqual(comparable(shown!));
    expect(printed.split('\n').length).toBeLessThan(60);
    const [before, now] = [shown!, printed].map(wireBytes);
    expect(now).toHaveLength(6);
    // Frames are cut and acknowledged in other places each time, and more of them where the machine is slow.
    now!.forEach((bytes, index) => {
      expect(Math.abs(bytes - before![index]!)).toBeLessThan(1_000 + before![index]! / 10);
    });
  });

  it('shows the quick start as it stands, with what it prints', () => {
    const [code] = blocks(readme, 'ts');
    expect(code).toBe(read('examples/quick-start.ts'));
    const printed = execFileSync(process.execPath, ['examples/quick-start.ts'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(blocks(readme, 'text')).toContain(printed);
  });

  it('names only npm scripts, files and programs that there are', () => {
    const commands = blocks(readme, 'sh').join('');
    const scripts: Record<string, string> = packageJson.scripts;
    for (const [, name] of commands.matchAll(/npm (?:run )?(start|test|check|sim|tour)\b/g)) {
      expect(scripts).toHaveProperty([name!]);
    }
    for (const [, path] of commands.matchAll(/npx node (\S+)/g)) read(path!);
    expect(commands).toContain('npx syncdb serve');
    expect(packageJson.bin).toHaveProperty('syncdb');
  });

  it('shows fields of a table as the example has them', () => {
    const [table] = blocks(readme, 'proto');
    const proto = read('proto/example/v1/place.proto').replaceAll(/\s+/g, ' ');
    for (const field of table!.matchAll(/^ {2}((?:optional )?string \w+ = \d+)/gm)) {
      expect(proto).toContain(field[1]);
    }
    for (const [scope] of table!.matchAll(/scopes: "[^"]+"/g)) expect(proto).toContain(scope);
  });

  it('says how many rows the example has', () => {
    const count = exampleTables().reduce((sum, { rows }) => sum + rows.length, 0);
    expect(readme).toContain(`${count.toLocaleString('en-US')} rows`);
  });
});

describe('the protocol', () => {
  it('names only reasons that the code has', () => {
    const sources = globSync('src/**/*.ts', { cwd: root }).map(read).join('');
    const known = new Set(
      [...sources.matchAll(/'([A-Z][A-Z0-9_]{4,})'/g)].map(([, reason]) => reason),
    );
    const named = [...read('PROTOCOL.md').matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g)];
    expect(named.length).toBeGreaterThan(15);
    for (const [, reason] of named) expect(known).toContain(reason);
  });

  it('names only files that there are', () => {
    for (const page of ['PROTOCOL.md', 'ARCHITECTURE.md']) {
      for (const [, path] of read(page).matchAll(/`((?:src|test|proto)\/[\w./-]+\.\w+)`/g))
        read(path!);
    }
  });
});

describe('the pages', () => {
  it('have tables whose rows have as many cells as their heads', () => {
    const cells = (row: string) => row.replaceAll(/`[^`]*`/g, '').split('|').length;
    for (const page of globSync(['*.md', 'docs/*.md'], { cwd: root })) {
      for (const [table] of read(page).matchAll(/^(?:\|.*\n)+/gm)) {
        const [head, ...rows] = table.trimEnd().split('\n');
        for (const row of rows) expect(cells(row), `${page}: ${row}`).toBe(cells(head!));
      }
    }
  });

  it('link only to files and sections that there are', () => {
    const pages = globSync(['*.md', 'docs/*.md'], { cwd: root });
    expect(pages).toContain('docs/errors.md');
    for (const page of pages) {
      for (const [, path, section] of read(page).matchAll(
        /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g,
      )) {
        const target = path === '' ? page : join(dirname(page), path!);
        expect(existsSync(`${root}/${target}`), `${page} links to ${target}`).toBe(true);
        if (section === undefined) continue;
        const heading = new RegExp(`^#+ ${section.replaceAll('-', ' ')}$`, 'im');
        expect(read(target), `${page} links to ${target}#${section}`).toMatch(heading);
      }
    }
  });
});
