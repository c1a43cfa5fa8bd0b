/** Where time comes from. Milliseconds since 1970. */
export interface Clock {
  nowMs(): number;
}

/** Calls `run` once after `delayMs`, unless the returned function is called before. */
export type Timer = (delayMs: number, run: () => void) => () => void;

/** Where randomness comes from. */
export interface Entropy {
  /** Fresh random bytes. */
  bytes(length: number): Uint8Array;
}
