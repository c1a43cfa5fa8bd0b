import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import type { Outcome } from '../../src/change/commit.ts';
import { bytesAbout, type Transaction } from '../../src/change/transaction.ts';
import type { Compression } from '../../src/session/messages.ts';
import { PushBatch } from '../../src/session/push-batch.ts';
import { pushLimitsOf } from '../../src/session/push-limits.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { transactionOf } from './support/messages.ts';

let nowMs = 0;

function batchOf(limits: Partial<Limits> = {}): PushBatch {
  nowMs = 0;
  return new PushBatch({ ...defaultLimits, ...limits }, { nowMs: () => nowMs });
}

/** One with a text of such a length. */
function textOf(replica: string, counter: number, length: number): Transaction {
  return transactionOf(replica, counter, putEdit(newsTable, 'k', { text: 'x'.repeat(length) }));
}

const namesOf = (transactions: readonly Transaction[]) =>
  transactions.map(({ replica, counter }) => `${replica}/${counter}`);
const outcomesOf = (transactions: readonly Transaction[]): Outcome[] =>
  transactions.map(
    ({ replica, counter }) => ({ replica, counter, status: 'committed' }) as Outcome,
  );
const receivedOf = (part: { replica: string; counter: number }, receivedBytes: number) =>
  ({ type: 'part-result', ...part, receivedBytes }) as const;

describe('a push', () => {
  it('[P5] has half of what may be on its way, and none goes while that is', () => {
    const batch = batchOf();
    const waiting = Array.from({ length: 9 }, (_, index) => textOf('p', index + 1, 1_000));
    const sent: Transaction[] = [];
    const next = () => {
      const transactions = batch.next(waiting.slice(sent.length));
      sent.push(...transactions);
      return namesOf(transactions);
    };
    expect([next(), next(), next()]).toEqual([['p/1', 'p/2', 'p/3'], ['p/4', 'p/5', 'p/6'], []]);
    expect(batch.isFull).toBe(true);
    // It waited for a second: the window stays as it is.
    nowMs = 1_800;
    batch.pushAnswered(outcomesOf(sent.slice(0, 3)));
    expect([next(), next()]).toEqual([['p/7', 'p/8', 'p/9'], []]);
  });

  it('has one that is larger than that alone, where nothing else is on its way', () => {
    const batch = batchOf();
    const small = textOf('p', 1, 100);
    const larger = textOf('p', 2, 12_000);
    expect(namesOf(batch.next([small, larger]))).toEqual(['p/1']);
    expect(batch.next([larger])).toEqual([]);
    // What is to go in a push goes before parts.
    expect(batch.nextPart([larger, textOf('q', 1, 100_000)])).toBeUndefined();
    batch.pushAnswered(outcomesOf([small]));
    expect(namesOf(batch.next([larger, small]))).toEqual(['p/2']);
  });
});

describe('a transaction of more than two windows', () => {
  it('[P5] goes in parts of half a window, and behind it what is behind it', () => {
    const batch = batchOf();
    const large = textOf('p', 1, 20_000);
    const behind = textOf('p', 2, 10);
    const waiting = [large, behind];
    expect(batch.isInParts(behind)).toBe(false);
    expect(batch.next(waiting)).toEqual([]);
    expect(batch.nextPart(waiting)).toMatchObject({ counter: 1, offset: 0, bytes: { length: 0 } });
    // How much is there is not known yet.
    expect(batch.nextPart(waiting)).toBeUndefined();
    batch.partAnswered(receivedOf(large, 0));
    expect(batch.nextPart(waiting)).toMatchObject({ offset: 0, bytes: { length: 4_096 } });
    expect(batch.nextPart(waiting)).toMatchObject({ offset: 4_096, bytes: { length: 4_096 } });
    expect(batch.nextPart(waiting)).toBeUndefined();
    nowMs = 1_800;
    batch.partAnswered(receivedOf(large, 4_096));
    expect(batch.nextPart(waiting)).toMatchObject({ offset: 8_192, bytes: { length: 4_096 } });
    // Of another writer something small comes between the parts once there is room.
    expect(namesOf(batch.next([large, textOf('q', 1, 10)]))).toEqual([]);
    batch.partAnswered(receivedOf(large, 8_192));
    expect(namesOf(batch.next([large, textOf('q', 1, 10)]))).toEqual(['q/1']);
  });

  it('that has begun in parts goes on in parts, also when it would go whole by now', () => {
    const batch = batchOf();
    const large = textOf('p', 1, 20_000);
    batch.nextPart([large]);
    batch.partAnswered(receivedOf(large, 0));
    batch.nextPart([large]);
    nowMs = 10;
    batch.partAnswered(receivedOf(large, 4_096));
    expect(2 * batch.pace.roomBytes * 2).toBeGreaterThan(20_500);
    expect(batch.next([large])).toEqual([]);
    batch.begin(() => true);
    expect(batch.isInParts(large)).toBe(true);
    expect(batch.nextPart([])).toBeUndefined();
    expect(batch.nextPart([textOf('p', 2, 10)])).toBeUndefined();
  });
});

test('[P2, P7] whatever waits, however it is answered and cut, all of it goes, in order, within the window', () => {
  const transaction = fc.record({ writer: fc.constantFrom('p', 'q'), length: fc.nat(30_000) });
  const step = fc.constantFrom('send', 'send', 'answer', 'answer', 'cut', 'wait');
  const check = (wanted: { writer: string; length: number }[], steps: string[]) => {
    const { batch, line } = { batch: batchOf(), line: new Line() };
    const counters = new Map<string, number>();
    line.waiting = wanted.map(({ writer, length }) => {
      const counter = (counters.get(writer) ?? 0) + 1;
      counters.set(writer, counter);
      return textOf(writer, counter, length);
    });
    const total = line.waiting.length;
    for (const each of steps) line.step(batch, each);
    // It heals: from now on everything is answered.
    for (let round = 0; line.waiting.length > 0 || line.onItsWay.length > 0; round++) {
      expect(round).toBeLessThan(5_000);
      line.step(batch, 'send');
      line.step(batch, 'answer');
    }
    expect(line.done).toBe(total);
  };
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 30 }), fc.array(step, { maxLength: 60 }), check),
  );
});

/** A server that takes what comes in order, and that keeps what it has of a large one. */
class Line {
  waiting: Transaction[] = [];
  onItsWay: (() => void)[] = [];
  done = 0;
  private unsent: Transaction[] | undefined;
  private readonly taken = new Map<string, number>();
  private readonly received = new Map<string, number>();

  step(batch: PushBatch, what: string): void {
    nowMs += 70;
    if (what === 'wait') nowMs += 4_000;
    if (what === 'answer') this.onItsWay.shift()?.();
    if (what === 'cut') {
      this.onItsWay = [];
      this.unsent = undefined;
      batch.begin(() => true);
    }
    if (what === 'send') this.send(batch);
  }

  private send(batch: PushBatch): void {
    this.unsent ??= [...this.waiting];
    const push = batch.next(this.unsent);
    this.unsent = this.unsent.filter((each) => !push.includes(each));
    if (push.length > 0) {
      const bytes = push.reduce((sum, { changes }) => sum + bytesAbout(changes), 0);
      expect(push.length === 1 || bytes <= batch.pace.wholeBytesMax / 4).toBe(true);
      this.onItsWay.push(() => {
        for (const each of push) this.take(each);
        batch.pushAnswered(outcomesOf(push));
      });
      return;
    }
    const part = batch.nextPart(this.unsent);
    if (part === undefined) return;
    const { replica, counter, offset, bytes, totalBytes } = part;
    expect(bytes.length).toBeLessThanOrEqual(batch.pace.wholeBytesMax / 4);
    this.onItsWay.push(() => {
      const name = `${replica}/${counter}`;
      const before = this.received.get(name) ?? 0;
      expect(offset).toBeLessThanOrEqual(before);
      const received = Math.max(before, offset + bytes.length);
      this.received.set(name, received);
      const { whole } = batch.partAnswered(receivedOf({ replica, counter }, received));
      if (received < totalBytes || whole === undefined) return;
      this.take(whole);
      this.unsent = this.unsent!.filter((each) => each !== whole);
    });
  }

  /** In the order of its writer; again what was cut before it was answered. */
  private take(transaction: Transaction): void {
    const { replica, counter } = transaction;
    const last = this.taken.get(replica) ?? 0;
    expect(counter).toBeLessThanOrEqual(last + 1);
    this.taken.set(replica, Math.max(last, counter));
    const isWaiting = this.waiting.includes(transaction);
    this.waiting = this.waiting.filter((each) => each !== transaction);
    if (isWaiting) this.done++;
  }
}

describe('a push by columns', () => {
  const welcome = { pushLimits: pushLimitsOf(defaultLimits) };
  const waiting = Array.from({ length: 200 }, (_, index) => textOf('p', index + 1, 1_000));

  function welcomed(pushCompressions: readonly Compression[]): PushBatch {
    nowMs = 0;
    const batch = new PushBatch(defaultLimits, { nowMs: () => nowMs, compressions: ['zstd'] });
    batch.welcomed({ ...welcome, pushCompressions });
    return batch;
  }

  it('[P5] has as many more as that makes them smaller, and counts what they came to', () => {
    const batch = welcomed(['none', 'zstd']);
    // The greeting was answered at once, and so there is as much room as at first.
    const first = batch.next(waiting);
    expect(first).toHaveLength(4 * 3);
    expect(batch.columnsOf(first)).toBe('zstd');
    batch.took(512);
    const sent = first.length;
    // Some 30 times smaller; there is room for the rest of the window.
    const second = batch.next(waiting.slice(sent));
    expect(second.length).toBeGreaterThan(80);
    batch.took(4_096);
    expect(batch.isFull).toBe(true);
    batch.pushAnswered(outcomesOf(first));
    expect(batch.isFull).toBe(false);
  });

  it('goes in rows where the server takes none, or where it ended a stream', () => {
    expect(welcomed([]).next(waiting)).toHaveLength(3);
    const batch = welcomed(['zstd']);
    const sent = batch.next(waiting);
    batch.failed(new SyncError(Code.invalidArgument, 'MALFORMED_COLUMNS', 'message'));
    batch.begin(() => true);
    batch.welcomed({ ...welcome, pushCompressions: ['zstd'] });
    const again = batch.next(waiting);
    expect([again.length, batch.columnsOf(again)]).toEqual([1, undefined]);
    batch.pushAnswered(outcomesOf(sent));
    const behind = waiting.slice(sent.length);
    expect(batch.columnsOf(batch.next(behind))).toBe('zstd');
  });

  it('names rows by their numbers where the server does, of whose history the copy is', () => {
    const batch = welcomed(['zstd']);
    expect(batch.takesNumbers).toBe(false);
    const terms = { ...welcome, pushCompressions: ['zstd'] as const, pushRowNumbers: true };
    batch.welcomed(terms);
    expect(batch.takesNumbers).toBe(true);
    batch.welcomed({ ...terms, forkedAt: 0 });
    expect(batch.takesNumbers).toBe(false);
    // Another fault than theirs is none of theirs.
    batch.failed(new SyncError(Code.invalidArgument, 'MALFORMED_COLUMNS', 'message'));
    batch.welcomed(terms);
    batch.failed(new SyncError(Code.invalidArgument, 'ROW_TOO_LARGE', 'message'));
    batch.welcomed(terms);
    expect(batch.takesNumbers).toBe(true);
    // One that is of these, or may be, is met once.
    batch.failed(new SyncError(Code.invalidArgument, 'MALFORMED_COLUMNS', 'message'));
    batch.welcomed(terms);
    expect(batch.takesNumbers).toBe(false);
  });

  it('is none of few changes, which have the room of rows', () => {
    const large = [1, 2, 3].map((counter) => textOf('p', counter, 3_000));
    const batch = welcomed(['zstd']);
    expect(namesOf(batch.next(large))).toEqual(['p/1']);
    // What rows come to tells nothing of columns.
    const { roomBytesOfOne } = batch.pace;
    batch.took(9);
    expect(batch.pace.roomBytesOfOne).toBe(roomBytesOfOne);
  });
});
