import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  type SyncRequest,
  type SyncResponse,
  type SyncServiceServer,
  SyncServiceService,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { OpenOptions } from '../../src/client/open-options.ts';
import type { Status } from '../../src/client/status.ts';
import { statusOf } from '../../src/server/call.ts';
import { eventually, fieldSchema } from '../support/test-server.ts';

type Call = ServerDuplexStream<SyncRequest, SyncResponse>;

/** A server that does what a test tells it, good or bad. */
let server: Server;
let address: string;
let onCall: (call: Call) => void;
const clients: Client[] = [];

beforeEach(async () => {
  server = new Server();
  const service: Pick<SyncServiceServer, 'sync'> = { sync: (call) => onCall(call) };
  server.addService({ sync: SyncServiceService.sync }, service as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  address = `127.0.0.1:${port}`;
});
afterEach(() => {
  for (const client of clients.splice(0)) void client.close();
  server.forceShutdown();
});

async function connect(
  options: Partial<OpenOptions> = {},
): Promise<{ client: Client; statuses: Status[] }> {
  const statuses: Status[] = [];
  const client = await open({
    url: address,
    database: 'field',
    schema: fieldSchema,
    retry: { delayMsMin: 2, delayMsMax: 10 },
    on: { status: (status) => statuses.push(status) },
    ...options,
  });
  clients.push(client);
  return { client, statuses };
}

/** Waits until an attempt has failed with this reason. */
async function failedWith(statuses: Status[], reason: string): Promise<void> {
  await eventually(() =>
    statuses.some((status) => status.state === 'connecting' && status.error?.reason === reason),
  );
}

describe('a connection', () => {
  it.each<[string, (call: Call) => void, string]>([
    ['a server that ends the stream', (call) => call.end(), 'STREAM_ENDED'],
    ['a message that says nothing', (call) => call.write({ body: undefined }), 'MISSING_FIELD'],
    [
      'a delta before the welcome',
      (call) => call.write({ body: { $case: 'delta', value: emptyDelta() } }),
      'OUT_OF_TURN',
    ],
  ])('survives %s, keeps the edits and tries again', async (_name, act, reason) => {
    let calls = 0;
    onCall = (call) => {
      calls++;
      act(call);
    };
    const { client, statuses } = await connect();
    client.table(StationSchema).put({ id: 's1' });
    await failedWith(statuses, reason);
    await eventually(() => calls >= 2);
    expect(client.pendingCount).toBe(1);
    expect(client.table(StationSchema).get('s1')).toBeDefined();
  });

  it('tries again when the token provider fails, and asks it anew each time', async () => {
    let asked = 0;
    const { statuses } = await connect({
      metadata: () => {
        if (++asked < 3) throw new Error('no network');
        return { authorization: `Bearer ${asked}` };
      },
    });
    const seen: unknown[] = [];
    onCall = (call) => {
      seen.push(...call.metadata.get('authorization'));
      call.end();
    };
    await failedWith(statuses, 'NO_CREDENTIALS');
    await eventually(() => seen.length >= 2);
    expect(seen.slice(0, 2)).toEqual(['Bearer 3', 'Bearer 4']);
  });

  describe('whose token is refused', () => {
    const refuse = (call: Call) => {
      const error = new SyncError(Code.unauthenticated, 'TOKEN_EXPIRED', 'the token has expired');
      call.emit(
        'error',
        statusOf(error, () => {}),
      );
    };
    const blocked = (statuses: Status[]) => eventually(() => statuses.at(-1)?.state === 'blocked');

    it('asks for another once, and goes on with it', async () => {
      const seen: unknown[] = [];
      onCall = (call) => {
        seen.push(...call.metadata.get('authorization'));
        if (seen.length === 1) refuse(call);
      };
      let asked = 0;
      const { statuses } = await connect({ token: () => `t${++asked}` });
      await failedWith(statuses, 'TOKEN_EXPIRED');
      await eventually(() => seen.length === 2);
      expect(seen).toEqual(['Bearer t1', 'Bearer t2']);
      expect(statuses.some(({ state }) => state === 'blocked')).toBe(false);
    });

    it('is blocked where that is refused, too, until it is to connect: then it asks anew', async () => {
      onCall = refuse;
      let asked = 0;
      const { client, statuses } = await connect({ token: async () => `t${++asked}` });
      await blocked(statuses);
      expect(asked).toBe(2);
      client.connect();
      await eventually(() => asked === 4);
      await blocked(statuses);
      const states = statuses.map(({ state }) => state);
      expect(states.filter((state) => state === 'blocked')).toHaveLength(2);
    });

    it('is blocked at once where it always has the same', async () => {
      let calls = 0;
      onCall = (call) => {
        calls++;
        refuse(call);
      };
      const { statuses } = await connect({ token: 'fixed' });
      await blocked(statuses);
      expect(calls).toBe(1);
    });
  });

  it('is over where the copy has no room for what comes: waiting gives it none', async () => {
    const full = new SyncError(Code.resourceExhausted, 'CHUNK_FULL', 'no room');
    let calls = 0;
    onCall = (call) => {
      calls++;
      call.emit(
        'error',
        statusOf(full, () => {}),
      );
    };
    const { client, statuses } = await connect();
    client.table(StationSchema).put({ id: 's1' });
    await eventually(() => statuses.at(-1)?.state === 'blocked');
    expect(statuses.at(-1)).toMatchObject({ error: { reason: 'CHUNK_FULL' } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([calls, client.pendingCount]).toEqual([1, 1]);
  });

  it('[P7] says that it is offline only when five attempts have failed, goes on trying, and is live by itself', async () => {
    let calls = 0;
    onCall = (call) => {
      calls++;
      call.end();
    };
    const { client, statuses } = await connect();
    await eventually(() => calls >= 8);
    const states = statuses.map((status) => [
      status.state,
      'attempts' in status ? status.attempts : 0,
    ]);
    expect(states.slice(0, 7)).toEqual([
      ...[0, 1, 2, 3, 4].map((attempts) => ['connecting', attempts]),
      ...[5, 6].map((attempts) => ['offline', attempts]),
    ]);
    expect(client.status).toMatchObject({ state: 'offline', error: { reason: 'STREAM_ENDED' } });
  });

  it('[P7] gives up an attempt that nobody answers, and begins another', async () => {
    let calls = 0;
    onCall = () => {
      calls++;
    };
    const { statuses } = await connect({
      retry: { delayMsMin: 2, delayMsMax: 10, attemptMsMax: 30 },
    });
    await failedWith(statuses, 'NOT_ANSWERED');
    await eventually(() => calls >= 3);
  });

  it('waits as long as it was told between attempts, and not when it is nudged or the network is back', async () => {
    let calls = 0;
    onCall = (call) => {
      calls++;
      call.end();
    };
    const network = new EventTarget();
    const { client, statuses } = await connect({
      retry: { delayMsMin: 60_000, delayMsMax: 60_000, attemptsMax: 1 },
      random: () => 0.999,
      network,
    });
    const failures = () => statuses.filter(({ state }) => state === 'offline').length;
    await eventually(() => failures() === 1);
    client.nudge();
    expect(client.status).toEqual({ state: 'connecting', error: undefined, attempts: 0 });
    await eventually(() => failures() === 2);
    network.dispatchEvent(new Event('online'));
    await eventually(() => failures() === 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toBe(3);
    client.disconnect();
    client.nudge();
    await client.close();
    network.dispatchEvent(new Event('online'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([calls, client.status]).toEqual([
      3,
      { state: 'offline', error: undefined, attempts: 0 },
    ]);
  });

  it('reaches a server that comes back, without the pauses of its transport', async () => {
    onCall = (call) => call.end();
    const { client, statuses } = await connect({
      retry: { delayMsMin: 1, delayMsMax: 2, attemptsMax: 1_000 },
    });
    await failedWith(statuses, 'STREAM_ENDED');
    server.forceShutdown();
    await eventually(() =>
      statuses.some((status) => 'error' in status && status.error?.code === Code.unavailable),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    server = new Server();
    let isBack = false;
    onCall = () => {
      isBack = true;
    };
    const sync = (call: Call) => onCall(call);
    server.addService({ sync: SyncServiceService.sync }, { sync } as never);
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    await eventually(() => isBack, 1_000);
    expect(client.status.state).toBe('connecting');
  });

  it('[P7] gives up a token that never comes, and takes none that comes late', async () => {
    const tokens: ((token: Record<string, string>) => void)[] = [];
    const seen: unknown[] = [];
    onCall = (call) => void seen.push(...call.metadata.get('token'));
    const { statuses } = await connect({
      retry: { delayMsMin: 2, delayMsMax: 10, attemptMsMax: 50 },
      metadata: () => {
        if (tokens.length === 2) return { token: 'third' };
        return new Promise((resolve) => void tokens.push(resolve));
      },
    });
    await failedWith(statuses, 'NOT_ANSWERED');
    await eventually(() => tokens.length === 2);
    tokens[0]!({ token: 'first' });
    await eventually(() => seen.length > 0);
    expect(seen[0]).toBe('third');
  });

  it('is blocked where the address is none', async () => {
    const { client } = await connect({ url: '' });
    await eventually(() => client.status.state === 'blocked');
    expect(client.status).toMatchObject({ error: { code: 3, reason: 'BAD_ADDRESS' } });
  });

  it.each(['connecting', 'offline'] as const)(
    'may be closed or cut by who is told that it is %s',
    async (state) => {
      onCall = (call) => call.end();
      const network = new EventTarget();
      const { client } = await connect({ network, retry: { attemptsMax: 1, delayMsMin: 1_000 } });
      await eventually(() => client.status.state === 'offline');
      const stop = client.on('status', (status) => {
        if (status.state === state) client.disconnect();
      });
      client.connect();
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(client.status).toEqual({ state: 'offline', error: undefined, attempts: 0 });
      stop();
      client.connect();
      client.on('status', ({ state: now }) => {
        if (now === state) void client.close();
      });
      await eventually(() => client.status.state === 'offline');
      network.dispatchEvent(new Event('online'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(client.status.state).toBe('offline');
    },
  );

  it('opens one stream, however often it is woken', async () => {
    let calls = 0;
    onCall = () => {
      calls++;
    };
    const { client } = await connect();
    for (let times = 0; times < 5; times++) client.connect();
    await eventually(() => calls > 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(calls).toBe(1);
  });
});

function emptyDelta() {
  return {
    changes: [],
    packed: new Uint8Array(0),
    compression: 0 as const,
    packedBytes: 0,
    columns: new Uint8Array(0),
    deflatedChanges: new Uint8Array(0),
    deflatedBytes: 0,
    cursor: new Uint8Array(0),
    cursorKept: 0,
    checkpoint: undefined,
    progress: undefined,
    answeredProbe: 0,
  };
}
