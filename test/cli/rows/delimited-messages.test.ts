import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { delimitedMessages, messageLengthMax } from '../../../src/cli/rows/delimited-messages.ts';
import { chunksOf, gathered } from '../support/chunks.ts';

test('messages are the same in whatever pieces they come', async () => {
  const cuts = fc.array(fc.nat({ max: 1_000 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 })),
      cuts,
      async (messages, places) => {
        const out = new ByteWriter();
        for (const message of messages) out.lengthBytes(message);
        const found = await gathered(delimitedMessages(chunksOf(...cut(out.finish(), places))));
        expect(found.map(({ bytes }) => [...bytes])).toEqual(messages.map((bytes) => [...bytes]));
        expect(found.map(({ number }) => number)).toEqual(messages.map((_, index) => index + 1));
      },
    ),
  );
});

test.each([
  ['cut off in a message', [1, 5, 2, 5], 2, 'what begins here has no end'],
  ['cut off in a length', [1, 5, 0x80], 2, 'what begins here has no end'],
  ['of a length that cannot be', [0xff, 0xff, 0xff, 0xff, 0x7f, 1], 1, 'its length cannot be'],
])('what is %s has its number', async (_name, bytes, number, message) => {
  await expect(gathered(delimitedMessages(chunksOf(Uint8Array.from(bytes))))).rejects.toMatchObject(
    {
      number,
      message: expect.stringContaining(message),
    },
  );
});

test('the length has an end', async () => {
  const lengthOf = (length: number) => {
    const out = new ByteWriter();
    out.varint(length);
    return out.finish();
  };
  await expect(gathered(delimitedMessages(chunksOf(lengthOf(messageLengthMax))))).rejects.toThrow(
    'has no end',
  );
  await expect(
    gathered(delimitedMessages(chunksOf(lengthOf(messageLengthMax + 1)))),
  ).rejects.toThrow('cannot be');
});

test('any bytes are read to their end, or it is said what is wrong', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => {
      await gathered(delimitedMessages(chunksOf(bytes))).catch((error: Error) => {
        expect(error.message).toMatch(/has no end|cannot be/);
      });
    }),
  );
});

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = places
    .map((place) => place % (bytes.length + 1))
    .sort((left, right) => left - right);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}
