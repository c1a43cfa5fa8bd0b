/** Bytes before a message that tell how long it is. */
const headBytes = 4;

/** A message as it travels. */
export function frameOf(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headBytes + message.length);
  new DataView(frame.buffer).setUint32(0, message.length);
  frame.set(message, headBytes);
  return frame;
}

/** Puts messages together again. What is left of one when the stream breaks is never taken for a message. */
export class FrameReader {
  private rest: Uint8Array = new Uint8Array(0);

  /** Some bytes have arrived: the messages that are whole now. */
  push(bytes: Uint8Array): Uint8Array[] {
    let left = this.rest.length === 0 ? bytes : joined(this.rest, bytes);
    const messages: Uint8Array[] = [];
    for (;;) {
      if (left.length < headBytes) break;
      const length = new DataView(left.buffer, left.byteOffset).getUint32(0);
      if (left.length < headBytes + length) break;
      messages.push(left.subarray(headBytes, headBytes + length));
      left = left.subarray(headBytes + length);
    }
    this.rest = left;
    return messages;
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
