import { expect, test } from 'vitest';
import { finish, oneStep } from '../../src/base/steps.ts';
import { chainStart } from '../../src/change/commit-record.ts';
import { chainCheck } from '../../src/replica/chain-checks.ts';
import { CommitChain } from '../../src/replica/commit-chain.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, put } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const model = new ModelHome();
for (const key of ['a', 'b', 'c']) model.write('ann', [put(itemTable, key, {})]);
const { records, commits } = model;

test('[I9] the log is followed record by record, and nothing else is', () => {
  const chain = new CommitChain(modelSchema, 10);
  expect(chain.durable).toEqual(chainStart);
  expect(records.map((record) => chain.replay(record).seq)).toEqual([1, 2, 3]);
  expect(chain.durable).toEqual(model.home.chainHash);
  const other = new CommitChain(modelSchema, 10);
  other.replay(records[0]!);
  expect(syncErrorOf(() => other.replay(records[2]!)).reason).toBe('MALFORMED_BYTES');
});

test('the same commits have the same records, whether they are pending or not', () => {
  const chain = new CommitChain(modelSchema, 10);
  expect(
    commits.map((commit) => finish(chain.append(commit, { ...oneStep, stepChangesMax: 1 }))),
  ).toEqual(records);
  expect(chain.durable).toEqual(chainStart);
  chain.fold();
  const first = new CommitChain(modelSchema, 10);
  first.replay(records[0]!);
  expect(chain.durable).toEqual(first.durable);
  expect(chain.checkAt(1)).toBe(chainCheck(first.durable));
  expect(chain.checkAt(3)).toBe(chainCheck(model.home.chainHash));
});

test('those that the log did not take are forgotten, and others follow in their place', () => {
  const chain = new CommitChain(modelSchema, 10);
  for (const commit of commits) finish(chain.append(commit, { ...oneStep, stepChangesMax: 2 }));
  chain.fold();
  chain.abandon(1);
  expect([chain.checkAt(1) === undefined, chain.checkAt(2)]).toEqual([false, undefined]);
  expect(finish(chain.append(commits[1]!, { ...oneStep, stepChangesMax: 1 }))).toEqual(records[1]);
});
