import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ranked } from '../../src/codec/codec.ts';
import { Plan } from '../../src/codec/plan.ts';
import { Texts } from '../../src/codec/text-codec.ts';
import { textUuid } from '../../src/codec/text-uuid.ts';
import { textContract } from './contract/text-contract.ts';
import { framesOf, readFrames } from './support/block-trip.ts';

const column = (text: fc.Arbitrary<string>) => fc.array(text, { minLength: 1, maxLength: 40 });

textContract(
  textUuid,
  fc.oneof(
    column(fc.uuid()),
    column(fc.uuid().map((text) => text.toUpperCase())),
    column(fc.uuid().map((text) => `urn:ü:${text}`)),
  ),
);

const sizeOf = (values: string[]) => {
  const texts = new Texts(values);
  const plan = new Plan('balanced');
  plan.choose(textUuid.id, ranked([textUuid], texts, 'balanced')[0]!.parameters);
  const frames = framesOf((out) => textUuid.write(out, texts, plan));
  expect(readFrames(frames, (reader) => textUuid.read(reader, values.length))).toEqual(values);
  return frames.reduce((sum, { length }) => sum + length, 0);
};

test('it has 16 bytes', () => {
  expect(sizeOf(Array.from({ length: 1_000 }, () => crypto.randomUUID()))).toBeLessThan(16_100);
});

test('times in the first bytes are small steps', () => {
  const values = Array.from({ length: 1_000 }, (_, at) => {
    const time = (0x018f_0000_0000 + at * 3).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
  });
  expect(sizeOf(values)).toBeLessThan(10_200);
});

test('a few of another form stand beside the others', () => {
  const values = Array.from({ length: 64 }, () => crypto.randomUUID() as string);
  values[0] = 'none';
  values[30] = values[30]!.toUpperCase().replace(/^./, 'A');
  values[63] = '';
  expect(sizeOf(values)).toBeLessThan(16 * 64 + 200);
  const others = values.map((value, at) => (at % 7 === 0 ? 'other' : value));
  expect(ranked([textUuid], new Texts(others), 'balanced')[0]).toBeUndefined();
});
