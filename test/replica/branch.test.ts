import { expect, test } from 'vitest';
import { digestOf, type Transaction } from '../../src/change/transaction.ts';
import { isOtherBranch } from '../../src/replica/branch.ts';
import { itemTable, put, transaction } from '../support/model-schema.ts';

const first = transaction('ann', 1, [put(itemTable, 'i', {})]);
const other = transaction('ann', 1, [put(itemTable, 'j', {})]);
const settled = { counter: 1, digest: digestOf(first) };
const next = (previousDigest: Uint8Array): Transaction => ({
  ...transaction('ann', 2, [put(itemTable, 'k', {})]),
  previousDigest,
});
const none = new Uint8Array(0);

test.each<[string, boolean, Transaction | undefined, Transaction | undefined]>([
  ['nothing', false, undefined, first],
  ['what builds on the settled one', false, next(digestOf(first)), undefined],
  ['what builds on another', true, next(digestOf(other)), undefined],
  ['what names nothing, behind the settled one', false, next(none), first],
  ['what names nothing, behind another', true, next(none), other],
  ['what names nothing, and nothing was held before it', false, next(none), undefined],
  ['what is further on', false, { ...next(digestOf(other)), counter: 3 }, undefined],
])('[I3] %s: other branch is %s', (_, expected, queued, last) => {
  expect(isOtherBranch(settled, queued, last)).toBe(expected);
});
