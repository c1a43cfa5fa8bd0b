/** `syncdb serve`, killed with -9 again and again while everyone writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import type { ProgramEnd } from '../support/program.ts';
import { type History, type ServedFolder, servedSchema, serveFolder } from './served-folder.ts';
import { startPushWriter, startSdkWriter, startServiceWriter, type Writer } from './writers.ts';

/** How often in all; SYNCDB_CHAOS_KILLS says otherwise. */
const kills = Number(process.env.SYNCDB_CHAOS_KILLS ?? 200);
/** Servers that are killed side by side, each with a folder and writers of its own. */
const lanes = 2;

const folders: ServedFolder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

interface Tally {
  kills: number;
  whileOpening: number;
  acknowledged: number;
}

it(
  `[I2][I3][I9] everything acknowledged is there once, after ${kills} kills`,
  async () => {
    const startMs = performance.now();
    const tallies = await Promise.all(Array.from({ length: lanes }, () => runLane(kills / lanes)));
    const sum = (of: (tally: Tally) => number) =>
      tallies.reduce((total, one) => total + of(one), 0);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    process.stdout.write(
      `${sum((tally) => tally.kills)} kills with -9 in ${seconds} s, ` +
        `${sum((tally) => tally.whileOpening)} of them while opening; ` +
        `${sum((tally) => tally.acknowledged)} transactions acknowledged, 0 lost, 0 doubled\n`,
    );
  },
  600_000 + kills * 5_000,
);

async function runLane(killsMax: number): Promise<Tally> {
  const folder = await serveFolder();
  folders.push(folder);
  await folder.warmUp();
  const { address } = folder;
  const writers = [
    startPushWriter(address, 'push-1'),
    startPushWriter(address, 'push-2'),
    startServiceWriter(address, 'service'),
    await startSdkWriter(address, 'sdk'),
  ];
  const tally: Tally = { kills: 0, whileOpening: 0, acknowledged: 0 };
  try {
    await killAndRestart(folder, writers, killsMax, tally);
    checkHistory(await folder.readHistory(), writers, 'at least');
    // The last start serves until everyone is answered.
    const last = folder.start();
    await last.prints('listening');
    for (const writer of writers) writer.wake();
    await Promise.all(writers.map((writer) => writer.finish()));
    last.kill('SIGKILL');
    await last.ended;
    checkHistory(await folder.readHistory(), writers, 'exactly');
  } finally {
    await Promise.all(writers.map((writer) => writer.close()));
  }
  tally.acknowledged = acknowledgedBy(writers);
  expect(tally.acknowledged).toBeGreaterThan(tally.kills);
  expect(tally.whileOpening).toBeGreaterThan(0);
  return tally;
}

async function killAndRestart(
  folder: ServedFolder,
  writers: readonly Writer[],
  killsMax: number,
  tally: Tally,
): Promise<void> {
  let openingMs = 500;
  while (tally.kills < killsMax) {
    const startMs = performance.now();
    const program = folder.start();
    // Two of five are killed before they listen, or when they just do.
    if (tally.kills % 5 < 2) {
      await sleep(Math.random() * openingMs);
      tally.whileOpening++;
    } else {
      await program.prints('listening');
      openingMs += (performance.now() - startMs - openingMs) / 4;
      const before = acknowledgedBy(writers);
      for (const writer of writers) writer.wake();
      await until(() => acknowledgedBy(writers) > before, program.ended);
      await sleep(Math.random() * 60);
    }
    program.kill('SIGKILL');
    expect(await program.ended).toMatchObject({ code: null, stderr: '' });
    tally.kills++;
  }
}

/** That the log has each writer's transactions once and in their order, and none that was acknowledged is missing. */
function checkHistory(
  { home, transactions }: History,
  writers: readonly Writer[],
  how: 'at least' | 'exactly',
): void {
  expect(new Set(transactions).size).toBe(transactions.length);
  const [station, inspection] = ['test.v1.Station', 'test.v1.Inspection'].map(
    (name) => servedSchema.tableByName.get(name)!,
  );
  let stations = 0;
  for (const { name, replica, acknowledged, attempted } of writers) {
    const ordered = transactions.filter((text) => text.startsWith(`${replica}/`));
    const count = ordered.length;
    expect(ordered).toEqual(Array.from({ length: count }, (_, index) => `${replica}/${index + 1}`));
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    expect(count).toBeLessThanOrEqual(how === 'exactly' ? acknowledged : attempted);
    for (let number = 1; number <= count; number++) {
      const cells = home.state.cells(station!, `${name}-${number}`);
      expect(cells).toContain(`${number}`);
    }
    expect(home.state.cells(inspection!, name)).toContain(count);
    stations += count;
  }
  expect(home.state.table(station!).columns.liveCount).toBe(stations);
}

function acknowledgedBy(writers: readonly Writer[]): number {
  return writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
}

/** Waits until the test holds, and fails where the program ends before. */
async function until(test: () => boolean, ended: Promise<ProgramEnd>): Promise<void> {
  let end: ProgramEnd | undefined;
  void ended.then((value) => {
    end = value;
  });
  while (!test()) {
    if (end !== undefined) throw new Error(`the server ended by itself: ${end.stderr}`);
    await sleep(2);
  }
}
