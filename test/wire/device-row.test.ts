import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DeviceSchema } from '../../gen/es/syncdb/v1/system_pb.ts';
import { Device } from '../../gen/ts/syncdb/v1/system.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { type DeviceFacts, deviceCells } from '../../src/replica/device-rows.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import { encodeConditions } from '../../src/wire/device.ts';
import { deviceRowToWire } from '../../src/wire/device-row.ts';
import { modelSchema } from '../support/model-schema.ts';

const facts: DeviceFacts = {
  ...{ number: 3, id: 'p1', identity: 'ann', name: 'Truck', platform: 'iOS', appVersion: '4.2' },
  ...{ schemaVersion: 2, schemaFingerprint: 'f2', relay: true, endReason: 'SCHEMA_MISMATCH' },
  conditions: encodeConditions({ powerState: 'saver', batteryPercent: 0, metered: false }),
  ...{ firstSeenMs: 1_000, greetedMs: 1_700_000_000_123, endedMs: 0 },
  ...{ lastInMs: 1, lastOutMs: 1_700_000_000_999, storedSeq: 2 ** 40, sentSeq: 2 ** 52 },
  ...{ greetingCount: 4, bytesIn: 5, bytesOut: 6, rowsOut: 7, committedCount: 8 },
  ...{ refusedCount: 9, conflictCount: 10 },
};

test('a device is told as its row says it', () => {
  const out = new ByteWriter();
  encodeRow(systemTables(modelSchema).device, deviceCells(modelSchema, facts), undefined, out);
  const row = fromBinary(DeviceSchema, out.finish());
  const told = fromBinary(DeviceSchema, Device.encode(deviceRowToWire(facts)).finish());
  expect(told).toEqual(row);
  expect(toBinary(DeviceSchema, told)).toEqual(toBinary(DeviceSchema, row));
});

test('a time that never was is left out', () => {
  const { endedAt, greetedAt } = deviceRowToWire(facts);
  expect(endedAt).toBeUndefined();
  expect(greetedAt).toEqual({ seconds: 1_700_000_000n, nanos: 123_000_000 });
});
