import { describe, expect, test } from 'vitest';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import {
  bestOf,
  type Codec,
  judged,
  ranked,
  readWithNamed,
  writeWithBest,
} from '../../src/codec/codec.ts';
import { Plan } from '../../src/codec/plan.ts';
import { readAll } from './contract/trip.ts';

/** Writes its column, a number, where it is at most `max`, for so many bits. */
function codecOf(id: number, bits: number, max = 100): Codec<number, number> {
  return {
    id,
    name: `at most ${max}`,
    judge: (column) => (column <= max ? judged(bits) : undefined),
    write(out, column) {
      out.head.u8(column);
      return column <= max;
    },
    read: (reader) => reader.head.u8(),
  };
}

function bytesOf(codecs: readonly Codec<number, number>[], column: number, plan: Plan): number[] {
  const out = new BlockWriter();
  writeWithBest(codecs, out, column, plan);
  return [...out.head.finish()];
}

describe('among codecs', () => {
  const codecs = [codecOf(0, 30), codecOf(1, 10, 5), codecOf(2, 20, 50)];

  test('the one of the fewest bits is taken that fits', () => {
    expect(bytesOf(codecs, 4, new Plan('fast'))).toEqual([1, 4]);
    expect(bytesOf(codecs, 40, new Plan('fast'))).toEqual([2, 40]);
    expect(bytesOf(codecs, 60, new Plan('fast'))).toEqual([0, 60]);
    expect(bestOf(codecs, 4, 'fast')).toMatchObject({ codec: { id: 1 }, bits: 10 });
    expect(ranked(codecs, 4, 'fast').map(({ codec }) => codec.id)).toEqual([1, 2, 0]);
  });

  test('the one that was planned is taken while it fits, and what it wrote else is taken back', () => {
    const plan = new Plan('fast');
    expect(bytesOf(codecs, 40, plan)).toEqual([2, 40]);
    expect(bytesOf(codecs, 4, plan)).toEqual([2, 4]);
    expect(bytesOf(codecs, 60, plan)).toEqual([0, 60]);
    expect(plan.codec).toBe(0);
  });

  test('one that was judged to fit and does not is passed over', () => {
    const liar = { ...codecOf(3, 1, 5), judge: () => judged(1) };
    expect(bytesOf([liar, ...codecs], 40, new Plan('fast'))).toEqual([2, 40]);
  });

  test('one that is planned and is not there is passed over', () => {
    const plan = new Plan('fast');
    plan.choose(77, []);
    expect(bytesOf(codecs, 4, plan)).toEqual([1, 4]);
  });

  test('the one that is named reads', () => {
    const frames = [Uint8Array.of(2, 2, 40)];
    expect(readAll(frames, (reader) => readWithNamed(codecs, reader, 1))).toBe(40);
    expect(() =>
      readAll([Uint8Array.of(2, 3, 40)], (reader) => readWithNamed(codecs, reader, 1)),
    ).toThrow('no such codec');
    expect(() => readAll(frames, (reader) => readWithNamed(codecs, reader, 2), 1)).toThrow(
      'too many values',
    );
  });
});
