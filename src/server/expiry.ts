import type { Clock } from '../base/clock.ts';
import { checkExpiry } from '../session/handshake.ts';
import type { Identity } from '../session/source.ts';

/** Timers of many days overflow; and a clock may be set. */
const checkMsMax = 3_600_000;

/**
 * Calls back with UNAUTHENTICATED IDENTITY_EXPIRED when the time of an identity is over, whether or not anything else happens.
 * Returns the way to stop it.
 */
export function onExpiry(
  identity: Identity,
  clock: Clock,
  expired: (error: unknown) => void,
): () => void {
  const { expiresAtMs } = identity;
  if (expiresAtMs === undefined) return () => {};
  let timer: ReturnType<typeof setTimeout>;
  const look = () => {
    try {
      checkExpiry(identity, clock.nowMs());
    } catch (error) {
      expired(error);
      return;
    }
    wait();
  };
  const wait = () => {
    const waitMs = Math.min(expiresAtMs - clock.nowMs(), checkMsMax);
    timer = setTimeout(look, Math.max(1, waitMs)).unref();
  };
  wait();
  return () => clearTimeout(timer);
}
