/** Where time comes from. Milliseconds since 1970. */
export interface Clock {
  nowMs(): number;
}

/** Where randomness comes from. */
export interface Entropy {
  /** Fresh random bytes. */
  bytes(length: number): Uint8Array;
}
