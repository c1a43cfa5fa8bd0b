/** Arbitrary messages of the sync conversation. */
import fc from 'fast-check';
import { positionOf } from '../../../src/base/seq.ts';
import type { Outcome, Settled } from '../../../src/change/commit.ts';
import type { Checkpoint, RowDelta, ToldPosition } from '../../../src/change/row-delta.ts';
import type { Change, Transaction } from '../../../src/change/transaction.ts';
import type { Level } from '../../../src/codec/plan.ts';
import type { DeviceDescription, PowerState } from '../../../src/session/device.ts';
import type {
  Ack,
  ClientMessage,
  Compression,
  Delta,
  Encoding,
  Handshake,
  Hello,
  PartResult,
  Probe,
  Progress,
  Push,
  PushResult,
  Relayed,
  ServerMessage,
  Subscription,
  TransactionPart,
  Welcome,
} from '../../../src/session/messages.ts';

export const texts = fc.string({ unit: 'grapheme', maxLength: 10 });
export const safeNumbers = fc.oneof(
  fc.nat(200),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const uint32s = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffffffff }));
export const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => new Uint8Array(array));
const noBytes = new Uint8Array(0);
const encodings = fc.constantFrom<Encoding>('rows', 'packed', 'columns', 'rows-deflated');
const levels = fc.constantFrom<Level>('fast', 'balanced', 'small');
const compressions = fc.constantFrom<Compression>('none', 'zstd', 'deflate');
const fieldNumbers = fc
  .uniqueArray(fc.integer({ min: 1, max: 0x1fffffff }), { maxLength: 4 })
  .map((numbers) => numbers.sort((a, b) => a - b));

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

export const devices: fc.Arbitrary<DeviceDescription> = fc.record({
  name: texts,
  platform: texts,
  appVersion: texts,
  conditions: maybe(
    fc.record({
      powerState: maybe(fc.constantFrom<PowerState>('external', 'battery', 'saver')),
      batteryPercent: maybe(uint32s),
      metered: maybe(fc.boolean()),
      receiveBytesPerSecond: maybe(uint32s),
      sendBytesPerSecond: maybe(uint32s),
      roundTripMs: maybe(uint32s),
    }),
  ),
});

export const handshakes: fc.Arbitrary<Handshake> = fc.record({
  protocolMin: uint32s,
  protocolMax: uint32s,
  database: texts,
  schemaVersion: uint32s,
  schemaFingerprint: texts,
  replica: texts,
  former: fc.array(texts, { maxLength: 2 }),
  device: maybe(devices),
});

const subscriptionFields = {
  scopes: fc.array(texts, { maxLength: 3 }),
  tables: fc.array(texts, { maxLength: 3 }),
  cursor: bytes,
  shownCursor: bytes,
  isShownLost: fc.boolean(),
  encodings: fc.array(encodings, { maxLength: 3 }),
  compressions: fc.array(compressions, { maxLength: 3 }),
  level: maybe(levels),
  teamCodecs: maybe(fc.array(texts, { minLength: 1, maxLength: 3 })),
};

export const subscriptions: fc.Arbitrary<Subscription> = fc.oneof(
  fc.record(subscriptionFields),
  fc.record({ ...subscriptionFields, unreadable: fc.record({ reason: texts, detail: texts }) }),
);

export const hellos: fc.Arbitrary<Hello> = fc.record({
  type: fc.constant('hello'),
  handshake: handshakes,
  subscription: subscriptions,
  relay: fc.boolean(),
  chainKnown: fc.boolean(),
  refuseUnfit: fc.boolean(),
  outcomeRuns: fc.boolean(),
  ownRows: fc.boolean(),
});

export const changes: fc.Arbitrary<Change> = fc
  .record({
    operation: fc.constantFrom('put', 'patch', 'delete'),
    table: fc.constantFrom('a.v1.Site', 'a.v1.Inspection'),
    key: texts,
    row: bytes,
    fields: fieldNumbers,
    base: fc.option(safeNumbers, { nil: undefined }),
    baseCounter: safeNumbers,
    ifMatch: texts,
    ifNoneMatch: fc.boolean(),
    baseAbsent: fc.boolean(),
  })
  .map((change) => (change.operation === 'delete' ? { ...change, row: noBytes } : change));

export const transactions: fc.Arbitrary<Transaction> = fc.record({
  replica: texts,
  counter: safeNumbers,
  previousDigest: bytes,
  stamp: safeNumbers,
  schemaVersion: uint32s,
  changes: fc.array(changes, { maxLength: 3 }),
});

const pushes: fc.Arbitrary<Push> = fc.record({
  type: fc.constant('push'),
  transactions: fc.array(transactions, { maxLength: 3 }),
});
const probes: fc.Arbitrary<Probe> = fc.record({
  type: fc.constant('probe'),
  number: fc.nat(0xffff_ffff),
});
const acks: fc.Arbitrary<Ack> = fc.record({ type: fc.constant('ack'), cursor: bytes });

const parts: fc.Arbitrary<TransactionPart> = fc.record({
  type: fc.constant('part'),
  replica: texts,
  counter: safeNumbers,
  digest: bytes,
  totalBytes: safeNumbers,
  offset: safeNumbers,
  bytes,
});

export const clientMessages: fc.Arbitrary<ClientMessage> = fc.oneof(
  hellos,
  pushes,
  acks,
  probes,
  parts,
);

const settled: fc.Arbitrary<Settled> = fc.record({ counter: safeNumbers, digest: bytes });
const told: fc.Arbitrary<ToldPosition> = fc.record(
  { counter: safeNumbers, digest: bytes, carried: safeNumbers, dropped: fc.constant(true) },
  { requiredKeys: ['counter', 'digest', 'carried'] },
);

export const welcomes: fc.Arbitrary<Welcome> = fc.record({
  type: fc.constant('welcome'),
  sessionId: texts,
  protocol: uint32s,
  schemaVersion: uint32s,
  schemaFingerprint: texts,
  logId: bytes,
  head: safeNumbers,
  encoding: encodings,
  compression: compressions,
  level: levels,
  settled,
  scopes: fc.array(texts, { maxLength: 3 }),
  rebuild: fc.boolean(),
  home: fc.boolean(),
  forkedAt: fc.option(safeNumbers, { nil: undefined }),
  pushLimits: fc.record({
    pushTransactionsMax: uint32s,
    pushBytesMax: uint32s,
    partBytesMax: uint32s,
    partTransactionBytesMax: safeNumbers,
  }),
  pushCompressions: fc.array(compressions, { maxLength: 3 }),
  pushRowNumbers: fc.boolean(),
});

export const outcomes: fc.Arbitrary<Outcome> = fc
  .record({
    replica: texts,
    counter: safeNumbers,
    status: fc.constantFrom('committed', 'refused', 'held', 'unordered'),
    refusal: fc.record({
      reason: texts,
      message: texts,
      changeIndex: fc.nat(10_000),
      currentEtag: texts,
      violations: fc.array(fc.record({ field: texts, description: texts }), { maxLength: 3 }),
    }),
    conflicts: fc.nat(10_000),
  })
  .map((outcome) => {
    const final = outcome.status === 'committed' || outcome.status === 'held';
    return final ? { ...outcome, refusal: undefined } : outcome;
  });

export const checkpoints: fc.Arbitrary<Checkpoint> = fc
  .record({
    seq: safeNumbers,
    rowCount: safeNumbers,
    digest: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    settled: fc.array(fc.tuple(texts, told), { maxLength: 3 }).map((list) => new Map(list)),
    chain: fc.option(fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 3 }), {
      nil: undefined,
    }),
  })
  .map((checkpoint) => {
    // There are no more than commits.
    const chain = checkpoint.chain?.slice(0, positionOf(checkpoint.seq));
    return { ...checkpoint, chain: chain?.length === 0 ? undefined : chain };
  });

export const progresses: fc.Arbitrary<Progress> = fc.record({
  rowsDone: safeNumbers,
  rowsLeft: safeNumbers,
});

/** Stamps that a RowChange carries exactly: whole milliseconds before 2248. */
const wholeStamps = fc.integer({ min: 0, max: 8_000_000_000_000 }).map((ms) => ms * 1024);

/** Row changes as a peer gets them back: packed ones without their keys. */
export function rowDeltas(encoding: Encoding): fc.Arbitrary<RowDelta> {
  return fc
    .record({
      kind: fc.constantFrom('full', 'patch', 'deleted', 'evicted'),
      table: fc.constantFrom('a.v1.Site', 'a.v1.Inspection'),
      number: safeNumbers,
      key: encoding === 'packed' ? fc.constant('') : texts,
      version: safeNumbers,
      stamp: encoding === 'packed' ? safeNumbers : wholeStamps,
      writer: texts,
      fields: fieldNumbers,
      scopes: fc.array(texts, { maxLength: 3 }),
      row: bytes,
    })
    .map((delta) => {
      const { kind } = delta;
      const filled = kind === 'full' || kind === 'patch';
      return {
        ...delta,
        ...(kind === 'evicted' ? { stamp: 0, writer: '' } : {}),
        fields: kind === 'patch' ? delta.fields : [],
        ...(filled ? {} : { scopes: [], row: noBytes }),
      };
    });
}

export function deltas(encoding: Encoding): fc.Arbitrary<Delta> {
  return fc.record({
    type: fc.constant('delta'),
    deltas: fc.array(rowDeltas(encoding), { maxLength: 12 }),
    cursor: bytes,
    checkpoint: fc.option(checkpoints, { nil: undefined }),
    progress: fc.option(progresses, { nil: undefined }),
    answeredProbe: fc.nat(0xffff_ffff),
  });
}

const pushResults: fc.Arbitrary<PushResult> = fc.record({
  type: fc.constant('push-result'),
  outcomes: fc.array(outcomes, { maxLength: 3 }),
  orderingMs: uint32s,
});
const relayed: fc.Arbitrary<Relayed> = fc.record({
  type: fc.constant('relayed'),
  transactions: fc.array(transactions, { maxLength: 3 }),
});

const partResults: fc.Arbitrary<PartResult> = fc.record({
  type: fc.constant('part-result'),
  replica: texts,
  counter: safeNumbers,
  receivedBytes: safeNumbers,
});

export function serverMessages(encoding: Encoding): fc.Arbitrary<ServerMessage> {
  return fc.oneof(welcomes, deltas(encoding), pushResults, relayed, partResults);
}
