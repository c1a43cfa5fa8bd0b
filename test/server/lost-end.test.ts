import { describe, expect, it } from 'vitest';
import { LostEnd } from '../../src/server/lost-end.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';

function opened() {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i1', { site: 'a' })]);
  const { head } = model.state;
  const begun: number[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const lostEnd = new LostEnd(model.home, head, (forkedAt) => {
    begun.push(forkedAt);
    answers.push(Promise.withResolvers<void>());
    return answers.at(-1)!.promise;
  });
  return { model, head, begun, answers, lostEnd };
}

describe('a home that is shown a commit', () => {
  it('begins an epoch where that is behind what its log had when it was opened', () => {
    const { lostEnd, begun, head } = opened();
    expect(lostEnd.shown(head + 1)).toBe(true);
    expect(begun).toEqual([head]);
  });

  it('begins none where its log had that position', () => {
    const { lostEnd, begun, head } = opened();
    expect(lostEnd.shown(head)).toBe(false);
    expect(begun).toEqual([]);
  });

  it('begins one from where it was opened, also when it has gone on since', () => {
    const { lostEnd, begun, head, model } = opened();
    model.write('ann', [put(itemTable, 'i2', { site: 'a' })]);
    expect(lostEnd.shown(head + 1)).toBe(true);
    expect(begun).toEqual([head]);
  });

  it('begins one only, whoever else shows something', () => {
    const { lostEnd, begun, head } = opened();
    lostEnd.shown(head + 1);
    expect(lostEnd.shown(head + 2)).toBe(true);
    expect(begun).toEqual([head]);
  });

  it('tries again where that could not be made durable', async () => {
    const { lostEnd, begun, head, answers } = opened();
    lostEnd.shown(head + 1);
    answers[0]!.reject(new Error('the disk is full'));
    await new Promise((resolve) => setImmediate(resolve));
    lostEnd.shown(head + 1);
    expect(begun).toEqual([head, head]);
  });

  it('begins no second one after the first', () => {
    const { lostEnd, begun, head, model } = opened();
    lostEnd.shown(head + 1);
    model.home.beginEpoch('lostEnd', head, 0);
    model.home.durable();
    expect(lostEnd.shown(head + 5)).toBe(false);
    expect(begun).toEqual([head]);
  });
});
