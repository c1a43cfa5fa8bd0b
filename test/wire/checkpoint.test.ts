import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Checkpoint as CheckpointMessage,
  Progress as ProgressMessage,
  WriterPosition,
} from '../../gen/ts/syncdb/v1/sync.ts';
import {
  checkpointFromWire,
  checkpointToWire,
  progressFromWire,
  progressToWire,
} from '../../src/wire/checkpoint.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { checkpoints, progresses } from './support/messages.ts';

const tooLarge = 2n ** 53n;

test('any checkpoint comes out as it went in', () => {
  fc.assert(
    fc.property(checkpoints, (checkpoint) => {
      const bytes = CheckpointMessage.encode(checkpointToWire(checkpoint)).finish();
      expect(checkpointFromWire(CheckpointMessage.decode(bytes), 'c')).toEqual(checkpoint);
    }),
  );
});

test('any progress comes out as it went in', () => {
  fc.assert(
    fc.property(progresses, (progress) => {
      const bytes = ProgressMessage.encode(progressToWire(progress)).finish();
      expect(progressFromWire(ProgressMessage.decode(bytes), 'p')).toEqual(progress);
    }),
  );
});

test('[I9] a chain of more commits than there are is refused', () => {
  const message = (chainChecks: number[]) => ({
    ...CheckpointMessage.create(),
    ...{ seq: 2n ** 40n + 2n, chainChecks },
  });
  expect(checkpointFromWire(message([7, 8]), 'c').chain).toEqual([7, 8]);
  expect(refusalOf(() => checkpointFromWire(message([7, 8, 9]), 'c'))).toEqual({
    reason: 'CHAIN_TOO_LONG',
    fields: ['c.chain_checks'],
  });
});

describe('numbers above 2^53 are refused by their path', () => {
  test.each([
    ['seq', { seq: tooLarge }],
    ['row_count', { rowCount: tooLarge }],
    ['settled[0].counter', { settled: [WriterPosition.fromPartial({ counter: tooLarge })] }],
    [
      'settled[0].carried_counter',
      { settled: [WriterPosition.fromPartial({ carriedCounter: tooLarge })] },
    ],
  ])('%s', (field, replaced) => {
    const message = { ...CheckpointMessage.create(), ...replaced };
    expect(refusalOf(() => checkpointFromWire(message, 'delta.checkpoint'))).toEqual({
      reason: 'NUMBER_TOO_LARGE',
      fields: [`delta.checkpoint.${field}`],
    });
  });

  test.each([
    ['rows_done', { rowsDone: tooLarge }],
    ['rows_left', { rowsLeft: tooLarge }],
  ])('%s', (field, replaced) => {
    const message = { ...ProgressMessage.create(), ...replaced };
    expect(refusalOf(() => progressFromWire(message, 'delta.progress')).fields).toEqual([
      `delta.progress.${field}`,
    ]);
  });
});
