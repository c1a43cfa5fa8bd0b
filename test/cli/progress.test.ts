import { beforeEach, describe, expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';

let written: string[];
let nowMs: number;

beforeEach(() => {
  written = [];
  nowMs = 0;
});

describe('on a terminal', () => {
  const start = (total: number) => createProgress('Loading', total, terminal, () => nowMs);
  const terminal = { isTTY: true, write: (text: string) => written.push(text) };

  test('it is a bar that is drawn again in its place', () => {
    const progress = start(2_000);
    progress.update(500);
    nowMs = 50;
    progress.update(1_000);
    expect(written).toEqual([
      `\r\x1b[KLoading ${'█'.repeat(8)}${'░'.repeat(22)} 500 of 2,000`,
      `\r\x1b[KLoading ${'█'.repeat(15)}${'░'.repeat(15)} 1,000 of 2,000`,
    ]);
  });

  test('it has the rate and the time that is left, once these can be told', () => {
    const progress = start(2_000);
    nowMs = 2_000;
    progress.update(500);
    expect(written[0]).toContain('500 of 2,000, 250/s, 6 s left');
  });

  test('it is drawn every 50 ms at most, and when all is done', () => {
    const progress = start(3);
    progress.update(1);
    nowMs = 49;
    progress.update(2);
    progress.update(3);
    expect(written).toHaveLength(2);
    expect(written[1]).toContain('3 of 3');
  });

  test('nothing is left of it at the end', () => {
    start(1).end();
    expect(written).toEqual(['\r\x1b[K']);
  });

  test('nothing to do is all done', () => {
    start(0).update(0);
    expect(written[0]).toContain('█'.repeat(30));
  });
});

describe('elsewhere', () => {
  test('it is a line at every fifth', () => {
    const progress = createProgress('Loading', 10, { write: (text) => written.push(text) });
    for (let done = 0; done <= 10; done++) progress.update(done);
    progress.end();
    expect(written).toEqual([2, 4, 6, 8, 10].map((done) => `Loading: ${done} of 10\n`));
  });
});
