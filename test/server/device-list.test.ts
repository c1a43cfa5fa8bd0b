import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ListDevicesRequest } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { devicePage } from '../../src/server/device-list.ts';
import { DeviceRegistry } from '../../src/server/device-registry.ts';
import { identity, TestHome } from '../session/support/hosts.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { ManualTimer } from './support/faulty-medium.ts';

let home: TestHome;
let devices: DeviceRegistry;

beforeEach(() => {
  home = new TestHome();
  devices = new DeviceRegistry({
    ...{ home: home.home, source: home.source, limits: defaultLimits },
    clock: { nowMs: () => home.nowMs },
    timer: new ManualTimer().timer,
    submit: async () => {},
    onError: () => {},
  });
});

const greeting = (replica: string) => ({
  handshake: {
    ...{ protocolMin: 1, protocolMax: 1, database: 'd', schemaVersion: 1, schemaFingerprint: 'f' },
    ...{ replica, former: [] },
  },
  identity: identity(),
  relay: false,
});
const come = (replica: string) =>
  devices.connected(
    greeting(replica),
    () => new Uint8Array(0),
    () => {},
  )!;
const page = (request: Partial<ListDevicesRequest> = {}) =>
  devicePage({ devices, source: home.source }, ListDevicesRequest.fromPartial(request));
const idsOf = (request: Partial<ListDevicesRequest> = {}) =>
  page(request).devices.map(({ device }) => device!.id);

describe('a list of devices', () => {
  test('is by id, with how many there are', () => {
    for (const id of ['c', 'a', 'b']) come(id);
    come('a');
    const { devices: listed, nextPageToken, totalCount, onlineCount } = page();
    expect(listed.map(({ device, streamCount }) => [device!.id, streamCount])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
    expect({ nextPageToken, totalCount, onlineCount }).toEqual({
      ...{ nextPageToken: '', totalCount: 3, onlineCount: 3 },
    });
  });

  test('is of those with a stream, or without one, where that is asked for', () => {
    come('a').close(undefined);
    come('b');
    expect(idsOf({ online: true })).toEqual(['b']);
    expect(idsOf({ online: false })).toEqual(['a']);
    expect(page({ online: true })).toMatchObject({ totalCount: 2, onlineCount: 1 });
  });

  test('comes in pages, each behind the one before, whoever comes and goes meanwhile', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) come(id);
    const first = page({ pageSize: 2 });
    expect(first.devices.map(({ device }) => device!.id)).toEqual(['a', 'b']);
    come('aa');
    const second = page({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.devices.map(({ device }) => device!.id)).toEqual(['c', 'd']);
    const last = page({ pageSize: 2, pageToken: second.nextPageToken });
    expect(last.devices.map(({ device }) => device!.id)).toEqual(['e']);
    expect(last.nextPageToken).toBe('');
  });

  test('has 100 devices on a page unless it is told otherwise, and 1,000 at the most', () => {
    for (let number = 0; number < 1_001; number++) come(`d${number}`);
    expect(page().devices).toHaveLength(100);
    expect(page({ pageSize: 1_000 }).devices).toHaveLength(1_000);
    expect(refusalOf(() => page({ pageSize: 1_001 }))).toEqual({
      ...{ reason: 'BAD_PAGE_SIZE', fields: ['page_size'] },
    });
  });

  test('takes any text for a token, or refuses it', () => {
    come('a');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (pageToken) => {
        try {
          expect(page({ pageToken }).totalCount).toBe(1);
        } catch (error) {
          expect(error).toMatchObject({ reason: 'BAD_PAGE_TOKEN' });
        }
      }),
    );
  });

  test('refuses a token that is none', () => {
    for (const pageToken of ['?', 'AAAA', 'w6k']) {
      expect(refusalOf(() => page({ pageToken }))).toEqual({
        ...{ reason: 'BAD_PAGE_TOKEN', fields: ['page_token'] },
      });
    }
  });
});
