import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Conditions, DeviceDescription } from '../../gen/ts/syncdb/v1/device.ts';
import { deviceFromWire, deviceToWire, encodeConditions } from '../../src/wire/device.ts';
import { devices } from './support/messages.ts';

test('whatever a device says of itself comes out as it went in', () => {
  fc.assert(
    fc.property(devices, (device) => {
      const bytes = DeviceDescription.encode(deviceToWire(device)).finish();
      expect(deviceFromWire(DeviceDescription.decode(bytes))).toEqual(device);
    }),
  );
});

test('what it leaves out is empty', () => {
  const nothing = { name: '', platform: '', appVersion: '', conditions: undefined };
  expect(deviceFromWire(deviceToWire({}))).toEqual(nothing);
});

test('a power state of later days is none, and keeps nobody from syncing', () => {
  // A field with number 4, in it power_state = 9 and metered.
  const bytes = new Uint8Array([0x22, 4, 0x08, 9, 0x18, 1]);
  expect(deviceFromWire(DeviceDescription.decode(bytes)).conditions).toMatchObject({
    powerState: undefined,
    metered: true,
  });
});

test('conditions are kept as the bytes of their message', () => {
  const bytes = encodeConditions({ powerState: 'saver', batteryPercent: 0 });
  expect(Conditions.decode(bytes)).toMatchObject({ powerState: 3, batteryPercent: 0 });
});
