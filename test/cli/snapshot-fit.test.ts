import { describe, expect, it } from 'vitest';
import { createLogWitness } from '../../src/cli/log-witness.ts';
import { judgePair } from '../../src/cli/snapshot-fit.ts';
import type { LogReport } from '../../src/log/verify-log.ts';
import type { SnapshotSpan } from '../../src/replica/snapshot-span.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';
import { ownLogId, spanAt } from './support/span-at.ts';

const model = new ModelHome();
for (let count = 0; count < 20; count++) model.write('ann', [put(itemTable, `${count}`, {})]);
const otherId = new Uint8Array(16).fill(2);

interface Log {
  readonly after?: number;
  readonly upto?: number;
  /** First and last of positions that cannot be read. */
  readonly damaged?: readonly [number, number][];
  readonly epoch?: number;
  readonly metaLost?: boolean;
}

function judge({ after = 0, upto = 20, damaged = [], ...log }: Log, ...spans: SnapshotSpan[]) {
  const witness = createLogWitness(spans);
  let goodRecords = 0;
  for (let position = after + 1; position <= upto; position++) {
    if (damaged.some(([first, last]) => first <= position && position <= last)) continue;
    witness.check(position, model.records[position - 1]!);
    goodRecords++;
  }
  const findings = damaged.map(([first, last]) => ({
    ...{ part: 'records' as const, first, last, problem: 'it is missing' },
  }));
  const { epoch = 0, metaLost = false } = log;
  const meta = { id: ownLogId, createdMs: 0, head: upto, trimmed: after, epoch };
  const report: LogReport = {
    ...{ path: 'log', formatVersion: 2, goodBytes: 0, after, upto, goodRecords, findings },
    meta: metaLost ? undefined : meta,
  };
  return judgePair({ report, witness, spans });
}

const basesOf = (...input: Parameters<typeof judge>) =>
  judge(...input).bases.map(({ span, trimmed, head }) => [span?.seq, trimmed, head]);
const reasonsOf = (...input: Parameters<typeof judge>) =>
  judge(...input).misfits.map(({ why, showsLoss }) => [why, showsLoss]);

describe('[I9] a database is made of', () => {
  it('a sound log, and any of its snapshots', () => {
    expect(basesOf({})).toEqual([[undefined, 0, 20]]);
    expect(basesOf({ after: 10 }, spanAt(model, 15, 16), spanAt(model, 10))).toEqual([
      [15, 10, 20],
      [10, 10, 20],
    ]);
    expect(judge({}, spanAt(model, 15))).toMatchObject({ lostEnd: false, misfits: [] });
  });

  it('the records before the damage, or a snapshot and those behind it: what reaches furthest', () => {
    expect(basesOf({ damaged: [[5, 6]] })).toEqual([[undefined, 0, 4]]);
    expect(basesOf({ damaged: [[5, 6]] }, spanAt(model, 12), spanAt(model, 3))).toEqual([
      [12, 6, 20],
      [3, 0, 4],
      [undefined, 0, 4],
    ]);
  });

  it('a snapshot in the middle of the damage, where it needs no record', () => {
    const damaged: [number, number][] = [[5, 12]];
    expect(basesOf({ damaged, after: 2 }, spanAt(model, 8))).toEqual([[8, 8, 8]]);
    expect(basesOf({ damaged, after: 2 }, spanAt(model, 8, 9))).toEqual([]);
    expect(reasonsOf({ damaged, after: 2 }, spanAt(model, 8, 9))).toEqual([
      ['it needs the records up to 9, and the log has them up to 8', false],
    ]);
  });

  it('a snapshot behind the end of a log that has lost it', () => {
    const judged = judge({ upto: 10 }, spanAt(model, 15));
    expect(judged).toMatchObject({ bases: [{ trimmed: 15, head: 15 }, {}], lostEnd: true });
    const fuzzy = judge({ upto: 10 }, spanAt(model, 15, 16));
    expect(fuzzy).toMatchObject({ bases: [{ span: undefined, head: 10 }], lostEnd: true });
    expect(fuzzy.misfits).toMatchObject([
      {
        ...{ showsLoss: true, isOfLost: true },
        why: 'it needs the records up to 16, and the log ends at 10',
      },
    ]);
    expect([judged.knownUpto, fuzzy.knownUpto]).toEqual([0, 16]);
  });

  it('without a snapshot that has nothing which is not in the rest, if it cannot be used', () => {
    const { bases, misfits } = judge({ damaged: [[9, 9]] }, spanAt(model, 12), spanAt(model, 8, 9));
    expect(bases[0]).toMatchObject({ head: 20 });
    expect(misfits).toMatchObject([{ isOfLost: false }]);
    expect(judge({ damaged: [[9, 9]] }, spanAt(model, 8, 9)).misfits).toMatchObject([
      { isOfLost: true, showsLoss: false },
    ]);
  });

  it('nothing, where the log has no beginning and no snapshot has it', () => {
    expect(basesOf({ after: 10 })).toEqual([]);
    expect(basesOf({ after: 10 }, spanAt(model, 9))).toEqual([]);
    expect(basesOf({ metaLost: true, upto: 0 })).toEqual([]);
  });
});

describe('[I9] no database is made of', () => {
  it.each<[string, Log, SnapshotSpan, string, boolean]>([
    [
      'a snapshot of another log',
      {},
      { ...spanAt(model, 8), logId: otherId },
      'another log',
      false,
    ],
    [
      'one of another history',
      {},
      { ...spanAt(model, 8), chain: new Uint8Array(16) },
      'another history',
      true,
    ],
    [
      'one that has what the log lost before this epoch',
      { upto: 10, epoch: 1 },
      spanAt(model, 15),
      'another history',
      true,
    ],
    ['one that begins before the log', { after: 10 }, spanAt(model, 8), 'begins behind it', false],
  ])('%s', (_, log, span, why, isOfLost) => {
    const { misfits, bases, lostEnd } = judge(log, span);
    const says = { why: expect.stringContaining(why), showsLoss: false, isOfLost };
    expect(misfits).toMatchObject([says]);
    expect(bases.filter((basis) => basis.span !== undefined)).toEqual([]);
    expect(lostEnd).toBe(false);
  });
});

describe('[I9] where a log cannot read its id', () => {
  const metaLost = true;

  it('it is that of its snapshots, if all agree and one is of its history', () => {
    const spans = [spanAt(model, 15), spanAt(model, 12)];
    expect(judge({ metaLost, after: 10 }, ...spans)).toMatchObject({
      id: ownLogId,
      bases: [{}, {}],
    });
    const other = { ...spanAt(model, 12), logId: otherId };
    expect(judge({ metaLost, after: 10 }, spans[0]!, other)).toMatchObject({ id: undefined });
    const foreign = { ...spanAt(model, 15), chain: new Uint8Array(16) };
    expect(judge({ metaLost, after: 10 }, foreign)).toMatchObject({ id: undefined, bases: [] });
    expect(judge({ metaLost })).toMatchObject({ id: undefined, bases: [{ head: 20 }] });
  });

  it('it is also where nothing is left but a snapshot', () => {
    expect(judge({ metaLost, upto: 0 }, spanAt(model, 15))).toMatchObject({
      ...{ id: ownLogId, bases: [{ trimmed: 15, head: 15 }], lostEnd: true },
    });
  });
});

describe('[I2] the next epoch', () => {
  it('is above those of the log, of its records and of its snapshots', () => {
    expect(judge({}).nextEpoch).toBe(1);
    expect(judge({ epoch: 3 }).nextEpoch).toBe(4);
    const lost = { ...spanAt(model, 15), seq: 5 * 2 ** 40 + 15, wholeAtSeq: 5 * 2 ** 40 + 15 };
    expect(judge({ epoch: 3 }, lost).nextEpoch).toBe(6);
    expect(judge({ epoch: 3 }, { ...lost, logId: otherId }).nextEpoch).toBe(4);
  });

  it('leaves one out where the end, which may have begun it, cannot be read', () => {
    expect(judge({ damaged: [[20, 20]] }).nextEpoch).toBe(2);
    expect(judge({ damaged: [[19, 19]] }).nextEpoch).toBe(1);
    expect(judge({ after: 20 }).nextEpoch).toBe(1);
  });
});
