import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import type { Delta } from '../../src/session/messages.ts';
import { type Compressor, createZstd } from '../../src/wire/compressor.ts';
import { serverMessageToWire } from '../../src/wire/sync-messages.ts';
import { encodeServerMessage } from '../../src/wire/sync-response.ts';
import { serverMessages } from './support/messages.ts';
import { wireRows } from './support/wire-rows.ts';

describe('the bytes of what a server says', () => {
  test.each([
    ['rows', undefined],
    ['packed', undefined],
    ['packed', createZstd()],
  ] as const)('are those of the protocol, with %s and %o', (encoding, compressor) => {
    fc.assert(
      fc.property(serverMessages(encoding), (message) => {
        const rows = wireRows(message, encoding, compressor);
        const response = serverMessageToWire(message, rows);
        const expected = SyncResponse.encode(response).finish();
        expect(encodeServerMessage(message, rows)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('do not change with those that are made behind them', () => {
    const first = encodedPacked(deltaOf(1, 'a'), createZstd());
    const copy = first.slice();
    encodedPacked(deltaOf(1, 'b'), createZstd());
    expect(first).toEqual(copy);
  });

  test('leave few buffers behind for the collector, whose room a thousand first syncs would take', () => {
    // As long as it was, so that nothing but the buffers around it counts.
    const same: Compressor = {
      name: 'zstd',
      compress: (bytes) => bytes.slice(1),
      decompress: (bytes) => bytes,
    };
    const delta = deltaOf(100, 'a row of 300 bytes '.repeat(16));
    const { length } = encodedPacked(delta, same);
    const rounds = 50;
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < rounds; round++) encodedPacked(delta, same);
    const left = (process.memoryUsage().arrayBuffers - before) / rounds;
    // What was compressed, the message, and the encoder's columns.
    expect(left).toBeLessThan(2.7 * length);
  });
});

function encodedPacked(delta: Delta, compressor: Compressor): Uint8Array {
  return encodeServerMessage(delta, wireRows(delta, 'packed', compressor));
}

function deltaOf(count: number, text: string): Delta {
  const row = new TextEncoder().encode(text);
  const deltas = Array.from({ length: count }, (_, number): RowDelta => {
    const key = `k${number}`;
    const of = { version: number + 1, stamp: number, writer: 'w', fields: [], scopes: ['s'] };
    return { kind: 'full', table: 't.A', number, key, ...of, row };
  });
  const cursor = new Uint8Array(40);
  return {
    ...{ type: 'delta', deltas, cursor },
    ...{ checkpoint: undefined, progress: undefined, answeredProbe: 0 },
  };
}
