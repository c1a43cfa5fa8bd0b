import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bytesEqual } from '../../src/base/bytes.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { openSqliteSnapshots } from '../../src/log/sqlite-snapshots.ts';
import { verifyLog } from '../../src/log/verify-log.ts';
import { verifySnapshots } from '../../src/log/verify-snapshots.ts';
import { blocksOf } from './snapshot-contract.ts';
import { groupRecordAt, groupSizeAt } from './support/groups.ts';
import { recordAt } from './support/record-at.ts';
import { tempFolders } from './support/temp-folder.ts';

const kills = 24;
const fewKills = 10;
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
  }, 300_000);
});

describe('a process that is killed with -9 while it trims', () => {
  it(`[I9] leaves what stands behind the last trim, and no gap, ${fewKills} times over`, async () => {
    const path = join(makeFolder(), 'test.log');
    let trimmed = 0;
    let said = 0;
    for (let kill = 0; kill < fewKills; kill++) {
      const promised = await runAndKill('trim-until-killed.ts', path, kill);
      said += promised.length;
      const log = await openSqliteLog({ path });
      for (const upto of promised) expect(log.trimmed).toBeGreaterThanOrEqual(upto);
      expect(log.trimmed).toBeGreaterThanOrEqual(trimmed);
      trimmed = log.trimmed;
      let position = trimmed;
      for await (const slice of log.read(trimmed)) {
        for (const bytes of slice.records) {
          position++;
          if (!bytesEqual(bytes, recordAt(position))) expect.unreachable(`record ${position}`);
        }
      }
      expect(position).toBe(log.head);
      await log.close();
      expect(verifyLog(path).findings).toEqual([]);
    }
    expect(said).toBeGreaterThan(fewKills);
    expect(trimmed).toBeGreaterThan(0);
  }, 300_000);
});

describe('a process that is killed with -9 while it takes snapshots', () => {
  it(`[I9] leaves every one that it was promised, whole, and no half of one, ${fewKills} times over`, async () => {
    const path = join(makeFolder(), 'test.snapshots');
    let newest = 0;
    let said = 0;
    for (let kill = 0; kill < fewKills; kill++) {
      const promised = await runAndKill('snapshot-until-killed.ts', path, kill);
      said += promised.length;
      newest = Math.max(newest, ...promised);
      const store = await openSqliteSnapshots({ path });
      const infos = await store.list();
      if (newest > 0) expect(infos[0]!.position).toBeGreaterThanOrEqual(newest);
      // Two are kept, and a third may be complete before the oldest goes.
      expect(infos.length).toBeLessThanOrEqual(3);
      for (const info of infos) {
        const blocks = await blocksOf(store, info);
        expect(blocks).toHaveLength(20);
        const isWhole = blocks.every((block, index) =>
          bytesEqual(block, recordAt(info.position + index, 20_000)),
        );
        expect(isWhole).toBe(true);
      }
      await store.close();
      expect(verifySnapshots(path).problems).toEqual([]);
    }
    expect(said).toBeGreaterThan(fewKills);
    // Whatever was cut short, its pages were used again.
    expect(statSync(path).size).toBeLessThan(6 * 20 * 20_000);
  }, 300_000);
});

describe('a process that is killed with -9 while it upgrades a log', () => {
  it(`[I9] leaves the old format or the new one, and every record, ${fewKills} times over`, async () => {
    for (let kill = 0; kill < fewKills; kill++) {
      const path = join(makeFolder(), 'test.log');
      copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'log-1.syncdb'), path);
      // It upgrades one copy after the other, this one first.
      await runAndKill('upgrade-until-killed.ts', path, kill);
      const folder = dirname(path);
      for (const name of readdirSync(folder).filter((one) => one.endsWith('.log'))) {
        const report = verifyLog(join(folder, name));
        expect(report.findings).toEqual([]);
        expect([1, 2]).toContain(report.formatVersion);
        const log = await openSqliteLog({ path: join(folder, name) });
        const found: Uint8Array[] = [];
        for await (const slice of log.read(0)) found.push(...slice.records);
        expect(found).toEqual([...[1, 2, 3, 4].map((at) => recordAt(at)), new Uint8Array(0)]);
        await log.close();
      }
    }
  }, 300_000);
});

/** Runs one process until some moment in its appends, now and then in its start; the heads that it said. */
function appendAndKill(path: string, kill: number): Promise<number[]> {
  return runAndKill('append-until-killed.ts', path, kill);
}

/** Runs a process of `support` until some moment of its work, now and then of its start; the numbers that it said. */
async function runAndKill(name: string, path: string, kill: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'support', name);
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  if (kill % 4 === 2) await sleep(Math.random() * 200);
  else {
    // Not a time but some lines, since how long these take is up to the disk.
    const lines = 2 + (kill % 3);
    while (said.split('\n').length <= lines) {
      await Promise.race([once(child.stdout, 'data'), ended]);
      if (child.exitCode !== null) break;
    }
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
