import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { write } from '../../src/cli/output.ts';

test('waits where the reader is slower, and goes on when it has read', async () => {
  const taken: (() => void)[] = [];
  const slow = new Writable({
    highWaterMark: 4,
    write: (_chunk, _encoding, done) => taken.push(done),
  });
  let isWritten = false;
  const writing = write(slow, 'more than four').then(() => {
    isWritten = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isWritten).toBe(false);
  taken[0]!();
  await writing;
});

test('does not wait where there is room', async () => {
  const slow = new Writable({ write: () => {} });
  await write(slow, 'a few');
});
