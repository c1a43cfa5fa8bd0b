import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { checkDevice, type DeviceDescription } from '../../src/session/device.ts';
import { refusalOf } from '../support/schema-errors.ts';

const limits = { deviceTextBytesMax: 4 };
const refused = (device: DeviceDescription) =>
  refusalOf(() => checkDevice(device, 'handshake.device', limits));

test('a device need say nothing of itself', () => {
  checkDevice({}, 'device', limits);
  checkDevice({ conditions: {} }, 'device', limits);
});

describe('its texts', () => {
  test.each(['name', 'platform', 'appVersion'] as const)('%s has so many bytes at most', (text) => {
    checkDevice({ [text]: 'ab\u00e9' }, 'device', limits);
    const field = text === 'appVersion' ? 'app_version' : text;
    expect(refused({ [text]: 'abc\u00e9' })).toEqual({
      reason: 'BAD_DEVICE',
      fields: [`handshake.device.${field}`],
    });
  });

  test('have no control characters, which an operator’s terminal would obey', () => {
    for (const name of ['a\u001b[', 'a\n', '\u0000', '\u009b1m']) {
      expect(refused({ name })).toEqual({
        ...{ reason: 'BAD_DEVICE', fields: ['handshake.device.name'] },
      });
    }
  });

  test('have 128 bytes at most unless the server is told otherwise', () => {
    checkDevice({ name: 'x'.repeat(128) }, 'device', defaultLimits);
    expect(() => checkDevice({ name: 'x'.repeat(129) }, 'device', defaultLimits)).toThrow(
      'device.name: has 129 bytes, 128 at most',
    );
  });
});

test.each([
  ['batteryPercent', 'battery_percent', 100],
  ['receiveBytesPerSecond', 'receive_bytes_per_second', 2 ** 32 - 1],
  ['sendBytesPerSecond', 'send_bytes_per_second', 2 ** 32 - 1],
  ['roundTripMs', 'round_trip_ms', 2 ** 32 - 1],
])('%s is a whole number that can be', (name, field, max) => {
  checkDevice({ conditions: { [name]: 0 } }, 'device', limits);
  checkDevice({ conditions: { [name]: max } }, 'device', limits);
  for (const value of [max + 1, -1, 0.5, Number.NaN]) {
    expect(refused({ conditions: { [name]: value } })).toEqual({
      reason: 'BAD_DEVICE',
      fields: [`handshake.device.conditions.${field}`],
    });
  }
});
