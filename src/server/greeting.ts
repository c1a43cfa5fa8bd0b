import type { Limits } from '../base/limits.ts';
import { isReplicaId } from '../merge/prepared.ts';
import { checkDevice, type DeviceDescription } from '../session/device.ts';
import { maySpeakAs } from '../session/handshake.ts';
import type { Handshake } from '../session/messages.ts';
import type { Identity } from '../session/source.ts';

/** Who greets, and how. */
export interface Greeting {
  readonly handshake: Handshake;
  readonly identity: Identity;
  readonly relay: boolean;
}

/** A fingerprint that is right has so many digits. */
const fingerprintLength = 16;

/**
 * What may be kept of a greeting that was refused, and so was not checked to its end. Undefined where nothing may: whoever
 * greets may not be who it says.
 */
export function keepable(greeting: Greeting, limits: Limits): Greeting | undefined {
  const { handshake, identity } = greeting;
  const { replica, schemaFingerprint, device } = handshake;
  if (!isReplicaId(replica) || !maySpeakAs(identity, replica)) return undefined;
  return {
    ...greeting,
    handshake: {
      ...handshake,
      schemaFingerprint: schemaFingerprint.slice(0, fingerprintLength),
      device: device !== undefined && isFit(device, limits) ? device : undefined,
    },
  };
}

function isFit(device: DeviceDescription, limits: Limits): boolean {
  try {
    checkDevice(device, 'device', limits);
    return true;
  } catch {
    return false;
  }
}
