import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockKind, BlockReader, BlockWriter } from '../../src/replica/snapshot-block.ts';

function blocks(seq: number, ...bodies: number[]): Uint8Array[] {
  const writer = new BlockWriter(seq);
  return bodies.map((body) => writer.block(BlockKind.rows, (out) => out.varint(body)));
}

describe('the blocks of a snapshot', () => {
  test('come back with their kind and body, in order', () => {
    const reader = new BlockReader();
    for (const [index, block] of blocks(7, 300, 4).entries()) {
      const { kind, body } = reader.next(block);
      expect([kind, body.varint(), body.done]).toEqual([BlockKind.rows, [300, 4][index], true]);
    }
    expect([reader.beganAt, reader.count]).toEqual([7, 2]);
  });

  test('are bytes of their own: the next one leaves them as they are', () => {
    const [one, other] = [blocks(7, 1, 2)[0]!, blocks(7, 1)[0]!];
    expect(one).toEqual(other);
  });

  test('[I9] with any one byte changed, or cut anywhere, are refused', () => {
    const [block] = blocks(2 ** 41, 123_456) as [Uint8Array];
    fc.assert(
      fc.property(fc.nat(block.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = block.slice();
        changed[at]! ^= change;
        for (const damaged of [changed, block.subarray(0, at)]) {
          expect(() => new BlockReader().next(damaged)).toThrow(/snapshot block: /);
        }
      }),
    );
  });

  test('[I9] out of order, missing, or of two snapshots are refused', () => {
    const [one, two, three] = blocks(7, 1, 2, 3) as [Uint8Array, Uint8Array, Uint8Array];
    const [, foreign] = blocks(8, 1, 2) as [Uint8Array, Uint8Array];
    const afterOne = (block: Uint8Array) => () => {
      const reader = new BlockReader();
      reader.next(one);
      reader.next(block);
    };
    expect(afterOne(two)).not.toThrow();
    expect(afterOne(three)).toThrow('it is not the next');
    expect(afterOne(one)).toThrow('it is not the next');
    expect(afterOne(foreign)).toThrow('it is of another snapshot');
  });
});
