/** `syncdb devices` against a real server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InspectionSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { type DevicesOptions, devices } from '../../src/cli/devices.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { startLoadingServer } from './support/loading-server.ts';
import { remoteOptions, testStreams } from './support/streams.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ keepsDevices: true });
});
afterEach(() => server.close());

async function run(options: Partial<DevicesOptions> = {}, isTerminal = false): Promise<string> {
  const streams = testStreams({ isTerminal });
  await devices(
    { ...remoteOptions(server.address), online: false, offline: false, ...options },
    streams,
  );
  return streams.out();
}

/** Two devices, of which one has gone. */
async function twoDevices() {
  const [anna, ben] = [
    await server.client({ replicaId: 'anna' }),
    await server.client({ replicaId: 'ben' }),
  ];
  await ben.synced();
  anna.table(InspectionSchema).put({ id: 'a', stationId: 's' });
  anna.table(InspectionSchema).patch('nobody', { notes: 'x' });
  await anna.synced();
  ben.disconnect();
  await expect.poll(() => run({ offline: true }), { timeout: 20_000 }).toContain('"ben"');
}

test('each is a line of JSON where it is piped', async () => {
  await twoDevices();
  const lines = (await run())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    {
      device: { id: 'anna', committedCount: '1', refusedCount: '1' },
      streamCount: 1,
      settledCounter: '2',
    },
    { device: { id: 'ben' } },
  ]);
  expect(lines[1]).not.toHaveProperty('streamCount');
});

test('they are a table for people on a terminal, with how many there are', async () => {
  await twoDevices();
  const lines = (await run({}, true)).trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /^device +name +state +last seen +stored +ordered +refused +conflicts +sent +received$/,
  );
  expect(lines[2]).toMatch(
    /^anna +online +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d +\d* +1 +1 +0 +\S+ \S+ +\S+ \S+$/,
  );
  expect(lines[3]).toMatch(/^ben +offline/);
  expect(lines[4]).toBe('2 devices, 1 online');
});

test('those who are online can be asked for, or those who are not', async () => {
  await twoDevices();
  expect(await run({ online: true })).toMatch(/^\{.*"anna".*\}\n$/);
  expect(await run({ offline: true })).toMatch(/^\{.*"ben".*\}\n$/);
  await expect(run({ online: true, offline: true })).rejects.toMatchObject({
    reason: 'BAD_OPTION',
  });
});

test('one can be forgotten', async () => {
  await twoDevices();
  await run({ remove: 'ben' });
  expect(await run({ offline: true })).toBe('');
  await expect(run({ remove: 'ben' })).rejects.toMatchObject({
    message: expect.stringContaining('ben'),
  });
});

test.each([
  ['are listed', {}, '0 devices, 0 online\n'],
  ['are asked for one to forget', { remove: 'nobody' }, 'UNKNOWN_DEVICE'],
] as const)('%s as soon as their database is open', async (_, options, expected) => {
  const loading = await startLoadingServer();
  try {
    const streams = testStreams({ isTerminal: true });
    const asked = { ...remoteOptions(loading.address), online: false, offline: false, ...options };
    const told = devices(asked, streams).then(streams.out, ({ reason }) => reason);
    setTimeout(loading.finish, 100);
    expect(await told).toContain(expected);
  } finally {
    await loading.close();
  }
});
