import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import {
  checkExpiry,
  checkHandshake,
  checkReplicaGrant,
  type ProtocolRange,
} from '../../src/session/handshake.ts';
import { type Handshake, protocolMax, protocolMin } from '../../src/session/messages.ts';
import { simSchema } from '../support/sim-schema.ts';
import { identity } from './support/hosts.ts';

const good: Handshake = {
  protocolMin,
  protocolMax,
  database: 'd',
  schemaVersion: simSchema.version,
  schemaFingerprint: simSchema.fingerprint,
  replica: 'phone-1',
  former: [],
};

/** A server of later days, to have clients on both sides of it. */
const server = { min: 3, max: 5 };

describe('the protocol version', () => {
  test('[P17][P21] is the newest that both speak', () => {
    expect(checkHandshake(good, simSchema, defaultLimits)).toBe(protocolMax);
    expect(
      checkHandshake({ ...good, protocolMax: protocolMax + 5 }, simSchema, defaultLimits),
    ).toBe(protocolMax);
  });

  test('[P21] is taken from ranges that meet at one end', () => {
    expect(
      checkHandshake({ ...good, protocolMin: 1, protocolMax: 4 }, simSchema, defaultLimits, server),
    ).toBe(4);
    expect(
      checkHandshake({ ...good, protocolMin: 5, protocolMax: 9 }, simSchema, defaultLimits, server),
    ).toBe(5);
  });

  test.each([
    ['an older', { protocolMin: 1, protocolMax: 2 }, 'client'],
    ['a newer', { protocolMin: 6, protocolMax: 9 }, 'server'],
  ])(
    '[P18][P19] without a common one: %s client learns what there is, and who is to update',
    (_, range, who) => {
      const error = refusal({ ...good, ...range }, server);
      expect(error).toMatchObject({
        code: 9,
        reason: 'PROTOCOL_MISMATCH',
        metadata: { protocol_min: '3', protocol_max: '5' },
        fields: [{ field: 'handshake.protocol_max' }],
      });
      expect(error?.message).toContain(`update the ${who}`);
    },
  );

  test.each([
    ['starts at 0', { protocolMin: 0, protocolMax: 0 }],
    ['runs backwards', { protocolMin: 2, protocolMax: 1 }],
    ['is negative', { protocolMin: -1, protocolMax: 1 }],
  ])('[P17] is no range where it %s', (_, range) => {
    expect(refusal({ ...good, ...range })).toMatchObject({
      code: 3,
      reason: 'BAD_PROTOCOL_RANGE',
      fields: [{ field: 'handshake.protocol_min' }],
    });
  });
});

describe('the schema', () => {
  test.each<[string, Partial<Handshake>]>([
    ['another version', { schemaVersion: simSchema.version + 1 }],
    ['another fingerprint', { schemaFingerprint: '0123456789abcdef' }],
    ['no fingerprint', { schemaFingerprint: '' }],
  ])('[P17][P18][P19] is refused with %s; the error names both sides', (_, change) => {
    const theirs = { ...good, ...change };
    expect(refusal(theirs)).toMatchObject({
      code: 9,
      reason: 'SCHEMA_MISMATCH',
      fields: [{ field: 'handshake.schema' }],
      metadata: {
        server_version: String(simSchema.version),
        server_fingerprint: simSchema.fingerprint,
        client_version: String(theirs.schemaVersion),
        client_fingerprint: theirs.schemaFingerprint,
      },
    });
  });
});

describe('the replica id', () => {
  test.each(['a', 'A.b_c-9', 'x'.repeat(64)])('may be %j', (replica) => {
    expect(refusal({ ...good, replica })).toBeUndefined();
  });

  test.each(['', 'x'.repeat(65), 'a/b', 'a b', '$a', 'é', '*'])('may not be %j', (replica) => {
    expect(refusal({ ...good, replica })).toMatchObject({
      reason: 'BAD_REPLICA_ID',
      fields: [{ field: 'handshake.replica_id' }],
    });
  });
});

test('[P26] an identity speaks as the replicas that it names, by name or beginning, or as any', () => {
  const may = (replicas: readonly string[] | undefined, replica: string) =>
    refusalOf(() => checkReplicaGrant(identity(replicas && { replicas }), replica)) === undefined;
  expect(may(undefined, 'phone-1')).toBe(true);
  expect(may(['phone-1'], 'phone-1')).toBe(true);
  expect(may(['team.*'], 'team.7')).toBe(true);
  expect(may(['phone-1', 'team.*'], 'phone-2')).toBe(false);
  expect(may([], 'phone-1')).toBe(false);
  expect(refusalOf(() => checkReplicaGrant(identity({ replicas: [] }), 'p'))).toMatchObject({
    code: 7,
    reason: 'REPLICA_DENIED',
    fields: [{ field: 'handshake.replica_id' }],
  });
});

describe('former ids', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `phone-${index}`);

  test('are so many at the most', () => {
    const { formerIdsMax } = defaultLimits;
    expect(refusal({ ...good, former: ids(formerIdsMax) })).toBeUndefined();
    expect(refusal({ ...good, former: ids(formerIdsMax + 1) })).toMatchObject({
      reason: 'TOO_MANY_ITEMS',
      fields: [{ field: 'handshake.former_replica_ids' }],
    });
  });

  test('are ids', () => {
    expect(refusal({ ...good, former: ['phone', 'a b'] })).toMatchObject({
      reason: 'BAD_REPLICA_ID',
      fields: [{ field: 'handshake.former_replica_ids[1]' }],
    });
  });
});

test('[P29] an identity counts until its time, and not from then on', () => {
  checkExpiry(identity(), Number.MAX_SAFE_INTEGER);
  checkExpiry(identity({ expiresAtMs: 1_000 }), 999);
  expect(() => checkExpiry(identity({ expiresAtMs: 1_000 }), 1_000)).toThrow(
    expect.objectContaining({ code: 16, reason: 'IDENTITY_EXPIRED' }),
  );
});

function refusal(handshake: Handshake, ours?: ProtocolRange): SyncError | undefined {
  return refusalOf(() => checkHandshake(handshake, simSchema, defaultLimits, ours));
}

function refusalOf(check: () => void): SyncError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}
