import type { Timer } from '../base/clock.ts';

/** Whether `work` ends within `limitMs`. It goes on where it does not; what it fails with in time is thrown. */
export function withinTime(
  work: Promise<unknown>,
  limitMs: number,
  timer: Timer,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = timer(limitMs, () => resolve(false));
    work.finally(cancel).then(() => resolve(true), reject);
  });
}
