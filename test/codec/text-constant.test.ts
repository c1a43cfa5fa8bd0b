import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { areSame, textConstant } from '../../src/codec/text-constant.ts';
import { readTexts, writeTexts } from '../../src/codec/texts.ts';
import { textContract } from './contract/text-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

textContract(
  textConstant,
  fc
    .tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 300 }))
    .map(([value, count]) => new Array<string>(count).fill(value)),
);

describe('a column of one string', () => {
  test('is its codec and that string, whatever was planned', () => {
    const plan = new Plan('balanced');
    plan.choose(1, []);
    const frames = framesOf((out) => writeTexts(out, new Array(1_000).fill('öl'), plan));
    // Behind the length of the head: the codec, the bytes of the string, and it.
    expect([...frames[0]!]).toEqual([5, textConstant.id, 3, 0xc3, 0xb6, 0x6c]);
    const values = readFrames(frames, (reader) => readTexts(reader, 1_000));
    expect(values).toEqual(new Array(1_000).fill('öl'));
  });

  test('has no other in it', () => {
    expect([areSame([]), areSame(['a']), areSame(['a', 'a'])]).toEqual([false, true, true]);
    const others = ['a', 'a', 'b'];
    expect(areSame(others)).toBe(false);
    framesOf((out) => {
      expect(textConstant.write(out, new Texts(others), new Plan('fast'))).toBe(false);
    });
  });

  test('that is not well-formed is not written', () => {
    const write = () => framesOf((out) => writeTexts(out, ['\ud800'], new Plan('fast')));
    expect(write).toThrow('a lone surrogate');
  });
});
