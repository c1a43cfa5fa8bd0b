import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { digestBytes, type Transaction } from '../../src/change/transaction.ts';
import type { TransactionPart } from '../../src/session/messages.ts';
import { PartStage } from '../../src/session/part-stage.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { partsOf, partsOfBytes, transactionOf } from './support/messages.ts';

test('gathers the bytes, and hands them out when all are there', () => {
  const stage = stageWith();
  const parts = partsOf(large());
  const results = parts.map((part) => stage.take(part, 'part', 0));
  expect(results.map(({ receivedBytes }) => receivedBytes)).toEqual(
    parts.map(({ offset, bytes }) => offset + bytes.length),
  );
  expect(results.slice(0, -1).every(({ whole }) => whole === undefined)).toBe(true);
  expect(results.at(-1)!.whole).toEqual(bytesOf(parts));
});

test('an empty part asks how much is there, and begins nothing', () => {
  const stage = stageWith();
  const [first, second] = partsOf(large());
  const ask = { ...first!, bytes: new Uint8Array(0) };
  expect(stage.take(ask, 'part', 0)).toMatchObject({ receivedBytes: 0, whole: undefined });
  expect(stage.bytes).toBe(0);
  stage.take(first!, 'part', 0);
  expect(stage.take(ask, 'part', 0).receivedBytes).toBe(20);
  expect(stage.take({ ...ask, offset: 40 }, 'part', 0).receivedBytes).toBe(20);
  expect(stage.take(second!, 'part', 0).receivedBytes).toBe(40);
});

test('what is there is passed over, and nothing is taken behind a gap', () => {
  const stage = stageWith();
  const parts = partsOf(large());
  const whole = bytesOf(parts);
  const cut = (offset: number, end: number) => ({
    ...parts[0]!,
    offset,
    bytes: whole.slice(offset, end),
  });
  expect(stage.take(cut(0, 20), 'part', 0).receivedBytes).toBe(20);
  expect(stage.take(cut(21, 40), 'part', 0).receivedBytes).toBe(20);
  expect(stage.take(cut(5, 15), 'part', 0).receivedBytes).toBe(20);
  expect(stage.take(cut(10, 30), 'part', 0).receivedBytes).toBe(30);
  expect(stage.take(cut(0, 0), 'part', 0).receivedBytes).toBe(30);
  expect(stage.take(cut(30, whole.length), 'part', 0).whole).toEqual(whole);
});

test('keeps what is whole until it is dropped', () => {
  const stage = stageWith();
  const parts = partsOf(large(3));
  for (const part of parts) stage.take(part, 'part', 0);
  const ask = { ...parts[0]!, bytes: new Uint8Array(0) };
  expect(stage.take(ask, 'part', 0).whole).toEqual(bytesOf(parts));
  stage.drop('p', 2);
  stage.drop('q', 3);
  expect(stage.take(parts[0]!, 'part', 0).whole).toEqual(bytesOf(parts));
  stage.drop('p', 3);
  expect(stage.take(ask, 'part', 0)).toMatchObject({ receivedBytes: 0, whole: undefined });
  expect(stage.bytes).toBe(0);
});

test('of those that began later the last one goes first, and no more of them than have to', () => {
  const stage = stageWith({ partsBytesMax: 3 * 4096 });
  const long = transactionOf('p', 1, putEdit(newsTable, 'n', { text: 'x'.repeat(6_000) }));
  const [first, second] = partsOf(long, 3_000);
  const longer = transactionOf('p', 1, putEdit(newsTable, 'n', { text: 'x'.repeat(12_000) }));
  stage.take(first!, 'part', 0);
  const later = ['q', 'r'].map((replica) => partsOf(large(1, replica))[0]!);
  for (const part of later) stage.take(part, 'part', 0);
  expect(stage.take(second!, 'part', 0).receivedBytes).toBe(6_000);
  const asked = later.map((part) => ({ ...part, bytes: new Uint8Array(0) }));
  expect(asked.map((part) => stage.take(part, 'part', 0).receivedBytes)).toEqual([20, 0]);
  const other = stageWith({ partsBytesMax: 3 * 4096 });
  const [beginning] = partsOf(longer, 6_000);
  other.take({ ...beginning!, bytes: beginning!.bytes.subarray(0, 10) }, 'part', 0);
  for (const part of later) other.take(part, 'part', 0);
  const both = partsOf(longer, 12_000)[0]!;
  expect(other.take(both, 'part', 0).receivedBytes).toBe(12_000);
  expect(asked.map((part) => other.take(part, 'part', 0).receivedBytes)).toEqual([0, 0]);
});

test('[I12] what is whole, and nobody orders, goes before what grows, the one that grew longest ago first', () => {
  const stage = stageWith({ partsBytesMax: 3 * 4096, partsIdleMsMax: 100 });
  const wholes = ['p', 'q'].map((replica) => partsOf(large(1, replica), 1 << 20)[0]!);
  const growing = ['r', 's', 't'].map((replica) => partsOf(large(1, replica)));
  const questionOf = (part: TransactionPart) => ({ ...part, bytes: new Uint8Array(0) });
  const received = (part: TransactionPart) =>
    stage.take(questionOf(part), 'part', 99).receivedBytes;
  for (const [index, part] of wholes.entries()) {
    expect(stage.take(part, 'part', index).whole).toBeDefined();
  }
  stage.take(growing[0]![0]!, 'part', 2);
  // Each finds room, though it began last, and though it was asked about the whole ones just now.
  for (const part of wholes) expect(received(part)).toBe(part.totalBytes);
  expect(stage.take(growing[1]![0]!, 'part', 99).receivedBytes).toBe(20);
  expect(wholes.map(received)).toEqual([0, wholes[1]!.totalBytes]);
  expect(stage.take(growing[2]![0]!, 'part', 99).receivedBytes).toBe(20);
  expect(wholes.map(received)).toEqual([0, 0]);
  expect(growing.map(([first]) => received(first!))).toEqual([20, 20, 20]);
  // One that is driven out has begun last when it comes again.
  expect(refusal(() => stage.take(wholes[0]!, 'part', 99))).toEqual([8, 'PARTS_FULL', 10_000]);
});

// Found by seed 208446 of 1,000 steps: each had the room that the other needed, until they were idle.
test('[I12] of one writer what comes first has the room, and what comes behind it gives it up', () => {
  const stage = stageWith({ partTransactionsMax: 1, partsIdleMsMax: 100 });
  const wholeOf = (counter: number) => partsOf(large(counter), 1 << 20)[0]!;
  const [first, second] = [wholeOf(1), wholeOf(2)];
  stage.take({ ...second, bytes: second.bytes.subarray(0, 10) }, 'part', 0);
  expect(stage.take(first, 'part', 0).whole).toBeDefined();
  expect(refusal(() => stage.take(second, 'part', 100))).toEqual([8, 'PARTS_FULL', 10_000]);
  // Nothing more came of it: it may be of a line that has ended.
  expect(stage.take(second, 'part', 101).whole).toBeDefined();
  const wider = stageWith({ partTransactionsMax: 2, partsIdleMsMax: 100 });
  const received = (part: TransactionPart) =>
    wider.take({ ...part, bytes: new Uint8Array(0) }, 'part', 0).receivedBytes;
  for (const part of [second, wholeOf(3), first]) wider.take(part, 'part', 0);
  expect([first, second, wholeOf(3)].map((part) => received(part) > 0)).toEqual([
    true,
    true,
    false,
  ]);
});

test('[I12] one that brings nothing new is idle, whatever is asked', () => {
  const stage = stageWith({ partTransactionsMax: 1, partsIdleMsMax: 100 });
  const [first] = partsOf(large());
  const [other] = partsOf(large(1, 'q'));
  stage.take(first!, 'part', 0);
  stage.take({ ...first!, bytes: new Uint8Array(0) }, 'part', 100);
  stage.take(first!, 'part', 100);
  expect(refusal(() => stage.take(other!, 'part', 100))).toEqual([8, 'PARTS_FULL', 10_000]);
  expect(stage.take(other!, 'part', 101).receivedBytes).toBe(20);
});

test('[I13] says whether there would be room for what comes next, and makes none', () => {
  const stage = stageWith({ partsBytesMax: 2 * 4096, partBytesMax: 5_000 });
  const part = (replica: string, offset = 0, bytes = 20) => ({
    ...{ ...partsOf(large(1, replica))[0]!, totalBytes: 8_000, offset },
    bytes: new Uint8Array(bytes),
  });
  stage.checkRoom(part('p'), 0);
  stage.take(part('p'), 'part', 0);
  // Of 8,192 bytes 4,096 are left, and a part may have more.
  expect(refusal(() => stage.checkRoom(part('q'), 0))).toEqual([8, 'PARTS_FULL', 10_000]);
  stage.take(part('q'), 'part', 0);
  stage.checkRoom(part('p'), 0);
  expect(refusal(() => stage.checkRoom(part('q'), 0))).toEqual([8, 'PARTS_FULL', 10_000]);
  expect(stage.bytes).toBe(2 * 4096);
  expect(stage.take(part('q', 0, 0), 'part', 0).receivedBytes).toBe(20);
});

test('what is being ordered makes room for nobody until it is let go of', () => {
  const stage = stageWith({ partTransactionsMax: 1, partsIdleMsMax: 10 });
  const [held] = partsOf(large(), 1 << 20);
  const [other] = partsOf(large(1, 'q'), 1 << 20);
  expect(stage.hold(held!)()).toBeUndefined();
  stage.take(held!, 'part', 0);
  const release = stage.hold(held!);
  const again = stage.hold(held!);
  release();
  expect(refusal(() => stage.take(other!, 'part', 1_000))).toEqual([8, 'PARTS_FULL', 10_000]);
  again();
  expect(stage.take(other!, 'part', 1_000).whole).toBeDefined();
});

test.each<[string, Partial<TransactionPart>]>([
  ['digest', { digest: new Uint8Array(digestBytes) }],
  ['counter', { counter: 9 }],
  ['length', { totalBytes: 70 }],
])('a part of another %s is one of another transaction, and both go on', (_, changes) => {
  const stage = stageWith();
  const [first, second] = partsOf(large());
  stage.take(first!, 'part', 0);
  expect(stage.take({ ...second!, ...changes }, 'part', 0).receivedBytes).toBe(0);
  expect(stage.take({ ...first!, ...changes }, 'part', 0).receivedBytes).toBe(20);
  expect(stage.take(second!, 'part', 0).receivedBytes).toBe(40);
});

test('bytes that their digest is not of are dropped, and it is said', () => {
  const stage = stageWith();
  const parts = partsOfBytes(large(), new Uint8Array(50).fill(7));
  for (const part of parts.slice(0, -1)) stage.take(part, 'part', 0);
  expect(fault(stage, parts.at(-1)!)).toBe('DIGEST_DIFFERS part.digest');
  expect(stage.bytes).toBe(0);
  expect(stage.take(parts[0]!, 'part', 0).receivedBytes).toBe(20);
});

describe('a part that cannot be is refused, and changes nothing', () => {
  const [first] = partsOf(large());
  test.each<[string, Partial<TransactionPart>]>([
    ['BAD_REPLICA_ID part.replica_id', { replica: 'a b' }],
    ['BAD_COUNTER part.counter', { counter: 0 }],
    ['BAD_COUNTER part.counter', { counter: 2 ** 53 }],
    ['BAD_DIGEST part.digest', { digest: new Uint8Array(digestBytes - 1) }],
    ['BAD_DIGEST part.digest', { digest: new Uint8Array(0) }],
    ['BAD_TOTAL_BYTES part.total_bytes', { totalBytes: 0 }],
    ['BAD_OFFSET part.offset', { offset: first!.totalBytes + 1, bytes: new Uint8Array(0) }],
    ['BAD_OFFSET part.bytes', { offset: first!.totalBytes - 19 }],
  ])('%s', (expected, changes) => {
    const stage = stageWith();
    stage.take(first!, 'part', 0);
    expect(fault(stage, { ...first!, ...changes })).toBe(expected);
    expect(stage.take(first!, 'part', 0).receivedBytes).toBe(20);
  });
});

describe('limits', () => {
  const [first, second, third] = partsOf(large());
  const { totalBytes } = first!;

  test('partBytesMax', () => {
    expect(stageWith({ partBytesMax: 20 }).take(first!, 'part', 0).receivedBytes).toBe(20);
    expect(fault(stageWith({ partBytesMax: 19 }), first!)).toBe('PART_TOO_LARGE part.bytes');
  });

  test('transactionBytesMax', () => {
    const exact = stageWith({ transactionBytesMax: totalBytes });
    expect(exact.take(first!, 'part', 0).receivedBytes).toBe(20);
    const less = stageWith({ transactionBytesMax: totalBytes - 1 });
    expect(fault(less, first!)).toBe('TRANSACTION_TOO_LARGE part.total_bytes');
  });

  test('partsBytesMax, of one transaction alone too', () => {
    const exact = stageWith({ partsBytesMax: totalBytes });
    expect(exact.take(first!, 'part', 0).receivedBytes).toBe(20);
    const less = stageWith({ partsBytesMax: totalBytes - 1 });
    expect(fault(less, first!)).toBe('TRANSACTION_TOO_LARGE part.total_bytes');
  });

  test('[I13] partsBytesMax of all: whoever began earlier has the room, until nothing more of it comes', () => {
    // Each takes at least 4 KiB.
    const stage = stageWith({ partsBytesMax: 3 * 4096, partsIdleMsMax: 100 });
    const of = (replica: string, part: TransactionPart, nowMs = 0) =>
      stage.take({ ...part, replica }, 'part', nowMs).receivedBytes;
    for (const writer of ['a', 'b', 'c']) of(writer, first!);
    expect(stage.bytes).toBe(3 * 4096);
    expect(refusal(() => of('d', first!))).toEqual([8, 'PARTS_FULL', 10_000]);
    expect(of('a', second!, 100)).toBe(40);
    expect(refusal(() => of('d', first!, 100))).toEqual([8, 'PARTS_FULL', 10_000]);
    // Nothing was heard of b and c for too long; b goes, since it is the older one of them.
    of('c', second!, 1);
    expect(of('d', first!, 102)).toBe(20);
    expect([of('a', third!, 102), of('c', third!, 102)]).toEqual([60, 60]);
    expect(stage.bytes).toBe(3 * 4096);
  });

  test('[I13] partsBytesMax of all: one that needs more drives out those that began later, the last one first', () => {
    const stage = stageWith({ partsBytesMax: 3 * 4096, partBytesMax: 8_000 });
    const part = { ...first!, totalBytes: 12_000 };
    const of = (replica: string, offset: number, bytes: number) =>
      stage.take({ ...part, replica, offset, bytes: new Uint8Array(bytes) }, 'part', 0)
        .receivedBytes;
    for (const writer of ['a', 'b', 'c']) of(writer, 0, 20);
    expect(refusal(() => of('c', 20, 5_000))).toEqual([8, 'PARTS_FULL', 10_000]);
    expect(of('b', 20, 5_000)).toBe(5_020);
    expect(of('c', 20, 20)).toBe(0);
    expect([of('a', 20, 20), of('b', 5_020, 20), stage.bytes]).toEqual([40, 5_040, 9_136]);
  });

  test('[I13] partTransactionsMax', () => {
    const stage = stageWith({ partTransactionsMax: 2, partsIdleMsMax: 100 });
    const of = (counter: number, nowMs: number) =>
      stage.take({ ...first!, counter }, 'part', nowMs).receivedBytes;
    expect([of(1, 0), of(2, 0)]).toEqual([20, 20]);
    expect(refusal(() => of(3, 100))).toEqual([8, 'PARTS_FULL', 10_000]);
    expect([of(3, 101), stage.bytes]).toEqual([20, 2 * 4096]);
  });

  test('[I13] the room is for bytes that have come, whatever was said of the rest', () => {
    const stage = stageWith();
    const said = { ...first!, totalBytes: defaultLimits.transactionBytesMax };
    const before = process.memoryUsage().arrayBuffers;
    for (let writer = 0; writer < 100; writer++)
      stage.take({ ...said, replica: `w${writer}` }, 'p', 0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
    expect(stage.bytes).toBe(100 * 4096);
  });
});

test('[I13] blocks of partBytesMax are put together in their order', () => {
  const whole = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);
  const transaction = transactionOf('p', 1);
  const stage = stageWith({ partBytesMax: 999 });
  let last: Uint8Array | undefined;
  for (const part of partsOfBytes(transaction, whole, 333)) {
    last = stage.take({ ...part, digest: sha256(whole).slice(0, digestBytes) }, 'part', 0).whole;
  }
  expect(last).toEqual(whole);
});

test('[P2] whatever parts come, twice or out of turn, of whichever writer, the whole is what was sent', () => {
  const wholes = [large(1, 'a'), large(1, 'b')].map((one) => bytesOf(partsOf(one)));
  const step = fc.record({ writer: fc.nat(1), offset: fc.nat(200), length: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stage = stageWith();
      const received = [0, 0];
      for (const { writer, offset, length } of steps) {
        const whole = wholes[writer]!;
        const start = Math.min(offset, whole.length);
        const part = partsOf(large(1, 'ab'[writer]!))[0]!;
        const end = Math.min(whole.length, start + length);
        const result = stage.take(
          { ...part, offset: start, bytes: whole.slice(start, end) },
          'part',
          0,
        );
        if (start <= received[writer]!) received[writer] = Math.max(received[writer]!, end);
        expect(result.receivedBytes).toBe(received[writer]);
        const isWhole = received[writer] === whole.length;
        expect(result.whole).toEqual(isWhole ? whole : undefined);
      }
    }),
    { numRuns: 300 },
  );
});

test('[I13] any part is taken, or refused as INVALID_ARGUMENT, and the room is kept', () => {
  const part = fc.record({
    type: fc.constant('part' as const),
    replica: fc.constantFrom('a', 'b', 'c', ''),
    counter: fc.constantFrom(1, 2, 0, -1, 2 ** 53),
    digest: fc.constantFrom(digestBytes, 0, 20).map((length) => new Uint8Array(length)),
    totalBytes: fc.oneof(fc.nat(40), fc.constantFrom(2 ** 40, 9_000)),
    offset: fc.oneof(fc.nat(40), fc.constantFrom(2 ** 40)),
    bytes: fc.uint8Array({ maxLength: 30 }),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const stage = stageWith({ partsBytesMax: 10_000, partBytesMax: 25 });
      for (const one of parts) {
        const text = fault(stage, one);
        if (text !== undefined) expect(text).toMatch(/^(?:[A-Z_]+ part\.\w+|PARTS_FULL .*)$/);
        expect(stage.bytes).toBeLessThanOrEqual(10_000);
      }
    }),
    { numRuns: 300 },
  );
});

function refusal(work: () => void): unknown[] {
  try {
    work();
  } catch (error) {
    if (error instanceof SyncError) return [error.code, error.reason, error.retryDelayMs];
  }
  return [];
}

function stageWith(limits: Partial<Limits> = {}): PartStage {
  return new PartStage({ ...defaultLimits, ...limits });
}

function large(counter = 1, replica = 'p'): Transaction {
  return transactionOf(replica, counter, putEdit(newsTable, 'n', { text: 'x'.repeat(60) }));
}

function bytesOf(parts: readonly TransactionPart[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(({ bytes }) => [...bytes]));
}

/** Reason and field of what `take` raises. */
function fault(stage: PartStage, part: TransactionPart): string | undefined {
  try {
    stage.take(part, 'part', 0);
    return undefined;
  } catch (error) {
    if (error instanceof SyncError && error.reason === 'PARTS_FULL') return 'PARTS_FULL ';
    if (!(error instanceof SyncError) || error.code !== 3) throw error;
    return `${error.reason} ${error.fields[0]!.field}`;
  }
}
