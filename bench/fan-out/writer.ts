/** The one that writes, on a connection of its own. */
import { serveParent } from '../support/child.ts';
import { openRawStream, type RawStream } from '../support/raw-stream.ts';
import { type Kind, sharedClockMs } from './edges.ts';
import { talks } from './talks.ts';

export type Writer = {
  open(how: { readonly kind: Kind; readonly port: number }): Promise<void>;
  /** Writes the next update, and waits until the server has said that it is taken. Returns when it was written. */
  write(): Promise<number>;
};

let kind: Kind;
let stream: RawStream;
let number = 0;
let answered: () => void = () => {};
let failed: (error: Error) => void = () => {};

function answer(message: Uint8Array): void {
  try {
    if (talks[kind].isAnswer(message)) answered();
  } catch (error) {
    failed(error as Error);
  }
}

function say(message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    answered = resolve;
    failed = reject;
    stream.send(message);
  });
}

const side: Writer = {
  open: ({ kind: ofServer, port }) => {
    kind = ofServer;
    stream = openRawStream({
      port,
      path: talks[kind].writePath,
      onMessage: answer,
      onEnd: (why) => failed(new Error(`the writer was cut off: ${why}`)),
    });
    return say(talks[kind].greeting);
  },

  write: async () => {
    const message = talks[kind].write(++number);
    const atMs = sharedClockMs();
    await say(message);
    return atMs;
  },
};

serveParent(side);
