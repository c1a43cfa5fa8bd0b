/** A message of a binary input. */
export interface DelimitedMessage {
  /** The how manieth it is, from 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Bytes of one message. A row has a MiB; what claims more is no input of ours. */
export const messageLengthMax = 64 << 20;

/** What is wrong with a binary input as a whole, and where. */
export class DelimiterError extends Error {
  readonly number: number;

  constructor(number: number, problem: string) {
    super(problem);
    this.number = number;
  }
}

/** The messages of an input in which each stands behind its length, a varint. Raises a DelimiterError where it is none. */
export async function* delimitedMessages(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<DelimitedMessage> {
  let number = 1;
  let rest: Uint8Array = new Uint8Array(0);
  /** What must be there before it is worth looking. */
  let needed = 1;
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (rest.length + waitingBytes < needed) continue;
    rest = Buffer.concat([rest, ...waiting.splice(0)]);
    waitingBytes = 0;
    let at = 0;
    for (;;) {
      const end = messageEnd(rest.subarray(at), number);
      needed = end?.end ?? rest.length - at + 1;
      if (end === undefined || at + end.end > rest.length) break;
      yield { number, bytes: rest.slice(at + end.start, at + end.end) };
      at += end.end;
      number++;
    }
    rest = rest.subarray(at);
  }
  if (rest.length + waitingBytes > 0)
    throw new DelimiterError(number, 'what begins here has no end');
}

/** Where the first message begins and ends; undefined where its length is not whole. */
function messageEnd(bytes: Uint8Array, number: number): { start: number; end: number } | undefined {
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (length > messageLengthMax || index > 4) {
      const rule = 'rows must stand behind their lengths, as varints';
      throw new DelimiterError(number, `its length cannot be: ${rule}`);
    }
    if (byte < 0x80) return { start: index + 1, end: index + 1 + length };
  }
  return undefined;
}
