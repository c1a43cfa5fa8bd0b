import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WriterDigests } from '../../src/replica/writer-digests.ts';

const digest = (number: number) => Uint8Array.of(number, number >> 8, 7, 9, 1, 2, 3, 4);

test('[I3] a retry is known from another transaction under its counter, of each writer apart', () => {
  const digests = new WriterDigests(10);
  digests.note('ann', 1, digest(1));
  digests.note('bob', 1, digest(2));
  expect([
    digests.isSame('ann', 1, digest(1)),
    digests.isSame('ann', 1, digest(2)),
    digests.isSame('bob', 1, digest(2)),
  ]).toEqual([true, false, true]);
});

test('nothing is known of who never wrote, of what is to come, and of what is too old', () => {
  const digests = new WriterDigests(6);
  for (let counter = 1; counter <= 7; counter++) digests.note('ann', counter, digest(counter));
  expect(digests.isSame('bob', 1, digest(1))).toBeUndefined();
  expect(digests.isSame('ann', 8, digest(8))).toBeUndefined();
  expect(digests.isSame('ann', 1, digest(1))).toBeUndefined();
  expect(digests.isSame('ann', 2, digest(2))).toBe(true);
});

test('names of the server’s own are not kept: they never send a counter again', () => {
  const digests = new WriterDigests(6);
  digests.note('$service', 1, digest(1));
  expect(digests.isSame('$service', 1, digest(1))).toBeUndefined();
});

test('any sequence of notes and cuts leaves what a list of digests would', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('note') },
      fc.nat(5).map((back) => -back),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), steps, (lengthMax, taken) => {
      const digests = new WriterDigests(lengthMax);
      let known: number[] = [];
      let newest = 0;
      let number = 0;
      for (const step of taken) {
        if (step === 'note') {
          digests.note('ann', ++newest, digest(++number));
          known = [...known, number].slice(-lengthMax);
        } else {
          const back = Math.min(-(step as number), newest);
          digests.cut('ann', newest - back);
          newest -= back;
          known = known.slice(0, Math.max(0, known.length - back));
        }
      }
      digests.cut('ann', newest + 1);
      digests.cut('nobody', 1);
      for (let counter = 0; counter <= newest + 1; counter++) {
        const expected = known.at(counter - newest - 1);
        const isKnown = counter <= newest && counter > newest - known.length;
        expect(digests.isSame('ann', counter, digest(isKnown ? expected! : 0))).toBe(
          isKnown ? true : undefined,
        );
        if (isKnown) expect(digests.isSame('ann', counter, digest(0xffff))).toBe(false);
      }
    }),
  );
});
