import { expect, test } from 'vitest';
import { BoundedLines } from '../../src/server/bounded-lines.ts';
import { ManualTimer } from './support/faulty-medium.ts';

function bounded(linesMax: number) {
  const said: string[] = [];
  const time = new ManualTimer();
  const lines = new BoundedLines(linesMax, (count) => said.push(`and ${count} more`), time.timer);
  return { said, time, lines, say: (text: string) => lines.say(() => said.push(text)) };
}

test('of many in a minute so many are said, and at its end how many more there were', async () => {
  const { said, time, say } = bounded(2);
  expect(['a', 'b', 'c', 'd'].map(say)).toEqual([true, true, false, false]);
  expect(said).toEqual(['a', 'b']);
  await time.pass(59_999);
  say('e');
  expect(said).toEqual(['a', 'b']);
  await time.pass(1);
  // Nothing else has to happen for it to be said.
  expect(said).toEqual(['a', 'b', 'and 3 more']);
  await time.pass(600_000);
  expect(said).toHaveLength(3);
});

test('a minute begins with its first line, and one without too many ends without a word', async () => {
  const { said, time, say } = bounded(2);
  say('a');
  await time.pass(60_000);
  for (const text of ['b', 'c', 'd']) say(text);
  expect(said).toEqual(['a', 'b', 'c']);
  await time.pass(60_000);
  expect(said).toEqual(['a', 'b', 'c', 'and 1 more']);
});

test('at the close what is left is said at once, and once', async () => {
  const { said, time, lines, say } = bounded(1);
  for (const text of ['a', 'b']) say(text);
  for (let twice = 0; twice < 2; twice++) lines.close();
  expect(said).toEqual(['a', 'and 1 more']);
  await time.pass(60_000);
  expect(said).toHaveLength(2);
});
