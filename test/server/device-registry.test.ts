import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceInfo, ListDevicesResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { QueryRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { PowerState } from '../../gen/ts/syncdb/v1/device.ts';
import { Subscription } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { positionOf } from '../../src/base/seq.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { devicesIn } from '../../src/replica/device-rows.ts';
import { recovering } from '../../src/server/committer-errors.ts';
import { DeviceRegistry } from '../../src/server/device-registry.ts';
import type { Identity } from '../../src/session/source.ts';
import { identity, TestHome } from '../session/support/hosts.ts';
import { call, collect, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { syncErrorOf } from '../support/schema-errors.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { ManualTimer, settled } from './support/faulty-medium.ts';
import { RawStream, station } from './support/raw-stream.ts';

describe('what a database keeps of devices', () => {
  let home: TestHome;
  let time: ManualTimer;
  let failing: boolean;
  /** What the log fails with. */
  let failure: Error;
  let errors: unknown[];
  let submits: number;

  beforeEach(() => {
    home = new TestHome();
    time = new ManualTimer();
    failing = false;
    failure = recovering(undefined);
    errors = [];
    submits = 0;
  });

  const open = (limits: Partial<Limits> = {}) =>
    new DeviceRegistry({
      ...{ home: home.home, source: home.source, limits: { ...defaultLimits, ...limits } },
      clock: { nowMs: () => home.nowMs },
      timer: time.timer,
      submit: async (make) => {
        submits++;
        if (failing) throw failure;
        const record = make(home.nowMs);
        if (record !== undefined) home.append(record);
      },
      onError: (error) => errors.push(error),
    });
  const greeting = (replica: string, who: Partial<Identity> = {}) => ({
    handshake: {
      ...{ protocolMin: 1, protocolMax: 1, database: 'd', replica, former: [] },
      ...{ schemaVersion: 1, schemaFingerprint: 'f' },
    },
    identity: identity(who),
    relay: false,
  });
  const come = (devices: DeviceRegistry, replica: string, end = () => {}) => {
    home.nowMs += 1_000;
    return devices.connected(greeting(replica), () => new Uint8Array(0), end);
  };
  const idsOf = (devices: DeviceRegistry) => devices.list().map(({ id }) => id);
  const rows = () =>
    devicesIn(home.source.state).map(({ number, id, greetingCount }) => [
      ...[number, id, greetingCount],
    ]);
  const pass = async (ms: number) => {
    await time.pass(ms);
    for (let turn = 0; turn < 4; turn++) await settled();
  };

  test('is in the log a second after one comes or goes, and a restart begins with it', async () => {
    const devices = open();
    const stream = come(devices, 'a')!;
    come(devices, 'b');
    await pass(1_000);
    expect(rows()).toEqual([
      [0, 'a', 1],
      [1, 'b', 1],
    ]);
    stream.received(100);
    await pass(10_000);
    expect(devicesIn(home.source.state)[0]).toMatchObject({ bytesIn: 0, endedMs: 0 });
    stream.close(undefined);
    await pass(1_000);
    const again = open();
    expect(again.list().map((one) => again.factsOf(one))).toMatchObject([
      { id: 'a', bytesIn: 100, endedMs: home.nowMs },
      { id: 'b' },
    ]);
    expect(again.list().map(({ streams }) => streams.size)).toEqual([0, 0]);
    come(again, 'a');
    come(again, 'c');
    await again.close();
    expect(rows()).toEqual([
      [0, 'a', 2],
      [1, 'b', 1],
      [2, 'c', 1],
    ]);
  });

  test('is bounded: of more the one that was unseen for the longest goes, and gives its row', async () => {
    const devices = open({ devicesMax: 3 });
    for (const id of ['a', 'b', 'c']) come(devices, id)!.close(undefined);
    come(devices, 'a')!.close(undefined);
    await pass(1_000);
    come(devices, 'd');
    expect(idsOf(devices)).toEqual(['a', 'c', 'd']);
    come(devices, 'e');
    expect(idsOf(devices)).toEqual(['a', 'd', 'e']);
    await pass(1_000);
    expect(rows()).toEqual([
      [0, 'a', 2],
      [1, 'd', 1],
      [2, 'e', 1],
    ]);
  });

  test('has one that left just now for longer than one that left long ago', () => {
    const devices = open({ devicesMax: 2 });
    const stream = come(devices, 'a')!;
    come(devices, 'b')!.close(undefined);
    home.nowMs += 1_000;
    stream.close(undefined);
    come(devices, 'c');
    expect(idsOf(devices)).toEqual(['a', 'c']);
  });

  test('is nothing where no devices are to be kept', async () => {
    const devices = open({ devicesMax: 0 });
    expect(come(devices, 'a')).toBeUndefined();
    await devices.close();
    expect([idsOf(devices), rows()]).toEqual([[], []]);
  });

  test('is nothing of more devices than are kept where all of those have streams', () => {
    const devices = open({ devicesMax: 1 });
    const first = come(devices, 'a')!;
    expect(come(devices, 'b')).toBeUndefined();
    expect(devices.called(greeting('b'))).toBeUndefined();
    come(devices, 'a');
    first.close(undefined);
    expect(come(devices, 'b')).toBeUndefined();
  });

  test('says who was refused and why, where it may be who it says', () => {
    const devices = open();
    const refuse = () => {
      throw syncErrorOf(() => devices.list().at(99)!.id.length);
    };
    expect(() => devices.greets(greeting('a'), refuse)).toThrow();
    expect(() => devices.greets(greeting('b', { replicas: ['c*'] }), refuse)).toThrow();
    expect(idsOf(devices)).toEqual(['a']);
    expect(devices.greets(greeting('c'), () => 7)).toBe(7);
    expect(idsOf(devices)).toEqual(['a']);
  });

  test('goes with its row where it is removed; its number is given again', async () => {
    const devices = open();
    const reasons: string[] = [];
    const stream = devices.connected(
      greeting('a'),
      () => new Uint8Array(0),
      (error) => {
        reasons.push(error.reason);
        stream.close(error);
      },
    )!;
    come(devices, 'b');
    await pass(1_000);
    const removed = devices.remove('a');
    stream.received(5);
    await Promise.all([removed, devices.remove('a')]);
    expect(reasons).toEqual(['DEVICE_REMOVED']);
    expect(rows()).toEqual([[1, 'b', 1]]);
    await pass(600_000);
    expect(rows()).toEqual([[1, 'b', 1]]);
    come(devices, 'c');
    await pass(1_000);
    expect(rows()).toEqual([
      [0, 'c', 1],
      [1, 'b', 1],
    ]);
    await expect(devices.remove('a')).rejects.toMatchObject({
      ...{ reason: 'UNKNOWN_DEVICE', code: 5 },
    });
  });

  test('stays where the log does not take the removal', async () => {
    const devices = open();
    come(devices, 'a');
    await pass(1_000);
    failing = true;
    await expect(devices.remove('a')).rejects.toThrow('nothing was ordered');
    failing = false;
    expect(idsOf(devices)).toEqual(['a']);
    come(devices, 'a');
    await pass(1_000);
    expect(rows()).toEqual([[0, 'a', 2]]);
  });

  test('tells of what keeps it from being written, but for a log that takes nothing just now', async () => {
    const devices = open();
    failing = true;
    come(devices, 'a');
    await pass(1_000);
    expect([submits, errors]).toEqual([1, []]);
    failure = new Error('a mistake');
    come(devices, 'b');
    await pass(1_000);
    expect(errors).toEqual([failure]);
    failing = false;
    await pass(defaultLimits.devicesWriteMs);
    expect(rows()).toEqual([
      [0, 'a', 1],
      [1, 'b', 1],
    ]);
  });

  describe('where it is to be fewer than the log has', () => {
    const full = async (count: number) => {
      const devices = open();
      for (let index = 0; index < count; index++) come(devices, `d${index}`)!.close(undefined);
      await devices.close();
      expect(rows()).toHaveLength(count);
      submits = 0;
    };

    test('lets go of those that left the longest ago, a hundred in a commit', async () => {
      await full(250);
      const devices = open({ devicesMax: 3 });
      const kept = ['d247', 'd248', 'd249'];
      expect(idsOf(devices)).toEqual(kept);
      expect(submits).toBe(0);
      const counts: number[] = [];
      for (let step = 0; step < 4; step++) {
        await pass(1_000);
        counts.push(rows().length);
      }
      expect(counts).toEqual([150, 50, 3, 3]);
      expect([submits, time.plannedCount]).toEqual([3, 0]);
      expect(
        rows()
          .map(([, id]) => id)
          .sort(),
      ).toEqual(kept);
    });

    test('gives their rows to others once they are gone, and not before', async () => {
      await full(3);
      const devices = open({ devicesMax: 2 });
      failing = true;
      await pass(1_000);
      // It has the place of the one that left next.
      come(devices, 'new')!.close(undefined);
      expect(devices.list().map(({ id, number }) => [id, number])).toEqual([
        ['d2', 2],
        ['new', 1],
      ]);
      failing = false;
      await pass(60_000);
      expect(rows().sort()).toEqual([
        [1, 'new', 1],
        [2, 'd2', 1],
      ]);
      await devices.remove('d2');
      come(devices, 'newest');
      expect(
        devices
          .list()
          .map(({ number }) => number)
          .sort(),
      ).toEqual([1, 2]);
      expect(errors).toEqual([]);
    });

    test('stops at the end, and goes on at the next start', async () => {
      await full(150);
      const devices = open({ devicesMax: 1 });
      await pass(1_000);
      await devices.close();
      expect([rows().length, time.plannedCount]).toEqual([50, 0]);
      open({ devicesMax: 1 });
      await pass(1_000);
      expect(rows().map(([, id]) => id)).toEqual(['d149']);
    });

    test('has none where none are to be kept', async () => {
      await full(2);
      open({ devicesMax: 0 });
      await pass(1_000);
      expect(rows()).toEqual([]);
    });
  });

  test('has each device once where a killed server left two rows of it', async () => {
    const devices = open({ devicesMax: 2 });
    for (const id of ['a', 'b']) come(devices, id)!.close(undefined);
    await devices.close();
    // Another took the row of `a`, which came back in the place of `b`; only that was written.
    const killed = open({ devicesMax: 2 });
    come(killed, 'c')!.close(undefined);
    come(killed, 'a')!.close(undefined);
    const [back] = killed.list();
    expect([back!.id, back!.number]).toEqual(['a', 1]);
    await killed.remove('c');
    const restarted = open();
    expect(idsOf(restarted)).toEqual(['b']);
    come(restarted, 'd');
    expect(restarted.list().map(({ number }) => number)).toEqual([1, 0]);
  });

  test('knows such a device as the one that was seen last, and lets go of its older row', async () => {
    const devices = open();
    for (const id of ['a', 'b', 'c', 'd']) come(devices, id)!.close(undefined);
    await devices.close();
    // The limit was lowered, so `a` is above it; it came back in the place of `b`, and nothing was removed before the end.
    const killed = open({ devicesMax: 3 });
    come(killed, 'a')!.close(undefined);
    await killed.close();
    const stored = devicesIn(home.source.state).map(({ number, id }) => `${number} ${id}`);
    expect(stored).toEqual(['0 a', '1 a', '2 c', '3 d']);
    const restarted = open({ devicesMax: 2 });
    expect(idsOf(restarted)).toEqual(['a', 'd']);
    await pass(3_000);
    const left = devicesIn(home.source.state).map(({ number, id }) => `${number} ${id}`);
    expect(left).toEqual(['1 a', '3 d']);
  });
});

describe('over real gRPC', () => {
  let server: TestServer;
  let stubs: Stubs;

  async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<void> {
    server = await startTestServer({ ...options, keepsDevices: true });
    stubs = stubsOf(server);
  }

  afterEach(async () => {
    stubs.close();
    await server.close();
  });

  const listed = () =>
    call<ListDevicesResponse>((done) =>
      stubs.admin.listDevices({ database: 'field', pageSize: 0, pageToken: '' }, done),
    );
  const deviceOf = async (id: string): Promise<DeviceInfo | undefined> =>
    (await listed()).devices.find(({ device }) => device!.id === id);

  test('a client says who it is, and an operator sees it come, work and go', async () => {
    await start();
    const client = await server.client({
      replicaId: 'tablet-7',
      device: {
        ...{ name: 'Truck 12', platform: 'Android 16', appVersion: '3.1.4' },
        conditions: { powerState: 'battery', batteryPercent: 41, metered: true, roundTripMs: 90 },
      },
    });
    await client.synced();
    const stream = new RawStream(server, stubs);
    stream.hello('phone-1');
    await stream.live();
    stream.push(station('phone-1', 1, 'North'));
    await eventually(() => stream.outcomes().length === 1);
    await client.synced();
    const info = (await deviceOf('tablet-7'))!;
    const head = BigInt(server.database.source.state.head);
    expect(info).toMatchObject({ streamCount: 1, settledCounter: 0n });
    expect(info.device).toMatchObject({
      ...{ name: 'Truck 12', platform: 'Android 16', appVersion: '3.1.4', identity: 'anonymous' },
      ...{ schemaVersion: 1, schemaFingerprint: server.database.schema.fingerprint },
      conditions: {
        ...{ powerState: PowerState.BATTERY, batteryPercent: 41, metered: true, roundTripMs: 90 },
        ...{ receiveBytesPerSecond: undefined, sendBytesPerSecond: undefined },
      },
      ...{ sentSeq: head, rowsOut: 1n, greetingCount: 1n, endedAt: undefined },
    });
    expect(info.device!.bytesIn).toBeGreaterThan(50n);
    expect(info.device!.bytesOut).toBeGreaterThan(50n);
    expect(info.device!.lastOutAt).toBeDefined();
    expect(await deviceOf('phone-1')).toMatchObject({
      ...{ settledCounter: 1n, device: { committedCount: 1n, refusedCount: 0n, name: '' } },
    });
    await client.close();
    await eventually(() =>
      server.database.devices.list().every(({ id, streams }) => {
        return id !== 'tablet-7' || streams.size === 0;
      }),
    );
    expect(await deviceOf('tablet-7')).toMatchObject({
      ...{ streamCount: 0, device: { endReason: '' } },
    });
    stream.cancel();
  });

  test('what a client has stored is what it said last', async () => {
    await start();
    const client = await server.client({ replicaId: 'p1' });
    await client.synced();
    const other = new RawStream(server, stubs);
    other.hello('p0');
    await other.live();
    other.push(station('p0', 1, 'North'));
    await eventually(() => other.outcomes().length === 1);
    other.cancel();
    const { head } = server.database.source.state;
    const stored = () => {
      const { devices } = server.database;
      return devices.factsOf(devices.list()[1]!).storedSeq;
    };
    await eventually(() => stored() === head);
  });

  test('what a device says of itself is read anew whenever it greets', async () => {
    await start();
    let batteryPercent = 80;
    const device = {
      name: 'Truck',
      get conditions() {
        return { batteryPercent };
      },
    };
    const client = await server.client({ replicaId: 'p1', device });
    await client.synced();
    batteryPercent = 5;
    client.disconnect();
    client.connect();
    await client.synced();
    expect((await deviceOf('p1'))?.device).toMatchObject({
      ...{ name: 'Truck', greetingCount: 2n, conditions: { batteryPercent: 5 } },
    });
  });

  test('devices that call without a stream are seen too', async () => {
    await start();
    const handshake = handshakeOf(server, 'script-1');
    const subscription = Subscription.fromPartial({});
    await collect(stubs.sync.pull({ handshake, subscription }));
    expect((await deviceOf('script-1'))?.device).toMatchObject({
      ...{ greetingCount: 1n, sentSeq: 1n, storedSeq: 0n },
    });
    await call((done) =>
      stubs.sync.push(
        { handshake, transactions: [station('script-1', 1, 'East')], refuseUnfit: false },
        done,
      ),
    );
    expect(await deviceOf('script-1')).toMatchObject({
      ...{ streamCount: 0, settledCounter: 1n, device: { committedCount: 1n } },
    });
  });

  test('an app that is too old is seen, with why it may not sync', async () => {
    await start();
    const handshake = handshakeOf(server, 'old-1');
    const schema = { version: 9, fingerprint: 'feedfeedfeedfeed' };
    const push = call((done) =>
      stubs.sync.push(
        {
          handshake: { ...handshake, schema },
          transactions: [station('p1', 1, 'North')],
          refuseUnfit: false,
        },
        done,
      ),
    );
    await expect(push).rejects.toMatchObject({ reason: 'SCHEMA_MISMATCH' });
    expect(await deviceOf('old-1')).toMatchObject({
      device: {
        ...{ endReason: 'SCHEMA_MISMATCH', schemaVersion: 9 },
        schemaFingerprint: 'feedfeedfeedfeed',
      },
    });
  });

  test('a device that says too much of itself is refused', async () => {
    await start();
    const device = { name: 'x'.repeat(129), platform: '', appVersion: '', conditions: undefined };
    const handshake = { ...handshakeOf(server, 'p1'), device };
    const push = call((done) =>
      stubs.sync.push(
        { handshake, transactions: [station('p1', 1, 'North')], refuseUnfit: false },
        done,
      ),
    );
    await expect(push).rejects.toMatchObject({
      ...{ reason: 'BAD_DEVICE', fields: [{ field: 'handshake.device.name' }] },
    });
    const client = server.client({ device: { name: 'x'.repeat(129) } });
    await expect(client).rejects.toMatchObject({ reason: 'BAD_DEVICE' });
  });

  test('a device that is removed is cut off and forgotten, and comes again with all that it wrote', async () => {
    await start();
    const stream = new RawStream(server, stubs);
    stream.hello('p1');
    await stream.live();
    stream.push(station('p1', 1, 'North'));
    await eventually(() => stream.outcomes().length === 1);
    await call((done) => stubs.admin.removeDevice({ database: 'field', replicaId: 'p1' }, done));
    await eventually(() => stream.error !== undefined);
    expect(stream.error).toMatchObject({ reason: 'DEVICE_REMOVED', code: 14 });
    expect(await listed()).toMatchObject({ devices: [], totalCount: 0, onlineCount: 0 });
    const again = new RawStream(server, stubs);
    again.hello('p1');
    await again.live();
    expect(await deviceOf('p1')).toMatchObject({
      ...{ streamCount: 1, settledCounter: 1n, device: { greetingCount: 1n, committedCount: 0n } },
    });
    await expect(
      call((done) => stubs.admin.removeDevice({ database: 'field', replicaId: 'p2' }, done)),
    ).rejects.toMatchObject({ reason: 'UNKNOWN_DEVICE', code: 5 });
    again.cancel();
  });

  test('only admins list and remove devices', async () => {
    await start({ authorise: () => identity({ admin: false }) });
    await expect(listed()).rejects.toMatchObject({ reason: 'ADMIN_DENIED' });
    await expect(
      call((done) => stubs.admin.removeDevice({ database: 'field', replicaId: 'p1' }, done)),
    ).rejects.toMatchObject({ reason: 'ADMIN_DENIED' });
  });

  test('rows of devices wake nobody, and so are no turn of a circle', async () => {
    await start({ limits: { devicesWriteMs: 20 } });
    let news = 0;
    server.database.onNews(() => news++);
    const stream = new RawStream(server, stubs);
    stream.hello('p1');
    await stream.live();
    const { length } = stream.responses;
    const { source } = server.database;
    await eventually(() => devicesIn(source.state).some(({ bytesOut }) => bytesOut > 0));
    expect(devicesIn(source.state)).toMatchObject([{ id: 'p1', greetingCount: 1 }]);
    const { head } = source.state;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(positionOf(source.state.head) - positionOf(head)).toBeLessThanOrEqual(1);
    expect(news).toBe(0);
    expect(stream.responses).toHaveLength(length);
    stream.send({ $case: 'probe', value: { number: 1 } });
    await eventually(() => stream.deltas().some(({ answeredProbe }) => answeredProbe === 1));
    expect(stream.deltas().at(-1)!.checkpoint!.seq).toBe(BigInt(source.state.head));
    stream.cancel();
  });

  test('no replica holds rows of devices, and admins query them like any other', async () => {
    const log = createMemoryLog({ id: new Uint8Array(16).fill(7) });
    await start({ log, limits: { devicesWriteMs: 20 } });
    const client = await server.client({ replicaId: 'p1', scopes: ['*'] });
    await client.synced();
    await eventually(() => devicesIn(server.database.source.state).length === 1);
    await client.synced();
    expect(client.status.state).toBe('live');
    const request = { database: 'field', table: 'syncdb.v1.Device' };
    const pages = await collect(stubs.data.query(QueryRequest.fromPartial(request)));
    expect(pages.flatMap(({ rows }) => rows.map(({ key }) => key))).toEqual(['0']);
  });
});
