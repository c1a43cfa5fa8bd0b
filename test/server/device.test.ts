import { describe, expect, test } from 'vitest';
import { Conditions } from '../../gen/ts/syncdb/v1/device.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { type Device, endReason, newDevice } from '../../src/server/device.ts';
import { encodeCursor, groupAt } from '../../src/session/cursor.ts';
import type { Delta, Handshake } from '../../src/session/messages.ts';
import { identity } from '../session/support/hosts.ts';

const logId = new Uint8Array(16).fill(7);
const factsOf = (device: Device) => device.facts(logId, defaultLimits);
const fresh = () => newDevice('phone-1', 4, 1_000);

const handshake: Handshake = {
  ...{ protocolMin: 1, protocolMax: 1, database: 'd', schemaVersion: 2, schemaFingerprint: 'f2' },
  ...{ replica: 'phone-1', former: [] },
};

const outcome = (status: Outcome['status'], conflicts = 0): Outcome => ({
  ...{ replica: 'phone-1', counter: 1, status, refusal: undefined, conflicts },
});

function delta(rows: number, seq?: number): Delta {
  return {
    type: 'delta',
    deltas: Array.from({ length: rows }, () => ({}) as Delta['deltas'][number]),
    ...{ cursor: new Uint8Array(0), progress: undefined, answeredProbe: 0 },
    checkpoint:
      seq === undefined
        ? undefined
        : { seq, rowCount: 0, digest: 0n, settled: new Map(), chain: undefined },
  };
}

describe('a device', () => {
  test('is what it said when it greeted last, and what it does not say any more is gone', () => {
    const device = fresh();
    const said = {
      ...{ name: 'Ann', platform: 'iOS', appVersion: '4.2' },
      conditions: { powerState: 'saver', batteryPercent: 12 } as const,
    };
    const known = { handshake: { ...handshake, device: said }, identity: identity(), relay: true };
    device.greeted(known, 5_000);
    const { conditions, ...facts } = factsOf(device);
    expect(facts).toMatchObject({
      ...{ id: 'phone-1', number: 4, identity: 'test', relay: true, greetedMs: 5_000 },
      ...{ name: 'Ann', platform: 'iOS', appVersion: '4.2', firstSeenMs: 1_000 },
      ...{ schemaVersion: 2, schemaFingerprint: 'f2', greetingCount: 1 },
    });
    expect(Conditions.decode(conditions!)).toMatchObject({ powerState: 3, batteryPercent: 12 });
    device.greeted({ handshake, identity: identity({ name: 'ann' }), relay: false }, 6_000);
    expect(factsOf(device)).toMatchObject({
      ...{ name: '', conditions: undefined, identity: 'ann', relay: false, greetingCount: 2 },
    });
  });

  test('adds up what came from it and what went to it', () => {
    const device = fresh();
    device.received(10, 2_000);
    device.received(5, 3_000);
    device.sent(100, 4_000);
    device.told(delta(3));
    device.told(delta(2, 9));
    device.told({ type: 'push-result', outcomes: [outcome('committed', 2), outcome('refused')] });
    device.settled([outcome('committed'), outcome('unordered'), outcome('held')]);
    expect(factsOf(device)).toMatchObject({
      ...{ bytesIn: 15, lastInMs: 3_000, bytesOut: 100, lastOutMs: 4_000, rowsOut: 5, sentSeq: 9 },
      ...{ committedCount: 2, refusedCount: 1, conflictCount: 2 },
    });
  });

  test('stands where its newest cursor does, once all of it is stored', () => {
    const device = fresh();
    const groups = [groupAt(8, [''], []), groupAt(5, ['site/a'], [])];
    let cursor = encodeCursor({ logId, check: 0, groups, progress: undefined });
    device.stands(() => cursor);
    expect(factsOf(device).storedSeq).toBe(5);
    cursor = encodeCursor({ logId, check: 0, groups: [groupAt(9, [''], [])], progress: undefined });
    expect(factsOf(device).storedSeq).toBe(9);
    device.stands(undefined);
    expect(factsOf(device).storedSeq).toBe(9);
  });

  test('stands where it stood where its cursor cannot be read, or is of another log', () => {
    const device = fresh();
    let cursor: Uint8Array = encodeCursor({
      ...{ logId, check: 0, groups: [groupAt(9, [''], [])], progress: undefined },
    });
    device.stands(() => cursor);
    expect(factsOf(device).storedSeq).toBe(9);
    for (const other of [
      new Uint8Array(0),
      new Uint8Array([1, 2, 3]),
      encodeCursor({
        ...{ logId: new Uint8Array(16), check: 0 },
        ...{ groups: [groupAt(70, [''], [])], progress: undefined },
      }),
    ]) {
      cursor = other;
      expect(factsOf(device).storedSeq).toBe(9);
    }
  });
});

test('an end has the reason of its error, and none where there was no error', () => {
  expect(endReason(undefined)).toBe('');
  expect(endReason(new SyncError(Code.unavailable, 'SERVER_STOPPING', 'stops'))).toBe(
    'SERVER_STOPPING',
  );
  expect(endReason(new TypeError('oops'))).toBe('INTERNAL');
});
