import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sizedPieces } from '../../src/server/sized-pieces.ts';

async function* stream(items: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* items;
}

async function sized(pieces: readonly Uint8Array[], min: number, max: number) {
  const made: Uint8Array[] = [];
  for await (const piece of sizedPieces(stream(pieces), min, max)) made.push(piece);
  return made;
}

test('all bytes come in their order, in pieces that are neither small nor large', async () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(30));
  const pieces = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, sizes, async (list, [min, more]) => {
      const made = await sized(list, min, min + more);
      expect(made.flatMap((piece) => [...piece])).toEqual(list.flatMap((piece) => [...piece]));
      for (const [index, { length }] of made.entries()) {
        expect(length).toBeLessThanOrEqual(min + more);
        expect(length).toBeGreaterThanOrEqual(index === made.length - 1 ? 1 : min);
      }
    }),
  );
});
