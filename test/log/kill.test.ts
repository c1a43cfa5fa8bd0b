import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bytesEqual } from '../../src/base/bytes.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { groupRecordAt, groupSizeAt } from './support/groups.ts';
import { tempFolders } from './support/temp-folder.ts';

const kills = 24;
const makeFolder = tempFolders();

describe('a process that is killed with -9 while it appends', () => {
  it(`[I2][I9] leaves every acknowledged record, in order, and no half of a group, ${kills} times over`, async () => {
    const path = join(makeFolder(), 'test.log');
    let acknowledged = 0;
    let acknowledgements = 0;
    for (let kill = 0; kill < kills; kill++) {
      const heads = await appendAndKill(path, kill);
      // The first is what the new process found, so it stands for the recovery of what the last one left.
      for (const head of heads) expect(head).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = heads.at(-1) ?? acknowledged;
      acknowledgements += Math.max(0, heads.length - 1);
      // Every other time the next process has to recover; otherwise this one does, and looks closely.
      if (kill % 2 === 1) acknowledged = await checkWhole(path, acknowledged);
    }
    await checkWhole(path, acknowledged);
    expect(acknowledgements).toBeGreaterThan(kills);
  }, 120_000);
});

/** Runs one process until some moment in its appends, now and then in its start; the heads that it said. */
async function appendAndKill(path: string, kill: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'support', 'append-until-killed.ts');
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  if (kill % 4 === 2) await sleep(Math.random() * 200);
  else {
    await Promise.race([once(child.stdout, 'data'), ended]);
    await sleep(Math.random() * 60);
  }
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  // A line that the kill cut short was still an acknowledgement, but its number cannot be trusted.
  return said.split('\n').slice(0, -1).map(Number);
}

/** Reads the whole log; returns its head. */
async function checkWhole(path: string, acknowledged: number): Promise<number> {
  const log = await openSqliteLog({ path });
  expect(log.head).toBeGreaterThanOrEqual(acknowledged);
  let position = 0;
  for await (const slice of log.read(0)) {
    for (const bytes of slice.records) {
      position++;
      if (!bytesEqual(bytes, groupRecordAt(position))) expect.unreachable(`record ${position}`);
    }
  }
  expect(position).toBe(log.head);
  let groupEnd = 0;
  while (groupEnd < log.head) groupEnd += groupSizeAt(groupEnd + 1);
  expect(groupEnd).toBe(log.head);
  await log.close();
  return log.head;
}
