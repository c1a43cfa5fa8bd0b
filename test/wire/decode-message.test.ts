import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Filter } from '../../gen/ts/syncdb/v1/data_service.ts';
import { SchemaRef, SyncRequest, TransactionBatch } from '../../gen/ts/syncdb/v1/sync.ts';
import { decodeMessage } from '../../src/wire/decode-message.ts';
import { refusalOf } from '../support/schema-errors.ts';

test('a message is read as it was written', () => {
  const bytes = SchemaRef.encode({ version: 3, fingerprint: 'né' }).finish();
  expect(decodeMessage(SchemaRef, bytes)).toEqual({ version: 3, fingerprint: 'né' });
});

test('fields that a newer version has added are passed over', () => {
  const bytes = Uint8Array.of(8, 3, 0xf8, 0x01, 5, 0xfa, 0x01, 1, 65);
  expect(decodeMessage(SchemaRef, bytes)).toEqual({ version: 3, fingerprint: '' });
});

test('bytes are views of the message, and plain where gRPC gives a Buffer', () => {
  const ack = { body: { $case: 'ack' as const, value: { cursor: Uint8Array.of(1, 2) } } };
  const buffer = Buffer.from(SyncRequest.encode(ack).finish());
  const { body } = decodeMessage(SyncRequest, buffer);
  expect(body).toEqual(ack.body);
  if (body?.$case === 'ack') expect(body.value.cursor.buffer).toBe(buffer.buffer);
});

describe('what is no message is refused', () => {
  let deep: Filter = { test: undefined };
  for (let depth = 0; depth < 200; depth++) deep = { test: { $case: 'noneOf', value: deep } };
  const cases: [string, { decode(bytes: never): unknown }, Uint8Array][] = [
    ['that ends within a number', SchemaRef, Uint8Array.of(8, 0x80)],
    ['that ends within a string', SchemaRef, Uint8Array.of(18, 5, 65)],
    ['with a string that is not UTF-8', SchemaRef, Uint8Array.of(18, 2, 0xc3, 0x28)],
    [
      'with a long string that is not UTF-8',
      SchemaRef,
      Uint8Array.of(18, 40, ...Array(39).fill(65), 0xff),
    ],
    ['with bytes after its end', SchemaRef, Uint8Array.of(8, 1, 0, 8, 1)],
    ['with a stray end of a group', SchemaRef, Uint8Array.of(12, 8, 1)],
    ['of unknown wire types', SchemaRef, Uint8Array.of(0x1f)],
    ['that nests too deep', Filter, Filter.encode(deep).finish()],
  ];
  test.each(cases)('%s', (_what, type, bytes) => {
    expect(refusalOf(() => decodeMessage(type as typeof SchemaRef, bytes))).toEqual({
      reason: 'MALFORMED_MESSAGE',
      fields: [],
    });
  });

  test('whatever it is, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeMessage(TransactionBatch, bytes);
        } catch {
          expect(refusalOf(() => decodeMessage(TransactionBatch, bytes)).reason).toBe(
            'MALFORMED_MESSAGE',
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
