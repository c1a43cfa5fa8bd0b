import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { LevelPlans } from '../../src/change/delta-plans.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import type { RowsForm } from '../../src/session/chosen-form.ts';
import { SharedBlocks } from '../../src/session/shared-blocks.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { columnRowsMin, DeltaEncoder } from '../../src/wire/delta-encoder.ts';
import { rowsFromWire } from '../../src/wire/delta-rows.ts';
import { anyDelta } from '../change/support/any-deltas.ts';
import { plainDeltas } from '../change/support/plain-deltas.ts';
import { testSchema, testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';

const compressors = createCompressors();
const state = new CommittedState(testSchema, 'leaf');
const source = { state, plans: new LevelPlans(), blocks: new SharedBlocks(1 << 20) };
const reading = { schema: testSchema, compressors, limits: defaultLimits };
const record = anyDelta(testTable('Record'), rows(testTable('Record'), RecordSchema));

function encoder(form: Partial<RowsForm>, rowsMin?: number): DeltaEncoder {
  const all: RowsForm = { encoding: 'columns', compression: 'zstd', level: 'balanced', ...form };
  return new DeltaEncoder(all, compressors, source, rowsMin);
}

describe('[P16][P22] any rows come out as they went in', () => {
  test.each<RowsForm>(
    (['none', 'zstd', 'deflate'] as const).flatMap((compression) =>
      (['fast', 'balanced', 'small'] as const).map((level) => {
        return { encoding: 'columns', compression, level };
      }),
    ),
  )('as %o', async (form) => {
    const encoding = encoder(form, 1);
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (deltas) => {
        const wire = await encoding.rows({ deltas });
        expect(wire.columns.length).toBeGreaterThan(0);
        expect(plainDeltas(rowsFromWire(wire, reading, 'delta'))).toEqual(deltas);
      }),
      { numRuns: 30 },
    );
  });
});

describe('who asks for columns', () => {
  const rowOf = (number: number): RowDelta => {
    return {
      ...{ kind: 'full', table: 'test.v1.Record', number, key: '', version: number, stamp: 1 },
      ...{ writer: 'w', fields: [], scopes: ['s'], row: Uint8Array.of(0x0a, 1, 0x61) },
    };
  };
  const many = Array.from({ length: columnRowsMin }, (_, number) => rowOf(number));

  test('gets few rows packed, and many by columns', async () => {
    const few = await encoder({}).rows({ deltas: many.slice(1) });
    expect([few.packed.length > 0, few.columns.length]).toEqual([true, 0]);
    const block = await encoder({}).rows({ deltas: many });
    expect([block.packed.length, block.columns.length > 0]).toEqual([0, true]);
  });

  test('gets an empty Delta where there is nothing', async () => {
    expect(await encoder({}).rows({ deltas: [] })).toMatchObject({ changes: [], packedBytes: 0 });
  });

  test('is not sent a block in a compression that was not agreed on', async () => {
    const wire = await encoder({ compression: 'none' }).rows({ deltas: many });
    expect(plainDeltas(rowsFromWire(wire, { ...reading, compressors: [] }, 'delta'))).toEqual(many);
  });
});

test('others are sent what they asked for', async () => {
  const delta = fc.sample(record, 30).filter(({ kind }) => kind !== 'own');
  expect(
    (await encoder({ encoding: 'packed' }).rows({ deltas: delta })).packed.length,
  ).toBeGreaterThan(0);
});
