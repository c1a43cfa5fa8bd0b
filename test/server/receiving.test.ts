import { expect, test } from 'vitest';
import { Receiving } from '../../src/server/receiving.ts';

/** Calls by name; those that were given up are in `dropped`. */
function receivingOf(bytesMax: number) {
  const receiving = new Receiving(bytesMax);
  const dropped: string[] = [];
  const begin = (name: string) => receiving.begin(() => dropped.push(name));
  return { receiving, dropped, begin };
}

test('[I13] what has come is bounded: that of which nothing came for the longest is given up', () => {
  const { begin, dropped } = receivingOf(3 * 1_256);
  const [slow, active, third, last] = ['slow', 'active', 'third', 'last'].map(begin);
  active!.came(500);
  slow!.came(1_000);
  active!.came(244);
  third!.came(1_000);
  expect(dropped).toEqual([]);
  last!.came(1);
  expect(dropped).toEqual(['slow']);
  // What is whole takes no room any more, and is so once.
  active!.whole();
  active!.whole();
  slow!.came(1_000);
  expect(dropped).toEqual(['slow']);
  slow!.came(5_000);
  expect(dropped).toEqual(['slow', 'third', 'last', 'slow']);
});

test('[I13] what comes behind the end of a call counts for nothing', () => {
  const { begin, dropped } = receivingOf(2_000);
  for (let index = 0; index < 10; index++) {
    const over = begin('over');
    over.came(500);
    over.close();
    over.came(500);
    over.whole();
    over.came(500);
  }
  const live = begin('live');
  live.came(1_700);
  expect(dropped).toEqual([]);
  live.came(500);
  expect(dropped).toEqual(['live']);
});

test('[I13] one that is whole may always wait, alone', () => {
  const { receiving } = receivingOf(2_000);
  const release = receiving.keep(1_500);
  expect(() => receiving.keep(1)).toThrow('wait');
  release();
  receiving.keep(1);
});

test('[I13] what is whole and waits counts too, and has half of the room', () => {
  const { receiving, begin, dropped } = receivingOf(2_000);
  const release = receiving.keep(600);
  receiving.keep(400);
  expect(() => receiving.keep(1)).toThrow(
    expect.objectContaining({ code: 8, reason: 'WAITING_FULL', retryDelayMs: 1_000 }),
  );
  const comes = begin('comes');
  comes.came(1_000 - 256);
  expect(dropped).toEqual([]);
  release();
  receiving.keep(600);
  comes.came(1);
  expect(dropped).toEqual(['comes']);
});
