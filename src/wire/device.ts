import * as pb from '../../gen/ts/syncdb/v1/device.ts';
import type { Conditions, DeviceDescription, PowerState } from '../session/device.ts';
import { createEnumForms } from './checks.ts';

export const powerForms = createEnumForms<PowerState, pb.PowerState>({
  external: pb.PowerState.EXTERNAL,
  battery: pb.PowerState.BATTERY,
  saver: pb.PowerState.SAVER,
});

export function deviceToWire(device: DeviceDescription): pb.DeviceDescription {
  const { name = '', platform = '', appVersion = '', conditions } = device;
  return { name, platform, appVersion, conditions: conditions && conditionsToWire(conditions) };
}

export function deviceFromWire(message: pb.DeviceDescription): DeviceDescription {
  const { name, platform, appVersion, conditions } = message;
  return { name, platform, appVersion, conditions: conditions && conditionsFromWire(conditions) };
}

function conditionsToWire({ powerState, ...rest }: Conditions): pb.Conditions {
  return pb.Conditions.create({
    ...rest,
    powerState: powerState === undefined ? 0 : powerForms.numberOf(powerState),
  });
}

/** A power state of later days is as good as none: nobody is kept from syncing for it. */
function conditionsFromWire({ powerState, ...rest }: pb.Conditions): Conditions {
  return { ...rest, powerState: powerForms.find(powerState) };
}

/** The bytes of `syncdb.v1.Conditions`. */
export function encodeConditions(conditions: Conditions): Uint8Array {
  return pb.Conditions.encode(conditionsToWire(conditions)).finish();
}
