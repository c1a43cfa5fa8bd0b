import { expect, test } from 'vitest';
import { FrameReader, frameOf } from './frames.ts';

const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)];
const stream = Buffer.concat(messages.map(frameOf));

test('of a stream that is cut at any byte the whole messages arrive, and nothing of the last', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const found = new FrameReader().push(stream.subarray(0, cut));
    const whole = messages.filter(
      (_, index) => Buffer.concat(messages.slice(0, index + 1).map(frameOf)).length <= cut,
    );
    expect(found.map((message) => [...message])).toEqual(whole.map((message) => [...message]));
  }
});

test('bytes may come in any pieces', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = new FrameReader();
    const found = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
    expect(found.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
  }
});
