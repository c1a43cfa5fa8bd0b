/** What code of an app throws is its own: it harms nobody here, and is an uncaught exception. */
export function callSafely(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
