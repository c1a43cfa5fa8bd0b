import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SyncError } from '../../src/base/errors.ts';
import { readMeta } from '../../src/log/log-file.ts';
import { inspectReadable } from '../../src/log/readable-file.ts';
import { readableLog } from '../../src/log/verify-log.ts';
import { makeClosedLog } from './support/closed-log.ts';
import { makeKilledLog } from './support/killed-log.ts';
import { records, thrown } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();
const look = (path: string) =>
  inspectReadable(path, readableLog, (db, isMended) => [readMeta(db, path).head, isMended]);
const unreadableBy = (path: string) =>
  inspectReadable<SyncError | undefined>(
    path,
    readableLog,
    () => undefined,
    (why) => why,
  );

const closedLog = () => makeClosedLog(makeFolder(), records(1, 3));

function write(path: string, offset: number, value: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = value;
  writeFileSync(path, bytes);
}

test('a sound file is read as it is', () => {
  const path = closedLog();
  expect([look(path), unreadableBy(path)]).toEqual([[3, false], undefined]);
});

test.each([3, 18, 31])(
  '[I9] one with another header, at byte %i, is read with a sound one',
  (byte) => {
    const path = closedLog();
    write(path, byte, 77);
    const before = readFileSync(path);
    expect([look(path), unreadableBy(path)]).toEqual([[3, true], undefined]);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['test.log']);
  },
);

test('of one that is otherwise damaged it is said why', () => {
  const path = join(makeFolder(), 'test.log');
  writeFileSync(path, 'x'.repeat(40_000));
  const why = unreadableBy(path);
  expect(why).toMatchObject({ reason: 'NOT_A_LOG' });
  expect(thrown(() => look(path)).reason).toBe('NOT_A_LOG');
});

test('[I9] a write-ahead log without its file is no file, whatever its header would be', () => {
  const path = makeKilledLog(makeFolder(), [10, 20]);
  rmSync(path);
  expect(unreadableBy(path)).toMatchObject({ reason: 'LOG_CORRUPT' });
});

test('nothing is said of one in which a change was cut short, before that is undone', () => {
  const path = closedLog();
  write(path, 3, 77);
  writeFileSync(`${path}-journal`, 'half');
  expect(thrown(() => unreadableBy(path)).reason).toBe('LOG_CORRUPT');
});
