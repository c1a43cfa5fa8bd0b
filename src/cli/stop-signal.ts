/**
 * Aborted by the first SIGINT (Ctrl-C) or SIGTERM, so that the program can end in good order. A second one ends it at
 * once, with the code that a shell expects.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        controller.abort();
        return;
      }
      // Not `process.exit`, which waits for threads, also for one that a disk lets hang.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
