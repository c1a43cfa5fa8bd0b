import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesEqual } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import { type Log, sliceBytesMax, sliceRecordsMax } from '../../src/log/log.ts';
import { readAll, record, records, rejection, slicesOf } from './support/records.ts';

/** One log that is empty at first, and the way to open it. */
export interface LogFixture {
  /** Where the adapter persists, it finds what was appended before the last close. */
  open(): Promise<Log>;
  /** Removes what the log kept; all handles are closed. */
  dispose(): void;
}

export interface LogAdapter {
  readonly name: string;
  /** Whether a log outlives its handle. */
  readonly persists: boolean;
  readonly makeFixture: () => LogFixture;
  /** Random runs against the model; 100 by default. */
  readonly modelRuns?: number;
}

/** What every adapter of `Log` promises. */
export function describeLogContract(adapter: LogAdapter): void {
  describe(`${adapter.name} keeps the contract of Log`, () => {
    let fixture: LogFixture;
    let log: Log;
    beforeEach(async () => {
      fixture = adapter.makeFixture();
      log = await fixture.open();
    });
    afterEach(async () => {
      await log.close();
      fixture.dispose();
    });
    const current = () => log;
    const reopen = async () => {
      await log.close();
      log = await fixture.open();
      return log;
    };

    describe('append', () => describeAppend(current));
    describe('read', () => describeRead(current));
    describe('trim', () => describeTrim(current));
    describe('close', () => describeClose(current));
    if (adapter.persists) describe('reopen', () => describeReopen(current, reopen));
    it(
      '[I9] does what a plain array does, in any order of calls',
      () => fc.assert(modelProperty(adapter), { numRuns: adapter.modelRuns ?? 100 }),
      60_000,
    );
  });
}

function describeAppend(current: () => Log): void {
  it('starts at head 0 with an id of 16 bytes', () => {
    expect(current().head).toBe(0);
    expect(current().id).toHaveLength(16);
  });

  it('resolves with the new head, which is then the head', async () => {
    expect(await current().append(0, records(1, 1))).toBe(1);
    expect(await current().append(1, records(2, 5))).toBe(6);
    expect(current().head).toBe(6);
  });

  it('[I2] does not move the head before the records are durable', async () => {
    const appended = current().append(0, records(1, 1));
    expect(current().head).toBe(0);
    await appended;
    expect(current().head).toBe(1);
  });

  it.each([
    ['below', 1],
    ['above', 3],
  ])('[I9] refuses an expected head %s the head and appends nothing', async (_, expected) => {
    await current().append(0, records(1, 2));
    const error = await rejection(current().append(expected, records(9, 2)));
    expect(error).toMatchObject({ code: 10, reason: 'LOG_HEAD_MOVED' });
    expect(error.metadata).toMatchObject({ expected: String(expected), head: '2' });
    expect(current().head).toBe(2);
    expect(await readAll(current(), 0)).toEqual(records(1, 2));
    expect(await current().append(2, records(3, 1))).toBe(3);
  });

  it('takes an empty list as a check of the head', async () => {
    await current().append(0, records(1, 2));
    expect(await current().append(2, [])).toBe(2);
    expect((await rejection(current().append(1, []))).reason).toBe('LOG_HEAD_MOVED');
  });

  it('refuses a second append while one is under way, and finishes the first', async () => {
    const first = current().append(0, records(1, 1));
    const second = await rejection(current().append(0, records(8, 1)));
    expect(second.reason).toBe('ASSERTION_FAILED');
    expect(await first).toBe(1);
    expect(await readAll(current(), 0)).toEqual(records(1, 1));
  });

  it('has copied the records when it returns', async () => {
    const bytes = Uint8Array.from(record(1));
    const appended = current().append(0, [bytes]);
    expect(bytes).toEqual(record(1));
    bytes.fill(0xff);
    await appended;
    expect(await readAll(current(), 0)).toEqual([record(1)]);
  });

  it('keeps empty records and big ones as they are', async () => {
    const mixed = [new Uint8Array(0), record(2, 4 << 20), new Uint8Array(0), record(4)];
    await current().append(0, mixed);
    const found = await readAll(current(), 0);
    expect(found.map((bytes, index) => bytesEqual(bytes, mixed[index]!))).toEqual(
      Array(4).fill(true),
    );
  });

  it('takes a view into a larger buffer', async () => {
    const whole = new Uint8Array(100).map((_, index) => index);
    await current().append(0, [whole.subarray(10, 20), whole.subarray(90)]);
    expect(await readAll(current(), 0)).toEqual([whole.slice(10, 20), whole.slice(90)]);
  });
}

function describeRead(current: () => Log): void {
  it('gives nothing from an empty log, nor from the head or beyond', async () => {
    expect(await slicesOf(current(), 0)).toEqual([]);
    await current().append(0, records(1, 3));
    expect(await slicesOf(current(), 3)).toEqual([]);
    expect(await slicesOf(current(), 7)).toEqual([]);
  });

  it('gives the records behind any position, in order, and says where each slice begins', async () => {
    await current().append(0, records(1, 2 * sliceRecordsMax));
    for (const after of [0, 1, 999, 1_000, 1_001, 1_999]) {
      let position = after;
      for (const slice of await slicesOf(current(), after)) {
        expect(slice.first).toBe(position + 1);
        expect(slice.records).toEqual(records(slice.first, slice.records.length));
        position += slice.records.length;
      }
      expect(position).toBe(2 * sliceRecordsMax);
    }
  });

  it('bounds a slice by records and by bytes', async () => {
    const third = new Uint8Array(Math.ceil(sliceBytesMax / 3));
    await current().append(0, [...records(1, sliceRecordsMax), ...Array(4).fill(third)]);
    await current().append(sliceRecordsMax + 4, [new Uint8Array(sliceBytesMax), record(2)]);
    const lengths = (await slicesOf(current(), 0)).map((slice) => slice.records.length);
    expect(lengths).toEqual([sliceRecordsMax, 3, 2, 1]);
  });

  it('[I9] sees a prefix: the records up to the head at the time of the call', async () => {
    await current().append(0, records(1, 3));
    const appended = current().append(3, records(4, 3));
    const before = current().read(0);
    const seen = await collect(before);
    await appended;
    const late = current().read(0);
    await current().append(6, records(7, 1));
    expect(seen).toEqual(records(1, 3));
    expect(await collect(late)).toEqual(records(1, 6));
  });

  it('may be left early, and several reads may go on at once', async () => {
    await current().append(0, records(1, 2_500));
    for await (const slice of current().read(0)) {
      expect(slice.first).toBe(1);
      break;
    }
    const [left, right] = await Promise.all([readAll(current(), 0), readAll(current(), 1_500)]);
    expect(left).toEqual(records(1, 2_500));
    expect(right).toEqual(records(1_501, 1_000));
  });

  it('gives bytes that the reader may change', async () => {
    await current().append(0, records(1, 2));
    for (const bytes of await readAll(current(), 0)) bytes.fill(0xff);
    expect(await readAll(current(), 0)).toEqual(records(1, 2));
  });

  it('[I9] lets appends through while a long read goes on', async () => {
    await current().append(0, records(1, 5_000));
    let head = 5_000;
    for await (const _ of current().read(0))
      head = await current().append(head, records(head + 1, 1));
    expect(head).toBe(5_005);
    expect(await readAll(current(), 0)).toEqual(records(1, 5_005));
  });
}

function describeTrim(current: () => Log): void {
  it('has dropped nothing at first, and begins in epoch 0', async () => {
    await current().append(0, records(1, 2));
    expect([current().trimmed, current().epoch]).toEqual([0, 0]);
  });

  it('drops the records up to a position, and leaves the others where they are', async () => {
    await current().append(0, records(1, 2_500));
    await current().trim(2_100);
    expect([current().trimmed, current().head]).toEqual([2_100, 2_500]);
    expect(await slicesOf(current(), 2_100)).toEqual([
      { first: 2_101, records: records(2_101, 400) },
    ]);
    expect(await readAll(current(), 2_400)).toEqual(records(2_401, 100));
    expect(await current().append(2_500, records(2_501, 1))).toBe(2_501);
    expect(await readAll(current(), 2_499)).toEqual(records(2_500, 2));
  });

  it('[I9] refuses to read from before that, and names where the records begin', async () => {
    await current().append(0, records(1, 10));
    await current().trim(4);
    for (const after of [0, 3]) {
      const error = await rejection(readAll(current(), after));
      expect(error).toMatchObject({ code: 9, reason: 'LOG_TRIMMED' });
      expect(error.metadata).toEqual({ after: String(after), trimmed: '4' });
    }
    expect(await readAll(current(), 4)).toEqual(records(5, 6));
  });

  it('may drop everything: the head stays, and the next record has the next position', async () => {
    await current().append(0, records(1, 3));
    await current().trim(3);
    expect([current().trimmed, current().head]).toEqual([3, 3]);
    expect(await slicesOf(current(), 3)).toEqual([]);
    expect((await rejection(readAll(current(), 2))).reason).toBe('LOG_TRIMMED');
    expect(await current().append(3, records(4, 1))).toBe(4);
    expect(await readAll(current(), 3)).toEqual(records(4, 1));
  });

  it('never goes back, and refuses what is behind the head', async () => {
    await current().append(0, records(1, 5));
    await current().trim(3);
    await current().trim(0);
    await current().trim(3);
    expect(current().trimmed).toBe(3);
    expect((await rejection(current().trim(6))).reason).toBe('ASSERTION_FAILED');
    expect(await readAll(current(), 3)).toEqual(records(4, 2));
  });

  it('drops big records too', async () => {
    const big = Array.from({ length: 6 }, (_, index) => record(index + 1, sliceBytesMax / 2));
    await current().append(0, big);
    await current().trim(5);
    expect(bytesEqual((await readAll(current(), 5))[0]!, big[5]!)).toBe(true);
  });

  it('[I9] lets appends through while it goes on, and two go on at once', async () => {
    await current().append(0, records(1, 8_000));
    const both = [current().trim(7_000), current().trim(7_500)];
    for (let head = 8_000; head < 8_005; ) {
      head = await current().append(head, records(head + 1, 1));
    }
    await Promise.all(both);
    expect(current().trimmed).toBe(7_500);
    expect(await readAll(current(), 7_500)).toEqual(records(7_501, 505));
  });

  it('ends a read that it overtakes with an error, never with a gap', async () => {
    await current().append(0, records(1, 5_000));
    const reading = current().read(0)[Symbol.asyncIterator]();
    expect((await reading.next()).value.first).toBe(1);
    await current().trim(4_000);
    const rest = async () => {
      // A slice may have been asked for before the trim.
      for (let next = 1_001; ; next += 1_000) expect((await reading.next()).value.first).toBe(next);
    };
    expect((await rejection(rest())).reason).toBe('LOG_TRIMMED');
  });
}

function describeClose(current: () => Log): void {
  it('[I2] waits for the append under way', async () => {
    const appended = current().append(0, records(1, 1));
    let settled = false;
    void appended.then(() => {
      settled = true;
    });
    await current().close();
    expect(settled).toBe(true);
    expect(await appended).toBe(1);
  });

  it('refuses what comes after it, and may be called again', async () => {
    await current().append(0, records(1, 2_000));
    const halfway = current().read(0)[Symbol.asyncIterator]();
    await halfway.next();
    await Promise.all([current().close(), current().close()]);
    const closed = { code: 9, reason: 'LOG_CLOSED' };
    expect(await rejection(current().append(2_000, records(1, 1)))).toMatchObject(closed);
    expect(await rejection(halfway.next())).toMatchObject(closed);
    expect(await rejection(current().trim(1))).toMatchObject(closed);
    expect(await rejection(readAll(current(), 0))).toMatchObject(closed);
    await current().close();
  });
}

function describeReopen(current: () => Log, reopen: () => Promise<Log>): void {
  it('[I2][I9] finds everything, and the same id', async () => {
    const id = Uint8Array.from(current().id);
    await current().append(0, records(1, 3));
    let log = await reopen();
    expect([log.head, Uint8Array.from(log.id)]).toEqual([3, id]);
    await log.append(3, records(4, 2));
    log = await reopen();
    expect(await readAll(log, 0)).toEqual(records(1, 5));
  });

  it('[I9] finds what is left, and how much was trimmed', async () => {
    await current().append(0, records(1, 5));
    await current().trim(3);
    let log = await reopen();
    expect([log.trimmed, log.head, log.epoch]).toEqual([3, 5, 0]);
    expect(await readAll(log, 3)).toEqual(records(4, 2));
    await log.trim(5);
    log = await reopen();
    expect([log.trimmed, log.head]).toEqual([5, 5]);
    expect(await log.append(5, records(6, 1))).toBe(6);
  });

  it('finds an append that nobody waited for before the close', async () => {
    const appended = current().append(0, records(1, 3));
    const log = await reopen();
    expect([await appended, log.head]).toEqual([3, 3]);
  });

  it('finds an empty log empty', async () => {
    expect((await reopen()).head).toBe(0);
  });
}

async function collect(slices: ReturnType<Log['read']>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const slice of slices) all.push(...slice.records);
  return all;
}

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[]; readonly off: number }
  | { readonly kind: 'read'; readonly share: number }
  | { readonly kind: 'trim'; readonly share: number }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      sizes: fc.array(fc.oneof(fc.nat(300), fc.nat(20_000)), { maxLength: 8 }),
      off: fc.constantFrom(0, 0, 0, 0, -1, 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** Random appends (some with a wrong head), reads, trims and reopens give what an array of records gives. */
function modelProperty({ makeFixture, persists }: LogAdapter) {
  return fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const fixture = makeFixture();
    let log = await fixture.open();
    const model: Uint8Array[] = [];
    let trimmed = 0;
    const at = (share: number) => trimmed + Math.floor(((model.length - trimmed) * share) / 100);
    for (const next of steps) {
      if (next.kind === 'append') await appendBoth(log, model, next.sizes, next.off);
      else if (next.kind === 'read') {
        const after = at(next.share);
        expect(await readAll(log, after)).toEqual(model.slice(after));
      } else if (next.kind === 'trim') {
        trimmed = at(next.share);
        await log.trim(trimmed);
      } else if (persists) {
        await log.close();
        log = await fixture.open();
      }
      expect([log.head, log.trimmed]).toEqual([model.length, trimmed]);
    }
    expect(await readAll(log, trimmed)).toEqual(model.slice(trimmed));
    await log.close();
    fixture.dispose();
  });
}

async function appendBoth(
  log: Log,
  model: Uint8Array[],
  sizes: readonly number[],
  off: number,
): Promise<void> {
  const added = sizes.map((size, index) => record(model.length + index + 1, size));
  const appended = log.append(model.length + off, added);
  if (off === 0) {
    model.push(...added);
    expect(await appended).toBe(model.length);
  } else {
    const error = await appended.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ reason: 'LOG_HEAD_MOVED' });
  }
}
