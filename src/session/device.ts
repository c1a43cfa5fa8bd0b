import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { utf8Length } from '../base/utf8.ts';

/** Where a device has its power from: outside, its battery, or its battery while its platform saves power. */
export type PowerState = 'external' | 'battery' | 'saver';

/** What power and network a device has; `syncdb.v1.Conditions`. What is not known is left out. */
export interface Conditions {
  readonly powerState?: PowerState | undefined;
  /** 0 to 100. */
  readonly batteryPercent?: number | undefined;
  /** Whether bytes cost money or count against a quota. */
  readonly metered?: boolean | undefined;
  /** As it measured last. */
  readonly receiveBytesPerSecond?: number | undefined;
  /** As it measured last. */
  readonly sendBytesPerSecond?: number | undefined;
  /** Milliseconds for a message there and back, as it measured last. */
  readonly roundTripMs?: number | undefined;
}

/** What a device says of itself where it greets; `syncdb.v1.DeviceDescription`. Empty texts are the same as none. */
export interface DeviceDescription {
  /** A name that people know it by. */
  readonly name?: string | undefined;
  /** What it runs on, for example `iOS 19.1, iPhone17,3`. */
  readonly platform?: string | undefined;
  /** Version of the app that syncs. */
  readonly appVersion?: string | undefined;
  readonly conditions?: Conditions | undefined;
}

/** What a terminal would take for more than text. */
const control = /\p{Cc}/u;

/** INVALID_ARGUMENT BAD_DEVICE names the text that is too long or has control characters, or the number that cannot be. */
export function checkDevice(
  device: DeviceDescription,
  path: string,
  { deviceTextBytesMax }: Pick<Limits, 'deviceTextBytesMax'>,
): void {
  const { name = '', platform = '', appVersion = '', conditions = {} } = device;
  for (const [field, text] of Object.entries({ name, platform, app_version: appVersion })) {
    const bytes = utf8Length(text);
    if (bytes > deviceTextBytesMax) {
      const problem = `has ${bytes} bytes, ${deviceTextBytesMax} at most`;
      throw invalidField(`${path}.${field}`, 'BAD_DEVICE', problem);
    }
    if (control.test(text)) {
      throw invalidField(`${path}.${field}`, 'BAD_DEVICE', 'has a control character');
    }
  }
  const { batteryPercent, receiveBytesPerSecond, sendBytesPerSecond, roundTripMs } = conditions;
  checkNumber(batteryPercent, `${path}.conditions.battery_percent`, 100);
  const rates = { receive_bytes_per_second: receiveBytesPerSecond };
  const others = { send_bytes_per_second: sendBytesPerSecond, round_trip_ms: roundTripMs };
  for (const [field, value] of Object.entries({ ...rates, ...others })) {
    checkNumber(value, `${path}.conditions.${field}`, uint32Max);
  }
}

const uint32Max = 2 ** 32 - 1;

function checkNumber(value: number | undefined, field: string, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= max)) return;
  throw invalidField(field, 'BAD_DEVICE', `must be a whole number from 0 to ${max}`);
}
