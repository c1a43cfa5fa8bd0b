import { beforeEach, describe, expect, test } from 'vitest';
import { cellsByName, systemTables } from '../../src/replica/system-rows.ts';
import { type Device, newDevice } from '../../src/server/device.ts';
import { DeviceWriter } from '../../src/server/device-writer.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { modelSchema } from '../support/model-schema.ts';
import { ManualTimer, settled } from './support/faulty-medium.ts';

const { device: table } = systemTables(modelSchema);
let model: ModelHome;
let time: ManualTimer;
/** Numbers of the devices in each commit. */
let commits: number[][];
/** What the log does with the next commits; after them all is well. */
let fates: ('kept' | 'refused')[];
/** What becomes of devices while a commit is made durable. */
let during: () => void;
let writer: DeviceWriter;
let name: string;
/** What it could not write for. */
let errors: unknown[];

beforeEach(() => {
  model = new ModelHome();
  time = new ManualTimer();
  commits = [];
  fates = [];
  during = () => {};
  name = 'first';
  errors = [];
  writer = new DeviceWriter({
    home: model.home,
    timer: time.timer,
    writeMs: 60_000,
    rowOf: ({ number }) =>
      number < 0
        ? undefined
        : { table, key: String(number), cells: cellsByName(table, { number, name }) },
    onError: (error) => errors.push(error),
    submit: async (make) => {
      const record = make(noonMs);
      await settled();
      if (record === undefined) return;
      if (fates.shift() === 'refused') {
        model.home.abandon();
        throw new Error('the log is being opened again');
      }
      const { effects } = model.home.durable();
      commits.push(effects.map(({ key }) => Number(key)));
      during();
    },
  });
});

/** Lets so much time pass, and all be written that is due. */
async function pass(ms: number): Promise<void> {
  await time.pass(ms);
  for (let turn = 0; turn < 4; turn++) await settled();
}

const devices = (count: number): Device[] =>
  Array.from({ length: count }, (_, number) => newDevice(`d${number}`, number, noonMs));

describe('what has changed of devices', () => {
  test('is written after a while, many devices in one commit, each once', async () => {
    const some = devices(3);
    for (const device of [...some, ...some]) writer.note(device, false);
    await pass(59_999);
    expect(commits).toEqual([]);
    await pass(1);
    expect(commits).toEqual([[0, 1, 2]]);
  });

  test('is written a second later where that is urgent; the rest has its time', async () => {
    const [calm, urgent] = devices(2);
    writer.note(calm!, false);
    writer.note(urgent!, true);
    await pass(1_000);
    expect(commits).toEqual([[1]]);
    await pass(59_000);
    expect(commits).toEqual([[1], [0]]);
  });

  test('is nothing any more once it is written: the log stays as it is', async () => {
    const [one] = devices(1);
    writer.note(one!, true);
    await pass(3_600_000);
    expect(commits).toEqual([[0]]);
    writer.note(one!, true);
    await pass(3_600_000);
    expect(commits).toEqual([[0]]);
    expect(time.plannedCount).toBe(0);
  });

  test('goes in commits of 100 rows at the most', async () => {
    for (const device of devices(101)) writer.note(device, false);
    await pass(60_000);
    expect(commits.map(({ length }) => length)).toEqual([100, 1]);
  });

  test('and changes again while it is written has the next time, so that there is an end', async () => {
    const [one] = devices(1);
    let count = 0;
    during = () => {
      name = `changed ${++count}`;
      writer.note(one!, false);
    };
    writer.note(one!, false);
    for (let turn = 0; turn < 3; turn++) await pass(60_000);
    expect(commits).toHaveLength(3);
  });

  test('and is not taken by the log is written later', async () => {
    fates = ['refused', 'refused'];
    for (const device of devices(2)) writer.note(device, true);
    await pass(1_000);
    expect(commits).toEqual([]);
    expect(errors).toMatchObject([{ message: 'the log is being opened again' }]);
    await pass(60_000);
    await pass(60_000);
    expect(commits).toEqual([[0, 1]]);
  });

  test('and has no row any more, or is dropped, is not written', async () => {
    const [one, other] = devices(2);
    writer.note(newDevice('gone', -1, noonMs), true);
    writer.note(one!, true);
    writer.note(other!, true);
    writer.drop(one!);
    await pass(60_000);
    expect(commits).toEqual([[1]]);
  });
});

test('at the end all of it is written, and nothing is planned any more', async () => {
  for (const device of devices(2)) writer.note(device, device.number === 0);
  await writer.close();
  expect(commits).toEqual([[0, 1]]);
  expect(time.plannedCount).toBe(0);
});

test('an end does not wait for a log that takes nothing', async () => {
  fates = ['refused'];
  writer.note(devices(1)[0]!, true);
  await writer.close();
  expect(commits).toEqual([]);
});
