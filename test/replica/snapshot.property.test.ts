/** A home that loads a snapshot, gathered while it was written to, is the home that replays the whole log. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { Home } from '../../src/replica/home.ts';
import type { Submission } from '../../src/replica/submission.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { describeWhole, liveRows, ModelHome, noonMs, type Terms } from '../support/model-home.ts';
import { type BatchSize, ModelReceiver } from '../support/model-receiver.ts';
import { modelSchema, transaction } from '../support/model-schema.ts';

/** Few are kept, so that rows of requests and windows of digests are used again within a run. */
const limits = { ...defaultLimits, requestsKeptMax: 2, writerDigestsMax: 4 };
const logId = Uint8Array.from({ length: 16 }, (_, at) => at);
const writers = ['ann', 'bob', 'svc'] as const;

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        writer: fc.constantFrom(...writers),
        request: fc.constantFrom('', 'r1', 'r2', 'r3'),
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
        base: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        nowMs: fc.constantFrom(noonMs, noonMs + 1),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ type: 'order' as const }) },
    { weight: 2, arbitrary: fc.constant({ type: 'durable' as const }) },
    { weight: 5, arbitrary: fc.constant({ type: 'gather' as const }) },
  ),
  { maxLength: 60, size: 'max' },
);

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;
type Write = Extract<Step, { type: 'write' }>;

/** A home whose newest commit may wait for the log while a snapshot is gathered. */
class WaitingHome extends ModelHome {
  readonly ordered: { transaction: Transaction; terms: Terms }[] = [];
  private pending = 0;

  next(step: Write): void {
    const { head } = this.state;
    const base = step.base === null ? undefined : Math.round(step.base * head);
    const changes = step.edits.map((edit) => changeOf(edit, { base }));
    const isService = step.writer === 'svc';
    const { counter } = this.home.settled(step.writer);
    const ordered = transaction(step.writer, counter + 1, changes);
    const request =
      isService && step.request !== '' ? { caller: 'c', id: step.request } : undefined;
    const terms = { nowMs: step.nowMs, knowsOwnWrites: !isService, numbered: isService, request };
    try {
      const { record } = this.order(ordered, terms);
      if (record !== undefined) this.pending++;
      this.ordered.push({ transaction: ordered, terms });
    } catch (error) {
      // The same id may come with other changes: then nothing is ordered.
      expect(error).toMatchObject({ reason: 'REQUEST_ID_REUSED' });
    }
  }

  settle(countMax = this.pending): void {
    for (let left = Math.min(countMax, this.pending); left > 0; left--) {
      this.home.durable();
      this.pending--;
    }
  }

  fresh(): Home {
    return new Home({ schema: modelSchema, limits, validate: () => undefined });
  }
}

function run(model: WaitingHome, all: readonly Step[], gather: () => void): void {
  for (const step of all) {
    if (step.type === 'gather') gather();
    else if (step.type === 'durable') model.settle(1);
    else if (step.type === 'write') {
      model.next(step);
      // Others wait until the next step says that they are durable.
      if (step.nowMs === noonMs) model.settle();
    }
  }
  model.settle();
}

function submissionOf(writer: string, counter: number, step: Write): Submission {
  const changes = step.edits.map((edit) => changeOf(edit));
  const ordered = transaction(writer, counter, changes);
  const prepared = prepareTransaction(modelSchema, limits, ordered, 'transaction');
  const may = () => true;
  return { prepared, knowsOwnWrites: true, mayRead: may, mayWrite: may };
}

/** What a home says to a submission: the answer, or the error. */
function answerOf(home: Home, submission: Submission) {
  try {
    return home.order(submission, noonMs + 2);
  } catch (error) {
    const { reason, message, metadata } = error as {
      reason: string;
      message: string;
      metadata: object;
    };
    return { reason, message, metadata };
  }
}

const patterns = [[''], ['site/*'], ['site/a', 'tag/x'], ['*'], ['$replica/bob', 'tag/*']];
const small: BatchSize = { rowsMax: 2, bytesMax: 500, visitsMax: 3 };

/** All deltas of a receiver that begins anew, and of one that was at some earlier point. */
function deltasOf(home: Home, receiver: ModelReceiver) {
  const batches = [];
  for (let proven: boolean | undefined; proven === undefined; ) {
    const batch = receiver.gather(home.state, small);
    batches.push(
      batch.deltas.map(({ scopes, ...rest }) => ({ ...rest, scopes: [...scopes].sort() })),
    );
    proven = receiver.store(batch);
    if (proven !== undefined) expect(proven).toBe(true);
  }
  return batches;
}

describe('a home from a snapshot and the log behind it', () => {
  test('[I3][I9] is in all that can be seen the home that replayed the whole log', () => {
    fc.assert(
      fc.property(
        steps,
        steps,
        steps,
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (before, during, after, counters, rowsMax) => {
          const model = new WaitingHome({ limits });
          run(model, before, () => {});
          const early = [...patterns, ...patterns].map((scopes) => new ModelReceiver(scopes));
          for (const receiver of early) receiver.pull(model.state);
          const begin = model.state.head;
          let end = begin;
          const blocks: Uint8Array[] = [];
          const gathering = model.home.gather(logId, rowsMax);
          const next = () => {
            const step = gathering.next();
            if (step.value && blocks.push(step.value)) end = model.state.head;
            return step.done;
          };
          next();
          run(model, during, next);
          while (next() !== true);
          run(model, after, () => {});

          const loaded = model.fresh();
          const load = loaded.load(logId);
          for (const block of blocks) load.add(block);
          loaded.loaded(load);
          expect(loaded.state.head).toBe(begin);
          expect(loaded.wholeAtSeq).toBe(end);
          for (const record of model.records.slice(begin)) loaded.replay(record);
          const replayed = model.fresh();
          for (const record of model.records) replayed.replay(record);

          expect(loaded.isWhole).toBe(true);
          expect(describeWhole(loaded.state)).toEqual(describeWhole(replayed.state));
          expect(liveRows(loaded.state)).toEqual(liveRows(replayed.state));
          expect(loaded.chainHash).toEqual(replayed.chainHash);
          for (const writer of writers) {
            expect(loaded.settled(writer)).toEqual(replayed.settled(writer));
          }
          // Receivers of all kinds: new ones, and those that were there when the snapshot began.
          for (const [index, scopes] of patterns.entries()) {
            const [one, other] = [new ModelReceiver(scopes), new ModelReceiver(scopes)];
            expect(deltasOf(loaded, one)).toEqual(deltasOf(replayed, other));
            const [early1, early2] = [early[index]!, early[index + patterns.length]!];
            expect(deltasOf(loaded, early1)).toEqual(deltasOf(replayed, early2));
          }
          // Retries, forks and what is new are answered alike, with the same bytes.
          for (const { transaction: again, terms } of model.ordered) {
            const may = () => true;
            const prepared = prepareTransaction(modelSchema, limits, again, 'transaction');
            const submission = {
              knowsOwnWrites: true,
              ...terms,
              prepared,
              mayRead: may,
              mayWrite: may,
            };
            expect(answerOf(loaded, submission)).toEqual(answerOf(replayed, submission));
          }
          const writes = [...before, ...during, ...after].filter(({ type }) => type === 'write');
          for (const [at, counter] of counters.entries()) {
            const write = writes[at % Math.max(1, writes.length)] as Write | undefined;
            if (write === undefined) break;
            for (const writer of ['ann', 'bob']) {
              const submission = submissionOf(writer, counter, write);
              expect(answerOf(loaded, submission)).toEqual(answerOf(replayed, submission));
            }
            for (const id of ['r1', 'r2', 'r3']) {
              const submission = {
                ...submissionOf('svc', 1, write),
                numbered: true,
                knowsOwnWrites: false,
                request: { caller: 'c', id },
              };
              expect(answerOf(loaded, submission)).toEqual(answerOf(replayed, submission));
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);
});
