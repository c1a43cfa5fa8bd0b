import { expect, test } from 'vitest';
import { chainOfRecord } from '../../src/change/commit-record.ts';
import { createRecordCheck } from '../../src/change/record-check.ts';
import { ModelHome, noonMs } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';

const model = new ModelHome();
for (const key of ['a', 'b', 'c', 'd']) model.write('ann', [put(itemTable, key, {})]);
model.records.push(model.home.beginEpoch('restored', 3, noonMs));
model.home.durable();
const { records } = model;

/** What is said of records at these positions, one after the other. */
function said(list: readonly (readonly [position: number, bytes: Uint8Array])[]) {
  const check = createRecordCheck();
  return list.map(([position, bytes]) => check(position, bytes));
}

const sound = records.map((bytes, index) => [index + 1, bytes] as const);

test('[I9] the records of a log are sound, over epochs too', () => {
  expect(said(sound)).toEqual(Array(5).fill(undefined));
});

test('[I9] behind a gap a record is taken at its word, and those behind it are not', () => {
  expect(said(sound.slice(2))).toEqual([undefined, undefined, undefined]);
  expect(said([sound[0]!, sound[2]!, sound[3]!])).toEqual([undefined, undefined, undefined]);
});

test('[I9] a record that another would have to stand before is found', () => {
  const other = new ModelHome();
  for (const key of ['x', 'y']) other.write('bob', [put(itemTable, key, {})]);
  expect(said([sound[0]!, [2, other.records[1]!]])).toEqual([
    undefined,
    'it does not follow the record before it',
  ]);
});

test('[I9] a record in another’s place, one that came before, and none at all are found', () => {
  expect(said([[2, records[0]!]])).toEqual(['it is commit 1, which belongs elsewhere']);
  expect(said([sound[1]!, sound[0]!])).toEqual([
    undefined,
    'it is commit 1, and the one before it is 2',
  ]);
  expect(said([[1, new Uint8Array(3)]])[0]).toMatch(/^commit record: /);
});

test('[I9] what stands before the first may be known from elsewhere', () => {
  const begin = { seq: 2, chain: chainOfRecord(records[1]!) };
  expect(createRecordCheck(begin)(3, records[2]!)).toBeUndefined();
  const wrong = { seq: 2, chain: chainOfRecord(records[0]!) };
  expect(createRecordCheck(wrong)(3, records[2]!)).toBe('it does not follow the record before it');
});
