/** Many subscribers, each with a stream on a TCP connection of its own. */
import { serveParent } from '../support/child.ts';
import { openRawStream, type PassedBytes, type RawStream } from '../support/raw-stream.ts';
import { type Kind, sharedClockMs } from './edges.ts';
import { talks } from './talks.ts';

export type Subscribers = {
  /** Opens so many more, some at a time; resolves when all have what there is. */
  open(how: {
    readonly kind: Kind;
    readonly port: number;
    readonly name: string;
    readonly count: number;
  }): Promise<void>;
  /** From now on each is waited for to have one update more. */
  expect(): void;
  /** When it came to each, by the clock that all processes share. Fails where one has more than one. */
  arrivals(): Promise<Float64Array>;
  /** What passed on all connections so far. */
  passed(): PassedBytes;
};

/** Connections that are being opened at a time: that a server opens many at once is not what is measured. */
const openingMax = 20;

const streams: RawStream[] = [];
let arrived: Float64Array;
let missing = 0;
let whenAll: () => void = () => {};
let problem: Error | undefined;

function fail(text: string): void {
  problem ??= new Error(text);
  whenAll();
}

/** Resolves when it has all that there is. */
function openOne(kind: Kind, port: number, name: string): Promise<void> {
  const talk = talks[kind];
  const index = streams.length;
  return new Promise((resolve, reject) => {
    let isLive = false;
    const hear = talk.listener();
    const onMessage = (message: Uint8Array) => {
      const atMs = sharedClockMs();
      const { isUpdate, answer } = hear(message);
      if (answer !== undefined) stream.send(answer);
      if (!isUpdate) return;
      if (isLive) arrive(index, atMs);
      isLive = true;
      resolve();
    };
    const onEnd = (why: string) => {
      fail(`${name} was cut off: ${why}`);
      reject(problem);
    };
    const stream = openRawStream({ port, path: talk.subscribePath, onMessage, onEnd });
    streams.push(stream);
    stream.send(talk.subscribe(name));
  });
}

function arrive(index: number, atMs: number): void {
  if (arrived[index] !== 0) {
    fail(`subscriber ${index} was told twice`);
    return;
  }
  arrived[index] = atMs;
  if (--missing === 0) whenAll();
}

const side: Subscribers = {
  open: async ({ kind, port, name, count }) => {
    let next = 0;
    const lane = async () => {
      while (next < count) await openOne(kind, port, `${name}-${streams.length}-${next++}`);
    };
    await Promise.all(Array.from({ length: openingMax }, lane));
  },

  expect: () => {
    missing = streams.length;
    arrived = new Float64Array(missing);
  },

  arrivals: async () => {
    if (missing > 0 && problem === undefined) {
      await new Promise<void>((resolve) => {
        whenAll = resolve;
      });
    }
    if (problem !== undefined) throw problem;
    return arrived;
  },

  passed: () => {
    const passed = { sent: 0, received: 0 };
    for (const stream of streams) {
      passed.sent += stream.passed.sent;
      passed.received += stream.passed.received;
    }
    return passed;
  },
};

serveParent(side);
