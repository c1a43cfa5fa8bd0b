import { beforeEach, describe, expect, test } from 'vitest';
import { LoadProgress } from '../../src/cli/load-progress.ts';
import { type TestStreams, testStreams } from './support/streams.ts';

let nowMs: number;
beforeEach(() => {
  nowMs = 0;
});

function start(streams: TestStreams, bytesTotal?: number) {
  return new LoadProgress({ ...streams, bytesTotal, nowMs: () => nowMs });
}

describe('on a terminal', () => {
  test('it is a bar with the rate and the time that is left, and goes at the end', () => {
    const streams = testStreams({ isTerminal: true });
    const progress = start(streams, 10_000);
    nowMs = 2_000;
    progress.update({ rows: 3_000, skipped: 2, bytes: 2_500 });
    progress.end();
    const bar = '█'.repeat(8) + '░'.repeat(22);
    expect(streams.err()).toBe(
      `\r\x1b[K${bar} 25%  3,000 rows  2 left out  1,500 rows/s  6 s left\r\x1b[K`,
    );
    expect(streams.out()).toBe('');
  });

  test('it is without a bar where nobody knows how much there is', () => {
    const streams = testStreams({ isTerminal: true });
    const progress = start(streams);
    nowMs = 1_000;
    progress.update({ rows: 10, skipped: 0, bytes: 50 });
    nowMs = 1_049;
    progress.update({ rows: 11, skipped: 0, bytes: 55 });
    expect(streams.err()).toBe('\r\x1b[K10 rows  10 rows/s');
  });
});

test('elsewhere it is a line of JSON a second', () => {
  const streams = testStreams();
  const progress = start(streams, 200);
  for (nowMs = 500; nowMs <= 2_000; nowMs += 500) {
    progress.update({ rows: nowMs / 10, skipped: 0, bytes: nowMs / 20 });
  }
  progress.end();
  const lines = streams
    .out()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    {
      event: 'progress',
      rows: 100,
      skipped: 0,
      bytes: 50,
      bytesTotal: 200,
      rowsPerSecond: 100,
      secondsLeft: 3,
    },
    {
      event: 'progress',
      rows: 200,
      skipped: 0,
      bytes: 100,
      bytesTotal: 200,
      rowsPerSecond: 100,
      secondsLeft: 2,
    },
  ]);
  expect(streams.err()).toBe('');
});
