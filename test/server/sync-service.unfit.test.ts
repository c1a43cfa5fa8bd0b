/** What can never be ordered, pushed by clients with stubs alone that ask for it to be refused, and by hostile ones. */
import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  type Change,
  Operation,
  OutcomeStatus,
  Transaction,
  type TransactionOutcome,
} from '../../gen/ts/syncdb/v1/data.ts';
import type { PushPartResponse, PushResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import { call, handshakeOf, type Stubs, stubsOf } from '../support/raw-calls.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { RawStream, station } from './support/raw-stream.ts';

let server: TestServer;
let stubs: Stubs;

beforeEach(async () => {
  server = await startTestServer({ limits: { rowBytesMax: 1_000 } });
  stubs = stubsOf(server);
});
afterEach(async () => {
  stubs.close();
  await server.close();
});

/** The change that puts a station, with something else in it. */
function changed(more: Partial<Change>): Change {
  return { ...station('raw', 1, 'n').changes[0]!, ...more };
}

function transactionOf(...changes: Change[]): Transaction {
  return Transaction.fromPartial({ replicaId: 'raw', counter: 1n, changes });
}

const huge = '😀'.repeat(400_000);
const tooLarge = station('raw', 1, 'x'.repeat(2_000));

type Way = (transaction: Transaction, refuseUnfit: boolean) => Promise<TransactionOutcome>;

const byStream: Way = async (transaction, refuseUnfit) => {
  const stream = new RawStream(server, stubs);
  stream.hello('raw', {}, { refuseUnfit });
  stream.push(transaction);
  await eventually(() => stream.outcomes().length > 0 || stream.error !== undefined);
  if (stream.error !== undefined) throw stream.error;
  stream.halfClose();
  return stream.outcomes()[0]!;
};

const byCall: Way = async (transaction, refuseUnfit) => {
  const request = {
    handshake: handshakeOf(server, 'raw'),
    transactions: [transaction],
    refuseUnfit,
  };
  const { outcomes } = await call<PushResponse>((done) => stubs.sync.push(request, done));
  return outcomes[0]!;
};

const inParts: Way = async (transaction, refuseUnfit) => {
  const whole = Transaction.encode(transaction).finish();
  const handshake = handshakeOf(server, 'raw');
  const digest = createHash('sha256').update(whole).digest().subarray(0, 16);
  const rest = { replicaId: 'raw', counter: 1n, digest, totalBytes: BigInt(whole.length) };
  for (let start = 0; ; start += 1 << 20) {
    const bytes = whole.subarray(start, start + (1 << 20));
    const part = { ...rest, offset: BigInt(start), bytes };
    const { outcome } = await call<PushPartResponse>((done) =>
      stubs.sync.pushPart({ handshake, part, refuseUnfit }, done),
    );
    if (outcome !== undefined) return outcome;
  }
};

it('[I3] a transaction of more than any may have is refused by the question how much is there', async () => {
  await server.close();
  server = await startTestServer({ limits: { transactionBytesMax: 1_000 } });
  stubs.close();
  stubs = stubsOf(server);
  const handshake = handshakeOf(server, 'raw');
  const digest = new Uint8Array(16).fill(7);
  const part = { ...{ replicaId: 'raw', counter: 1n, digest, totalBytes: 1_001n, offset: 0n } };
  const pushed = (refuseUnfit: boolean) =>
    call<PushPartResponse>((done) =>
      stubs.sync.pushPart(
        { handshake, part: { ...part, bytes: new Uint8Array(0) }, refuseUnfit },
        done,
      ),
    );
  const reason = 'TRANSACTION_TOO_LARGE';
  await expect(pushed(false)).rejects.toMatchObject({ code: 3, reason });
  for (let times = 0; times < 2; times++) {
    expect(await pushed(true)).toMatchObject({
      ...{ receivedBytes: 1_001n, outcome: { status: OutcomeStatus.REFUSED, reason } },
    });
  }
  expect(server.database.source.settledOf('raw')).toMatchObject({ counter: 1, digest });
});

const ways: [string, Way][] = [
  ['on a stream', byStream],
  ['by Push', byCall],
  ['by PushPart', inParts],
];

describe.each(ways)('%s', (_, pushed) => {
  it('[I2] what can never be ordered is an error, or refused where that is asked for', async () => {
    await expect(pushed(tooLarge, false)).rejects.toMatchObject({
      code: 3,
      reason: 'ROW_TOO_LARGE',
    });
    expect(await pushed(tooLarge, true)).toMatchObject({
      status: OutcomeStatus.REFUSED,
      ...{ reason: 'ROW_TOO_LARGE', changeIndex: 0 },
      violations: [{ field: 'changes[0].row' }],
    });
    // It is settled, and says so each time.
    const { head } = server.database.source.state;
    expect(await pushed(tooLarge, true)).toMatchObject({ reason: 'ROW_TOO_LARGE' });
    expect(server.database.source.state.head).toBe(head);
  });

  it.each<[string, string, Partial<Change>]>([
    ['a table', 'UNKNOWN_TABLE', { table: huge }],
    ['a key', 'BAD_KEY', { key: huge }],
    ['an etag', 'BAD_ETAG', { ifMatch: huge }],
    ['a field in the row', 'UNKNOWN_FIELD', unknownFieldIn()],
  ])(
    '[I13] a refusal has few bytes, and a relay takes it, whatever it quotes: %s',
    async (_what, reason, more) => {
      const relay = await server.client({ replicaId: 'van', relay: true });
      const outcome = await pushed(transactionOf(changed(more)), true);
      expect(outcome).toMatchObject({ status: OutcomeStatus.REFUSED, reason });
      expect(outcome.message.isWellFormed()).toBe(true);
      const { state, schema } = server.database.source;
      const table = schema.tableByName.get('syncdb.v1.Outcome')!;
      const out = new ByteWriter();
      encodeRow(table, state.cells(table, 'raw/1')!, undefined, out);
      expect(out.length).toBeLessThan(64 << 10);
      await relay.synced();
      const taken = relay.table(StationSchema);
      const { outcome: behind } = relay.table(StationSchema).put({ id: 'behind' });
      expect(await behind).toMatchObject({ status: 'committed' });
      expect(taken.query().rows).toHaveLength(1);
      expect(relay.status.state).toBe('live');
    },
  );
});

it('an error quotes as little', async () => {
  const transaction = transactionOf(changed({ table: huge }));
  const error = await byCall(transaction, false).catch((each: unknown) => each);
  expect(error).toMatchObject({ code: 5, reason: 'UNKNOWN_TABLE' });
  const { message, metadata } = error as { message: string; metadata: { table: string } };
  expect(message.length).toBeLessThan(500);
  expect(metadata.table.length).toBeLessThanOrEqual(200);
});

function unknownFieldIn(): Partial<Change> {
  const row = toBinary(StationSchema, create(StationSchema, { id: 's' }));
  // Field 99 as a varint.
  const value = Uint8Array.from([...row, 0x98, 0x06, 1]);
  return { operation: Operation.PUT, content: { $case: 'rowBytes', value } };
}
