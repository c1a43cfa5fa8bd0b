import { expect, test } from 'vitest';
import { BoundedLines } from '../../src/server/bounded-lines.ts';

test('of many in a minute so many are said, and in the next how many more there were', () => {
  const said: string[] = [];
  const clock = { atMs: 1_000, nowMs: () => clock.atMs };
  const lines = new BoundedLines(clock, 2, (count) => said.push(`and ${count} more`));
  const say = (text: string) => lines.say(() => said.push(text));
  expect(['a', 'b', 'c', 'd'].map(say)).toEqual([true, true, false, false]);
  expect(said).toEqual(['a', 'b']);
  clock.atMs += 59_999;
  say('e');
  clock.atMs += 1;
  say('f');
  expect(said).toEqual(['a', 'b', 'and 3 more', 'f']);
  lines.sayUnsaid();
  expect(said).toHaveLength(4);
  for (const text of ['g', 'h']) say(text);
  for (let twice = 0; twice < 2; twice++) lines.sayUnsaid();
  expect(said.slice(4)).toEqual(['g', 'and 1 more']);
});
