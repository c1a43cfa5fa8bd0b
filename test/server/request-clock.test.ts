import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestClock } from '../../src/server/request-clock.ts';
import { framed } from './support/http2-peer.ts';

let late = 0;
let clock: RequestClock;

beforeEach(() => {
  vi.useFakeTimers();
  late = 0;
  clock = new RequestClock(1_000, () => late++);
});
afterEach(() => {
  vi.useRealTimers();
});

const message = framed(new Uint8Array(10));
const part = message.subarray(0, 6);
const rest = message.subarray(6);

test('the first message has its time from the beginning on, however many bytes of it come', () => {
  for (let index = 0; index < 9; index++) {
    vi.advanceTimersByTime(100);
    clock.came(message.subarray(index, index + 1), true);
  }
  vi.advanceTimersByTime(99);
  expect(late).toBe(0);
  vi.advanceTimersByTime(1);
  expect(late).toBe(1);
});

test('behind it a stream may be silent for ever, and a message has its time from its first byte on', () => {
  clock.came(message, true);
  clock.heard(true);
  vi.advanceTimersByTime(100_000);
  clock.came(part, true);
  vi.advanceTimersByTime(900);
  clock.came(message.subarray(6, 7), true);
  vi.advanceTimersByTime(99);
  expect(late).toBe(0);
  vi.advanceTimersByTime(1);
  expect(late).toBe(1);
});

test('each message has its own time', () => {
  clock.came(message, true);
  clock.heard(true);
  clock.came(part, true);
  vi.advanceTimersByTime(900);
  clock.came(Buffer.concat([rest, part]), true);
  vi.advanceTimersByTime(900);
  clock.came(rest, true);
  vi.advanceTimersByTime(10_000);
  expect(late).toBe(0);
});

test('no time runs while nobody reads', () => {
  clock.came(Buffer.concat([message, part]), false);
  clock.heard(false);
  vi.advanceTimersByTime(10_000);
  expect(late).toBe(0);
  clock.reads();
  vi.advanceTimersByTime(999);
  expect(late).toBe(0);
  vi.advanceTimersByTime(1);
  expect(late).toBe(1);
});

test('nothing is late once it is closed', () => {
  clock.came(message, true);
  clock.heard(true);
  clock.came(part, true);
  clock.close();
  clock.came(part, true);
  clock.reads();
  vi.advanceTimersByTime(10_000);
  expect(late).toBe(0);
});
