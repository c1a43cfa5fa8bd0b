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

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second signal, %s, ends the process with %i', (signal, code) => {
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  stopSignal();
  process.emit('SIGINT');
  expect(exit).not.toHaveBeenCalled();
  process.emit(signal);
  expect(exit).toHaveBeenCalledWith(code);
});
