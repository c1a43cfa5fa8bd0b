import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { describeLogContract } from './contract.ts';
import { openInThisThread } from './support/in-this-thread.ts';
import { readAll, records, rejection } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const makePath = () => join(makeFolder(), 'test.log');

/** Both put the log in a file of its own; they differ in who runs the store. */
const fileFixture = (open: (path: string) => Promise<Log>) => () => {
  const path = makePath();
  return { open: () => open(path), dispose: () => rmSync(dirname(path), { recursive: true }) };
};

describeLogContract({
  name: 'the SQLite log',
  persists: true,
  makeFixture: fileFixture((path) => openSqliteLog({ path })),
  modelRuns: 20,
});

describeLogContract({
  name: 'the SQLite log without a thread',
  persists: true,
  makeFixture: fileFixture(openInThisThread),
});

describe('the SQLite log', () => {
  it('refuses a second open in this process in one line that names the file', async () => {
    const path = makePath();
    const log = await openSqliteLog({ path });
    await log.append(0, records(1, 1));
    const error = await rejection(openSqliteLog({ path }));
    expect(error).toMatchObject({ code: 9, reason: 'LOG_LOCKED', metadata: { path } });
    expect(error.message).toContain(path);
    expect(error.message).not.toContain('\n');
    expect(await log.append(1, records(2, 1))).toBe(2);
    await log.close();
    const again = await openSqliteLog({ path });
    expect(again.head).toBe(2);
    await again.close();
  });

  it('refuses a second process, and lets it in after the close', async () => {
    const path = makePath();
    const log = await openSqliteLog({ path });
    await log.append(0, records(1, 1));
    expect(openInChild(path)).toBe('FAILED_PRECONDITION LOG_LOCKED');
    await log.append(1, records(2, 1));
    await log.close();
    expect(openInChild(path)).toBe('head 2');
  });

  it('gives two logs two ids', async () => {
    const [one, two] = await Promise.all([
      openSqliteLog({ path: makePath() }),
      openSqliteLog({ path: makePath() }),
    ]);
    expect(one.id).not.toEqual(two.id);
    await Promise.all([one.close(), two.close()]);
  });

  it('says which file it cannot open where the folder is missing', async () => {
    const path = join(makeFolder(), 'missing', 'test.log');
    const error = await rejection(openSqliteLog({ path }));
    expect(error).toMatchObject({ code: 9, reason: 'LOG_CANNOT_OPEN', metadata: { path } });
  });

  it('opens whatever flags the process was started with', () => {
    const source = new URL('../../src/log/sqlite-log.ts', import.meta.url).href;
    const program = `
      const { openSqliteLog } = await import('${source}');
      const log = await openSqliteLog({ path: '${makePath()}' });
      process.stdout.write('head ' + log.head);
      await log.close();`;
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect([child.stdout, child.stderr]).toEqual(['head 0', '']);
  });

  it('does not hold up the event loop while it writes', async () => {
    const log = await openSqliteLog({ path: makePath() });
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const big = Array.from({ length: 8 }, () => new Uint8Array(4 << 20));
    await log.append(0, big);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(1);
    expect((await readAll(log, 7))[0]).toHaveLength(4 << 20);
    await log.close();
  });
});

/** What a process of its own says when it opens the log and closes it again. */
function openInChild(path: string): string {
  const script = join(import.meta.dirname, 'support', 'open-once.ts');
  const child = spawnSync(process.execPath, [script, path], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  return child.stdout.trim();
}
