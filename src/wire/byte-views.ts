/**
 * The same bytes as a plain Uint8Array, not copied. gRPC hands out Buffers, whose `slice` is a view and not a copy;
 * the floors below count on that of Uint8Array.
 */
export function plainView(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy, for bytes that outlive the message that they came in. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
