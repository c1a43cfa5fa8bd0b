/** A timer that is set to more would be over at once. */
const delayMsMax = 2 ** 31 - 1;

/** Calls back once after that time, or after 24 days where that is longer, unless what it returns is called. */
export function setTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, Math.min(delayMs, delayMsMax));
  return () => clearTimeout(timer);
}
