import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DeviceFacts, deviceCells, devicesIn } from '../../src/replica/device-rows.ts';
import { ownRow } from '../../src/replica/own-row.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { modelSchema } from '../support/model-schema.ts';

const text = fc.string({ maxLength: 8 });
const count = fc.oneof(fc.nat(9), fc.maxSafeNat());
const timeMs = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4_000_000_000_000 }));

const devices: fc.Arbitrary<DeviceFacts> = fc.record({
  ...{ number: fc.nat(9_999), schemaVersion: fc.nat(0xffffffff), relay: fc.boolean() },
  ...{ id: text, identity: text, name: text, platform: text, appVersion: text },
  ...{ schemaFingerprint: text, endReason: text },
  conditions: fc.option(
    fc.uint8Array({ maxLength: 8 }).map((bytes) => new Uint8Array(bytes)),
    { nil: undefined },
  ),
  ...{ firstSeenMs: timeMs, greetedMs: timeMs, endedMs: timeMs },
  ...{ lastInMs: timeMs, lastOutMs: timeMs },
  ...{ storedSeq: count, sentSeq: count, greetingCount: count, bytesIn: count, bytesOut: count },
  ...{ rowsOut: count, committedCount: count, refusedCount: count, conflictCount: count },
});

test('whatever is known of devices is known again of their rows', () => {
  const { device } = systemTables(modelSchema);
  const several = fc.uniqueArray(devices, { selector: ({ number }) => number, maxLength: 3 });
  fc.assert(
    fc.property(several, (facts) => {
      const model = new ModelHome();
      model.home.keep(
        facts.map((one) => ownRow(device, deviceCells(modelSchema, one))),
        noonMs,
      );
      if (facts.length > 0) model.home.durable();
      expect(devicesIn(model.state)).toEqual(facts);
    }),
  );
});
