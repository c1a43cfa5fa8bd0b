import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { writeDeltas } from '../../src/change/delta-block.ts';
import { type BlockLimits, readDeltas } from '../../src/change/delta-block-reader.ts';
import { DeltaPlans } from '../../src/change/delta-plans.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { testSchema, testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';
import { anyDelta } from './support/any-deltas.ts';

const limits = { valuesMax: 1 << 16, bytesMax: 1 << 16 };
const state = new CommittedState(testSchema, 'leaf');
const records = fc.array(anyDelta(testTable('Record'), rows(testTable('Record'), RecordSchema)), {
  minLength: 1,
  maxLength: 30,
});

function framesOf(deltas: readonly RowDelta[]): Uint8Array[] {
  const out = new BlockWriter();
  writeDeltas(out, deltas, state, new DeltaPlans('balanced'));
  return out.frames().map(({ bytes }) => bytes);
}

function refusal(frames: readonly Uint8Array[], given: BlockLimits = limits, schema = testSchema) {
  try {
    readDeltas(frames, schema, given);
  } catch (error) {
    if (error instanceof SyncError) return `${error.code} ${error.reason}: ${error.message}`;
    throw error;
  }
  return undefined;
}

const malformed = `${Code.dataLoss} MALFORMED_BYTES`;

function patchOf(number: number): RowDelta {
  return {
    ...{ kind: 'full', table: 'test.v1.Record', number, key: '', version: 1, stamp: 1 },
    ...{ writer: 'w', fields: [], scopes: ['s'], row: Uint8Array.of(0x0a, 1, 0x61) },
  };
}

describe('a damaged block', () => {
  test('[I9] is refused, or gives rows of its tables: cut anywhere, or with any bytes changed', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.boolean(),
        (deltas, changes, isCut) => {
          const frames = framesOf(deltas).map((frame) => frame.slice());
          for (const [frame, at, value] of changes) {
            const bytes = frames[frame % frames.length]!;
            if (bytes.length > 0) bytes[at % bytes.length] = value;
            if (isCut) frames[frame % frames.length] = bytes.subarray(0, at % (bytes.length + 1));
          }
          const refused = refusal(frames);
          expect(refused ?? malformed).toContain(malformed);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('is refused where it is of something else, or of tables that are not there', () => {
    const [head, ...others] = framesOf([patchOf(1)]) as [Uint8Array, ...Uint8Array[]];
    const odd = head.slice();
    odd[1] = 0x45;
    expect(refusal([odd, ...others])).toContain('it is none of a Delta');
    const other = createSchema(
      schemaSet({ T: { table: {}, fields: { 1: { name: 'id', type: 'string' } } } }),
    );
    expect(refusal([head, ...others], limits, other)).toContain('test.v1.Record is unknown');
  });

  test('is refused above its limits, and taken at them', () => {
    const frames = framesOf([patchOf(1), patchOf(2), patchOf(3)]);
    let valuesMax = 0;
    while (refusal(frames, { ...limits, valuesMax }) !== undefined) valuesMax++;
    expect(refusal(frames, { ...limits, valuesMax: valuesMax - 1 })).toContain('too many values');
    expect(refusal(frames, { ...limits, bytesMax: 3 })).toBeUndefined();
    expect(refusal(frames, { ...limits, bytesMax: 2 })).toContain(malformed);
  });
});
