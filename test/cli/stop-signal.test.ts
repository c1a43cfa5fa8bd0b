import { afterEach, expect, test, vi } from 'vitest';
import { aborted, stopSignal } from '../../src/cli/stop-signal.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;
const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));

afterEach(() => {
  vi.restoreAllMocks();
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.get(signal)!.includes(listener)) process.off(signal, listener);
    }
  }
});

test.each(signals)('%s aborts it', async (signal) => {
  const stop = stopSignal();
  const waiting = aborted(stop);
  expect(stop.aborted).toBe(false);
  process.emit(signal);
  expect(stop.aborted).toBe(true);
  await waiting;
  await aborted(stop);
});

test.each(signals)('a second signal, %s, ends the process as if nobody listened', (signal) => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  stopSignal();
  process.emit('SIGINT');
  expect(kill).not.toHaveBeenCalled();
  process.emit(signal);
  expect(kill).toHaveBeenCalledWith(process.pid, signal);
  expect(process.listenerCount(signal)).toBe(0);
});
