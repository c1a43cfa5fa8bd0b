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
