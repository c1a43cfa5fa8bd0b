import { expect, test } from 'vitest';
import {
  PushPartRequest,
  TransactionPart as WirePart,
  PartResult as WirePartResult,
} from '../../gen/ts/syncdb/v1/sync.ts';
import { SyncError } from '../../src/base/errors.ts';
import type { PartResult, TransactionPart } from '../../src/session/messages.ts';
import {
  partFromWire,
  partResultFromWire,
  partResultToWire,
  partToWire,
  pushPartFromWire,
} from '../../src/wire/parts.ts';

const part: TransactionPart = {
  type: 'part',
  replica: 'p',
  counter: 3,
  digest: new Uint8Array(16).fill(1),
  totalBytes: 100,
  offset: 20,
  bytes: Uint8Array.of(1, 2, 3),
};
const result: PartResult = { type: 'part-result', replica: 'p', counter: 3, receivedBytes: 23 };

test('[P5] a part and its result come out as they went in', () => {
  const bytes = WirePart.encode(partToWire(part)).finish();
  const read = partFromWire(WirePart.decode(bytes), 'part');
  expect(read).toEqual(part);
  // Nothing of the message is kept.
  bytes.fill(0);
  expect(read).toEqual(part);
  const answer = WirePartResult.encode(partResultToWire(result)).finish();
  expect(partResultFromWire(WirePartResult.decode(answer), 'part_result')).toEqual(result);
});

test.each([
  ['counter', 'part.counter'],
  ['totalBytes', 'part.total_bytes'],
  ['offset', 'part.offset'],
] as const)('a %s that is no safe number is named', (name, field) => {
  const read = (value: bigint) => partFromWire({ ...partToWire(part), [name]: value }, 'part');
  expect(read(2n ** 53n - 1n)[name]).toBe(2 ** 53 - 1);
  expect(() => read(2n ** 53n)).toThrow(
    expect.objectContaining({
      reason: 'NUMBER_TOO_LARGE',
      fields: [expect.objectContaining({ field })],
    }),
  );
});

test('so is how much was received', () => {
  const message = { ...partResultToWire(result), receivedBytes: 2n ** 53n };
  expect(() => partResultFromWire(message, 'part_result')).toThrow(/^part_result.received_bytes/);
  const other = { ...partResultToWire(result), counter: 2n ** 53n };
  expect(() => partResultFromWire(other, 'part_result')).toThrow(SyncError);
});

test('a PushPart has its handshake and its part', () => {
  const handshake = {
    protocolMin: 1,
    protocolMax: 1,
    database: 'd',
    schema: { version: 1, fingerprint: 'f' },
    replicaId: 'p',
    formerReplicaIds: [],
  };
  const bytes = PushPartRequest.encode({
    handshake,
    part: partToWire(part),
    refuseUnfit: true,
  }).finish();
  const read = pushPartFromWire(PushPartRequest.decode(bytes));
  expect(read.part).toEqual(part);
  expect(read.refuseUnfit).toBe(true);
  expect(read.handshake).toMatchObject({ database: 'd', replica: 'p' });
  expect(() => pushPartFromWire({ handshake, part: undefined, refuseUnfit: false })).toThrow(
    'part: is missing',
  );
  expect(() =>
    pushPartFromWire({ handshake: undefined, part: partToWire(part), refuseUnfit: false }),
  ).toThrow('handshake: is missing');
});
