import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageFrames } from '../../src/server/message-frames.ts';
import { framed } from './support/http2-peer.ts';

test('counts the messages that are whole, wherever their bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(700), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
      fc.nat(700),
      (lengths, cuts, rest) => {
        const messages = lengths.map((length) => framed(new Uint8Array(length)));
        const tail = framed(new Uint8Array(701)).subarray(0, rest);
        const bytes = Buffer.concat([...messages, tail]);
        const frames = new MessageFrames();
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = cuts[turn % cuts.length]!;
          frames.came(bytes.subarray(at, at + length));
          at += length;
        }
        expect([frames.whole, frames.isPartial]).toEqual([lengths.length, rest > 0]);
      },
    ),
  );
});

test('a length of four gibibytes is a number like others', () => {
  const frames = new MessageFrames();
  frames.came(framed(new Uint8Array(100), 0, 0xffff_ffff));
  expect([frames.whole, frames.isPartial]).toEqual([0, true]);
});
