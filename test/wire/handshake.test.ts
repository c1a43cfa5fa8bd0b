import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Handshake as HandshakeMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import {
  handshakeFromWire,
  handshakeToWire,
  schemaRefFromWire,
  schemaRefToWire,
} from '../../src/wire/handshake.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { handshakes } from './support/messages.ts';
import { readByOther } from './support/reflection.ts';

test('any handshake comes out as it went in', () => {
  fc.assert(
    fc.property(handshakes, (handshake) => {
      const bytes = HandshakeMessage.encode(handshakeToWire(handshake)).finish();
      expect(handshakeFromWire(HandshakeMessage.decode(bytes), 'handshake')).toEqual(handshake);
    }),
  );
});

test('[P20] any handshake carries the version and the fingerprint of the schema', () => {
  fc.assert(
    fc.property(handshakes, (handshake) => {
      const bytes = HandshakeMessage.encode(handshakeToWire(handshake)).finish();
      const read = readByOther('Handshake', bytes) as {
        schema: { version?: number; fingerprint?: string };
      };
      expect(read.schema.version ?? 0).toBe(handshake.schemaVersion);
      expect(read.schema.fingerprint ?? '').toBe(handshake.schemaFingerprint);
    }),
  );
});

test('a handshake that is missing, or names no schema, is refused by its path', () => {
  expect(refusalOf(() => handshakeFromWire(undefined, 'hello.handshake'))).toEqual({
    reason: 'MISSING_FIELD',
    fields: ['hello.handshake'],
  });
  const bare = HandshakeMessage.create({ protocolMin: 1, protocolMax: 1, database: 'd' });
  expect(refusalOf(() => handshakeFromWire(bare, 'handshake'))).toEqual({
    reason: 'MISSING_FIELD',
    fields: ['handshake.schema'],
  });
});

test('a reference to a schema is its version and fingerprint', () => {
  const schema = { schemaVersion: 2, schemaFingerprint: 'abc' };
  expect(schemaRefToWire(schema)).toEqual({ version: 2, fingerprint: 'abc' });
  expect(schemaRefFromWire({ version: 2, fingerprint: 'abc' }, 'schema')).toEqual(schema);
});
