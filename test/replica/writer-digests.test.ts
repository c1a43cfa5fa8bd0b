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

test('[I3] what is gathered in pieces while others are noted is, with what came since, what was there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
      fc.array(fc.nat(3), { maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      (counts, later, lengthMax, checksMax) => {
        const digests = new WriterDigests(lengthMax);
        const newest = new Map<string, number>();
        const noted: [string, number][] = [];
        const note = (writer: string) => {
          const counter = (newest.get(writer) ?? 0) + 1;
          newest.set(writer, counter);
          noted.push([writer, counter]);
          digests.note(writer, counter, digest(counter));
        };
        for (const [writer, count] of counts.entries()) {
          for (let left = count; left > 0; left--) note(`w${writer}`);
        }
        const begun = noted.length;
        const copy = new WriterDigests(lengthMax);
        const rest = [...later];
        for (const piece of digests.pieces((writer) => newest.get(writer)!, checksMax)) {
          expect(piece.checks.length).toBeLessThanOrEqual(checksMax);
          copy.restore(piece);
          for (const writer of rest.splice(0, 3)) note(`w${writer}`);
        }
        for (const writer of rest) note(`w${writer}`);
        for (const [writer, counter] of noted.slice(begun))
          copy.note(writer, counter, digest(counter));
        for (const [writer, counter] of noted) {
          const known = digests.isSame(writer, counter, digest(counter));
          expect(copy.isSame(writer, counter, digest(counter))).toBe(known);
        }
      },
    ),
  );
});

test('what is not durable yet is in no piece', () => {
  const digests = new WriterDigests(4);
  for (let counter = 1; counter <= 6; counter++) digests.note('ann', counter, digest(counter));
  const [piece, ...others] = digests.pieces(() => 4, 100);
  expect([piece?.first, piece?.checks.length, others]).toEqual([3, 2, []]);
});

test('[I13] shrunk they know half of the longest line, and no more from then on, down to the floor', () => {
  const digests = new WriterDigests(1_000);
  const note = (replica: string, from: number, upto: number) => {
    for (let counter = from; counter <= upto; counter++)
      digests.note(replica, counter, digest(counter));
  };
  const oldest = (replica: string) => {
    let counter = 1;
    while (digests.isSame(replica, counter, digest(counter)) === undefined) counter++;
    return counter;
  };
  note('ann', 1, 400);
  note('bob', 1, 150);
  const before = digests.memoryBytes;
  digests.shrink(90);
  expect([oldest('ann'), oldest('bob')]).toEqual([201, 1]);
  expect(digests.memoryBytes).toBeLessThan(before);
  note('ann', 401, 500);
  expect(oldest('ann')).toBe(301);
  for (let times = 0; times < 3; times++) digests.shrink(90);
  expect([oldest('ann'), oldest('bob')]).toEqual([411, 61]);
  expect(digests.isSame('ann', 500, digest(500))).toBe(true);
  expect(digests.isSame('ann', 500, digest(501))).toBe(false);
  digests.cut('ann', 490);
  note('ann', 491, 600);
  expect(oldest('ann')).toBe(511);
});
