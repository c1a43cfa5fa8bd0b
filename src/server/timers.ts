import type { Timer } from '../base/clock.ts';

export const systemTimer: Timer = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** The same, for what a process need not stay for. */
export const idleTimer: Timer = (delayMs, run) => {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
};
