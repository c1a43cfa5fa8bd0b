import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { type Greeting, keepable } from '../../src/server/greeting.ts';
import { identity } from '../session/support/hosts.ts';

function greeting(changes: Partial<Greeting['handshake']> = {}): Greeting {
  const handshake = {
    ...{ protocolMin: 1, protocolMax: 1, database: 'd', replica: 'phone-1', former: [] },
    ...{ schemaVersion: 3, schemaFingerprint: '0123456789abcdef' },
    ...changes,
  };
  return { handshake, identity: identity({ replicas: ['phone-*'] }), relay: false };
}

test('what a device says that is refused is kept', () => {
  const said = greeting({ device: { name: 'Ann' } });
  expect(keepable(said, defaultLimits)).toEqual(said);
});

test('nothing is kept of one that may not be who it says, or says nothing that can be', () => {
  expect(keepable(greeting({ replica: 'tablet-1' }), defaultLimits)).toBeUndefined();
  expect(keepable(greeting({ replica: 'phone-\u00e9' }), defaultLimits)).toBeUndefined();
});

test('what is too long is not kept', () => {
  const long = 'x'.repeat(1_000);
  const kept = keepable(
    greeting({ schemaFingerprint: long, device: { name: long } }),
    defaultLimits,
  );
  expect(kept?.handshake.schemaFingerprint).toHaveLength(16);
  expect(kept?.handshake.device).toBeUndefined();
});
