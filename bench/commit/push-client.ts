/** Pushes transactions of one row over one Sync stream and keeps some number of them in flight. */
// biome-ignore lint/correctness/noUndeclaredDependencies: the one of the package that is measured.
import { credentials } from '@grpc/grpc-js';
import { type SyncResponse, SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { protocolMax, protocolMin, type ServerMessage } from '../../src/session/messages.ts';
import { clientMessageToWire, serverMessageFromWire } from '../../src/wire/sync-messages.ts';
import { serveParent } from '../support/child.ts';
import { cellsOf, recordSchema } from '../support/record-table.ts';
import { recordAt } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { changeOf, databaseName } from '../sync/record-database.ts';

export type PushClient = {
  open(to: { readonly port: number }): Promise<void>;
  /**
   * Keeps `inFlight` transactions on their way for `durationMs`, after a third of it to warm up. Returns how many
   * were committed in a second.
   */
  push(load: { readonly inFlight: number; readonly durationMs: number }): Promise<number>;
  /** How many were committed in all. */
  committed(): number;
};

const replica = 'bench-writer';
let stream: ReturnType<SyncServiceClient['sync']>;
let onMessage: (message: ServerMessage) => void = () => {};
let counter = 0;
let committedCount = 0;

function hello(): void {
  stream.write(
    clientMessageToWire({
      type: 'hello',
      relay: false,
      handshake: {
        protocolMin,
        protocolMax,
        database: databaseName,
        schemaVersion: recordSchema.version,
        schemaFingerprint: recordSchema.fingerprint,
        replica,
        former: [],
      },
      // It wants nothing back but outcomes: no site is of this name.
      subscription: {
        scopes: ['site/none'],
        tables: [],
        cursor: new Uint8Array(0),
        shownCursor: new Uint8Array(0),
        encodings: ['packed'],
        compressions: [],
      },
    }),
  );
}

/** A row of about 200 bytes, in a transaction of its own. */
function nextTransaction(): Transaction {
  counter++;
  return {
    replica,
    counter,
    previousDigest: new Uint8Array(0),
    stamp: Date.now() * 1024,
    schemaVersion: 0,
    changes: [
      changeOf(cellsOf({ ...recordAt(counter), notes: 'about as many bytes as a short note has' })),
    ],
  };
}

let unsent = 0;
let writing = false;

/** As the SDK does it: one write at a time, and what comes up meanwhile goes in the next. */
function send(count: number): void {
  unsent += count;
  if (writing || unsent === 0) return;
  const transactions = Array.from({ length: unsent }, nextTransaction);
  unsent = 0;
  writing = true;
  stream.write(clientMessageToWire({ type: 'push', transactions }), () => {
    writing = false;
    send(0);
  });
}

const side: PushClient = {
  open: ({ port }) => {
    const client = new SyncServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc-node.flow_control_window': 4 << 20,
    });
    stream = client.sync();
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', (response: SyncResponse) => {
        onMessage(
          serverMessageFromWire(response, {
            schema: recordSchema,
            compressors: [],
            limits: defaultLimits,
          }),
        );
      });
      onMessage = (message) => {
        if (message.type === 'welcome') resolve();
      };
      hello();
    });
  },

  push: ({ inFlight, durationMs }) =>
    new Promise((resolve, reject) => {
      const startedMs = performance.now() + durationMs / 3;
      const endMs = startedMs + durationMs;
      let waiting = inFlight;
      let measured = 0;
      onMessage = (message) => {
        if (message.type !== 'push-result') return;
        const refused = message.outcomes.find(({ status }) => status !== 'committed');
        if (refused !== undefined) reject(new Error(`a transaction was ${refused.status}`));
        const nowMs = performance.now();
        const count = message.outcomes.length;
        waiting -= count;
        committedCount += count;
        if (nowMs >= startedMs && nowMs < endMs) measured += count;
        if (nowMs < endMs) {
          waiting += count;
          send(count);
        } else if (waiting === 0) resolve((measured / durationMs) * 1_000);
      };
      send(inFlight);
    }),

  committed: () => {
    verify(counter === committedCount, `${counter} were sent, ${committedCount} committed`);
    return committedCount;
  },
};

serveParent(side);
