/** Transactions in parts over real gRPC, by clients with stubs alone. */
import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Operation, OutcomeStatus, Transaction } from '../../gen/ts/syncdb/v1/data.ts';
import type { PushPartResponse, SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { HeapRoom } from '../../src/server/heap-room.ts';
import { call, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import {
  eventually,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';

const limits = { stepChangesMax: 7, partBytesMax: 1000 };
let server: TestServer;
let stubs: Stubs;
/** Commits of writers, not the home's own. */
let commits: string[];

beforeEach(async () => {
  server = await startTestServer({ limits });
  commits = [];
  server.database.onCommits((group) => {
    for (const { replica, counter } of group) commits.push(`${replica}/${counter}`);
  });
  stubs = stubsOf(server);
});
afterEach(async () => {
  stubs.close();
  await server.close();
});

async function restart(options: TestServerOptions): Promise<void> {
  stubs.close();
  await server.close();
  server = await startTestServer({ limits, ...options });
  stubs = stubsOf(server);
}

/** The canonical bytes of a transaction of a hundred stations. */
function bytesOf(counter = 1, replicaId = 'raw', rows = 100): Uint8Array {
  const changes = Array.from({ length: rows }, (_, index) => {
    const row = create(StationSchema, { id: `s${index}`, name: 'a name' });
    const value = toBinary(StationSchema, row);
    return {
      operation: Operation.PUT,
      table: 'test.v1.Station',
      key: '',
      content: { $case: 'rowBytes' as const, value },
      fields: [],
      baseVersion: undefined,
      baseCounter: 0n,
      ifMatch: '',
      ifNoneMatch: false,
      baseAbsent: false,
    };
  });
  const head = { previousDigest: new Uint8Array(0), stamp: 0n, schemaVersion: 0 };
  const transaction = { replicaId, counter: BigInt(counter), ...head, changes };
  return Transaction.encode(transaction).finish();
}

function partOf(whole: Uint8Array, start: number, end: number, counter = 1, replicaId = 'raw') {
  return {
    replicaId,
    counter: BigInt(counter),
    digest: createHash('sha256').update(whole).digest().subarray(0, 16),
    totalBytes: BigInt(whole.length),
    offset: BigInt(start),
    bytes: whole.subarray(start, end),
  };
}

describe('PushPart', () => {
  const send = (part: ReturnType<typeof partOf>) =>
    call<PushPartResponse>((done) =>
      stubs.sync.pushPart(
        { handshake: handshakeOf(server, 'raw'), part, refuseUnfit: false },
        done,
      ),
    );

  it('[I13] refuses what is more than a part before it is read', async () => {
    const tooLarge = new Uint8Array((1 << 20) + 1000);
    await expect(send(partOf(tooLarge, 0, tooLarge.length))).rejects.toMatchObject({
      reason: 'MESSAGE_TOO_LARGE',
      fields: [{ field: 'request' }],
    });
  });

  it('[P5][I3] takes a transaction part by part, and has its outcome when all is there', async () => {
    const whole = bytesOf();
    expect(await send(partOf(whole, 0, 0))).toEqual({ receivedBytes: 0n, outcome: undefined });
    let received = 0;
    while (received + 1000 < whole.length) {
      const answer = await send(partOf(whole, received, received + 1000));
      expect(answer).toEqual({ receivedBytes: BigInt(received + 1000), outcome: undefined });
      received += 1000;
    }
    expect(commits).toEqual([]);
    // The answer got lost, and what is left is sent by what is there.
    expect(await send(partOf(whole, 0, 0))).toMatchObject({ receivedBytes: BigInt(received) });
    const last = await send(partOf(whole, received, whole.length));
    expect(last).toMatchObject({
      receivedBytes: BigInt(whole.length),
      outcome: { replicaId: 'raw', counter: 1n, status: OutcomeStatus.COMMITTED },
    });
    expect(commits).toEqual(['raw/1']);
    const state = server.database.home.state.table(
      server.database.schema.tableByName.get('test.v1.Station')!,
    );
    expect(state.columns.slotOf('s99')).toBeGreaterThanOrEqual(0);
    // The last answer got lost: whatever is sent of it, it is answered alike, and none of its bytes need come again.
    expect(await send(partOf(whole, 0, 0))).toEqual(last);
    expect(await send(partOf(whole, 1000, 2000))).toEqual(last);
    expect(server.database.source.parts.bytes).toBe(0);
    const other = bytesOf(1, 'raw', 3);
    await expect(send(partOf(other, 0, 0))).rejects.toMatchObject({
      code: 9,
      reason: 'REPLICA_FORKED',
    });
    expect(commits).toEqual(['raw/1']);
  });

  it('names the part where it is wrong, and the transaction where that is', async () => {
    const whole = bytesOf();
    await expect(send(partOf(whole, 0, 1001))).rejects.toMatchObject({
      code: 3,
      reason: 'PART_TOO_LARGE',
      metadata: { part_bytes_max: '1000' },
      fields: [{ field: 'part.bytes' }],
    });
    await expect(send(partOf(whole, 0, 5, 1, 'other id'))).rejects.toMatchObject({ code: 3 });
    const noise = new Uint8Array(50).fill(9);
    await expect(send(partOf(noise, 0, 50))).rejects.toMatchObject({
      reason: 'MALFORMED_TRANSACTION',
      fields: [{ field: 'part.bytes' }],
    });
    const later = bytesOf(2, 'raw', 9);
    await expect(send(partOf(later, 0, later.length, 2))).rejects.toMatchObject({
      code: 9,
      reason: 'COUNTER_GAP',
    });
    // It is still there.
    expect(await send(partOf(later, 0, 0, 2)).catch(({ reason }) => reason)).toBe('COUNTER_GAP');
    await expect(
      call((done) =>
        stubs.sync.pushPart(
          { handshake: handshakeOf(server, 'raw'), part: undefined, refuseUnfit: false },
          done,
        ),
      ),
    ).rejects.toMatchObject({ reason: 'MISSING_FIELD', fields: [{ field: 'part' }] });
  });

  it('[I13] is refused where the heap has no room, and says what to do; it is still there', async () => {
    let usedBytes = 1000;
    const heap = new HeapRoom({
      limitBytes: 1 << 30,
      usedBytes: () => usedBytes,
      collect: async () => {},
    });
    await restart({ heap });
    const whole = bytesOf(1, 'raw', 5);
    usedBytes = 1 << 30;
    await expect(send(partOf(whole, 0, whole.length))).rejects.toMatchObject({
      code: 8,
      reason: 'HEAP_FULL',
      retryDelayMs: 30_000,
      message: expect.stringContaining('send it as several'),
    });
    usedBytes = 1000;
    expect(await send(partOf(whole, 0, 0))).toMatchObject({ outcome: { counter: 1n } });
  });

  it('is for the writer’s own transactions, or a relay’s', async () => {
    await restart({
      authorise: () => ({
        name: 'phone',
        readScopes: ['*'],
        writeScopes: ['*'],
        relay: false,
        chainKnown: false,
        outcomeRuns: false,
        ownRows: false,
        refuseUnfit: false,
        admin: false,
        expiresAtMs: undefined,
      }),
    });
    const whole = bytesOf(1, 'other', 3);
    await expect(send(partOf(whole, 0, whole.length, 1, 'other'))).rejects.toMatchObject({
      code: 7,
      reason: 'FOREIGN_WRITER',
      fields: [{ field: 'part.replica_id' }],
    });
    const own = bytesOf(1, 'raw', 3);
    expect(await send(partOf(own, 0, own.length))).toMatchObject({ outcome: { counter: 1n } });
  });
});

describe('a Sync stream', () => {
  function stream(replica = 'raw') {
    const bodies: NonNullable<SyncResponse['body']>[] = [];
    const line = stubs.sync.sync();
    let error: unknown;
    line.on('data', ({ body }: SyncResponse) => bodies.push(body!));
    line.on('error', (cause) => {
      error = cause;
    });
    line.write({
      body: {
        $case: 'hello',
        value: {
          handshake: handshakeOf(server, replica),
          subscription: {
            scopes: [],
            tables: [],
            cursor: new Uint8Array(0),
            shownCursor: new Uint8Array(0),
            shownLost: false,
            encodings: [],
            compressions: [],
            level: 0 as const,
            shortCursors: false,
            teamCodecs: [],
          },
          relay: false,
          chainKnown: false,
          outcomeRuns: false,
          ownRows: false,
          refuseUnfit: false,
        },
      },
    });
    const send = (part: ReturnType<typeof partOf>) =>
      line.write({ body: { $case: 'part', value: part } });
    const received = () =>
      bodies.flatMap((body) => (body.$case === 'partResult' ? [body.value.receivedBytes] : []));
    const outcomes = () =>
      bodies.flatMap((body) => (body.$case === 'pushResult' ? body.value.outcomes : []));
    return { line, send, received, outcomes, error: () => error };
  }

  it('[I2][I3] goes on where a stream before it was cut, and has what is behind it ordered behind it', async () => {
    const whole = bytesOf();
    const first = stream();
    first.send(partOf(whole, 0, 1000));
    await eventually(() => first.received().length === 1);
    first.line.cancel();
    const second = stream();
    second.send(partOf(whole, 0, 0));
    await eventually(() => second.received().length === 1);
    expect(second.received()).toEqual([1000n]);
    for (let start = 1000; start < whole.length; start += 1000) {
      second.send(partOf(whole, start, Math.min(whole.length, start + 1000)));
    }
    const next = Transaction.decode(bytesOf(2, 'raw', 1));
    second.line.write({ body: { $case: 'push', value: { transactions: [next] } } });
    // It has said all: it is answered all the same.
    second.line.end();
    await eventually(() => second.outcomes().length === 2);
    expect(second.outcomes()).toMatchObject([
      { counter: 1n, status: OutcomeStatus.COMMITTED },
      { counter: 2n, status: OutcomeStatus.COMMITTED },
    ]);
    expect(second.received().at(-1)).toBe(BigInt(whole.length));
    expect(commits).toEqual(['raw/1', 'raw/2']);
    expect(server.database.source.parts.bytes).toBe(0);
  });

  it('[I3] is told what became of a settled one by the first word of it', async () => {
    const whole = bytesOf();
    const first = stream();
    for (let start = 0; start < whole.length; start += 1000) {
      first.send(partOf(whole, start, Math.min(whole.length, start + 1000)));
    }
    await eventually(() => first.outcomes().length === 1);
    first.line.cancel();
    const second = stream();
    second.send(partOf(whole, 0, 0));
    await eventually(() => second.outcomes().length === 1);
    expect(second.received()).toEqual([BigInt(whole.length)]);
    expect(second.outcomes()).toEqual(first.outcomes());
    const other = bytesOf(1, 'raw', 3);
    second.send(partOf(other, 0, 0));
    await eventually(() => second.outcomes().length === 2);
    expect(second.outcomes()[1]).toMatchObject({
      status: OutcomeStatus.UNORDERED,
      reason: 'REPLICA_FORKED',
    });
    expect(commits).toEqual(['raw/1']);
  });

  it('[I13] goes on where the heap has no room for it, and has it ordered when there is', async () => {
    let usedBytes = 1 << 30;
    const heap = new HeapRoom({
      limitBytes: 1 << 30,
      usedBytes: () => usedBytes,
      collect: async () => {},
    });
    await restart({ heap });
    const whole = bytesOf(1, 'raw', 5);
    const { send, outcomes, error } = stream();
    send(partOf(whole, 0, whole.length));
    await eventually(() => outcomes().length === 1);
    expect(outcomes()[0]).toMatchObject({ reason: 'HEAP_FULL' });
    usedBytes = 0;
    send(partOf(whole, 0, 0));
    await eventually(() => outcomes().length === 2);
    expect(outcomes()[1]).toMatchObject({ status: OutcomeStatus.COMMITTED });
    expect(error()).toBeUndefined();
  });

  it('[I12][I13] goes on where parts have no room, and those that can never be ordered keep none', async () => {
    const heap = new HeapRoom({
      limitBytes: 4 << 20,
      usedBytes: () => 0,
      collect: async () => {},
    });
    const [stuck, other] = [bytesOf(1, 'stuck', 4_000), bytesOf(1, 'raw', 100)];
    await restart({
      heap,
      limits: { ...limits, partBytesMax: 1 << 20, partsBytesMax: stuck.length },
    });
    const first = stream('stuck');
    first.send(partOf(stuck, 0, 1000, 1, 'stuck'));
    await eventually(() => first.received().length === 1);
    const { send, received, outcomes, error } = stream();
    send(partOf(other, 0, 0));
    await eventually(() => received().length === 1);
    first.send(partOf(stuck, 1000, stuck.length - 1, 1, 'stuck'));
    await eventually(() => first.received().length === 2);
    // It has no room beside one that grows.
    send(partOf(other, 0, other.length));
    await eventually(() => outcomes().length === 1);
    expect(outcomes()).toMatchObject([{ status: OutcomeStatus.UNORDERED, reason: 'PARTS_FULL' }]);
    expect(received()).toEqual([0n, BigInt(other.length)]);
    first.send(partOf(stuck, stuck.length - 1, stuck.length, 1, 'stuck'));
    await eventually(() => first.outcomes().length === 1);
    expect(first.outcomes()).toMatchObject([{ reason: 'HEAP_FULL' }]);
    // However often its writer asks.
    first.send(partOf(stuck, 0, 0, 1, 'stuck'));
    await eventually(() => first.outcomes().length === 2);
    send(partOf(other, 0, 0));
    send(partOf(other, 0, other.length));
    await eventually(() => outcomes().length === 2);
    expect(outcomes()[1]).toMatchObject({ status: OutcomeStatus.COMMITTED });
    expect([error(), first.error()]).toEqual([undefined, undefined]);
  });

  it('[I13] ends at what is no transaction', async () => {
    const noise = new Uint8Array(90).fill(9);
    const { send, error } = stream();
    send(partOf(noise, 0, 90));
    await eventually(() => error() !== undefined);
    expect(error()).toMatchObject({ code: 3 });
  });

  it('[I13] reads no more parts than it has answered to somebody who takes no answers', async () => {
    await restart({ limits: { ...limits, pushTransactionsMax: 2 } });
    const whole = bytesOf();
    const { line, send, received } = stream();
    line.pause();
    for (let asked = 0; asked < 50; asked++) send(partOf(whole, 0, 0));
    line.resume();
    await eventually(() => received().length === 50);
    expect(received().every((bytes) => bytes === 0n)).toBe(true);
  });
});
