import { describe, expect, it } from 'vitest';
import { createLogWitness } from '../../src/cli/log-witness.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';
import { spanAt } from './support/span-at.ts';

/** A home with five commits, and what its chain was at each. */
function makeHome(writer = 'ann') {
  const model = new ModelHome();
  for (let count = 0; count < 5; count++) model.write(writer, [put(itemTable, `${count}`, {})]);
  return model;
}

function opinions(model: ModelHome, spans: ReturnType<typeof spanAt>[], left: number[] = []) {
  const witness = createLogWitness(spans);
  for (const [index, bytes] of model.records.entries()) {
    if (!left.includes(index + 1)) witness.check(index + 1, bytes);
  }
  return spans.map((span) => witness.opinionOf(span));
}

describe('[I9] the records of a log', () => {
  const own = makeHome();
  const other = makeHome('bob');

  it('say of a snapshot by its chain whether it is of their history', () => {
    const spans = [spanAt(own, 3), spanAt(other, 3)];
    expect(opinions(own, spans)).toEqual([true, false]);
    // The next one tells as well.
    expect(opinions(own, spans, [3])).toEqual([true, false]);
    expect(opinions(own, spans, [3, 4])).toEqual([undefined, undefined]);
  });

  it('say that it is not where its seqs are of an epoch that they know nothing of, or know to be over', () => {
    const forked = makeHome();
    forked.records.push(forked.home.beginEpoch('lostEnd', forked.state.head, noonMs));
    forked.home.durable();
    forked.write('ann', [put(itemTable, 'new', {})]);
    const lost = { ...spanAt(own, 5), seq: 7, wholeAtSeq: 7 };
    const begun = { ...spanAt(own, 4), wholeAtSeq: 6 };
    expect(opinions(forked, [lost, begun, spanAt(own, 4)])).toEqual([false, false, true]);
    expect(opinions(own, [{ ...spanAt(own, 3), seq: 2 ** 40 + 3 }])).toEqual([false]);
  });

  it('tell the newest epoch and the last position that could be read, whatever is wrong with them', () => {
    const witness = createLogWitness([]);
    expect([witness.newestEpoch, witness.lastPosition]).toEqual([0, 0]);
    const record = own.home.beginEpoch('restored', own.state.head, noonMs, 7);
    expect(witness.check(9, record)).toContain('belongs elsewhere');
    expect(witness.check(10, new Uint8Array(3))).toBeDefined();
    expect([witness.newestEpoch, witness.lastPosition]).toEqual([7, 9]);
  });
});
