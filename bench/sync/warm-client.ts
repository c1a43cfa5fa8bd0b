/** One HTTP/2 connection on which Sync streams come and go, as when an app is opened again and again. */
// biome-ignore lint/correctness/noUndeclaredDependencies: the one of the package that is measured.
import { credentials } from '@grpc/grpc-js';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { type SyncResponse, SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { Replica } from '../../src/replica/replica.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { ClientSession } from '../../src/session/client-session.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { clientMessageToWire, serverMessageFromWire } from '../../src/wire/sync-messages.ts';
import { serveParent } from '../support/child.ts';
import { recordTable } from '../support/record-table.ts';
import { databaseName } from './record-database.ts';

export type WarmSide = {
  open(to: { readonly port: number }): void;
  /**
   * Opens a stream with the cursor that is stored, waits for the first checkpoint, and leaves the stream open.
   * Returns how many rows have come.
   */
  sync(): Promise<number>;
  /** Asks on the open stream whether there is anything new. Returns how many rows have come with the answer. */
  probe(): Promise<number>;
  /** Ends the stream, and waits until the server has ended it too. */
  end(): Promise<void>;
  /** How many records are held. */
  count(): number;
};

const schema = createSchema([RecordSchema], { limits: defaultLimits });
const reading = { schema, compressors: createCompressors(), limits: defaultLimits };
const id = '0123456789abcdef01234567';
const replica = new Replica({ schema, limits: defaultLimits, id, relay: false });
const session = new ClientSession({
  replica,
  database: databaseName,
  scopes: ['site/*'],
  tables: [],
  encodings: ['columns', 'packed', 'rows'],
  compressions: ['zstd', 'deflate'],
});

let client: SyncServiceClient;
let stream: ReturnType<SyncServiceClient['sync']>;

function flush(): void {
  for (let message = session.next(); message !== undefined; message = session.next()) {
    stream.write(clientMessageToWire(message));
  }
}

/** Sends what there is to send, and waits for the next checkpoint. Resolves with the rows that have come. */
function checkpoint(): Promise<number> {
  let rows = 0;
  return new Promise((resolve, reject) => {
    const take = (response: SyncResponse) => {
      const message = serverMessageFromWire(response, reading);
      if (message.type === 'delta') rows += message.deltas.length;
      const events = session.receive(message);
      flush();
      if (events.some(({ type }) => type === 'rebuild')) reject(new Error('the copies differ'));
      if (!events.some(({ type }) => type === 'checkpoint')) return;
      stream.off('data', take);
      stream.off('error', reject);
      resolve(rows);
    };
    stream.on('data', take);
    stream.on('error', reject);
    flush();
  });
}

const side: WarmSide = {
  open: ({ port }) => {
    client = new SyncServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc-node.flow_control_window': 4 << 20,
    });
  },

  sync: () => {
    stream = client.sync();
    session.connect();
    return checkpoint();
  },

  probe: () => {
    session.probe();
    return checkpoint();
  },

  end: () => {
    const ended = new Promise<void>((resolve) => stream.on('end', resolve));
    session.disconnect();
    stream.end();
    return ended;
  },

  count: () => replica.committed.table(recordTable).columns.liveCount,
};

serveParent(side);
