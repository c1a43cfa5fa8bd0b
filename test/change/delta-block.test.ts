import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema, ShapesSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { TrackSchema } from '../../gen/es/test/v1/track_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { deltaBlockFormat, writeDeltas } from '../../src/change/delta-block.ts';
import { readDeltas } from '../../src/change/delta-block-reader.ts';
import { DeltaPlans } from '../../src/change/delta-plans.ts';
import { scanDeltas } from '../../src/change/delta-scan.ts';
import { scanStart } from '../../src/change/posting-list.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import type { Level } from '../../src/codec/plan.ts';
import { decodeRow } from '../../src/schema/row-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { teamCodecsOf } from '../../src/table/batch/team-codec.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { ModelHome } from '../support/model-home.ts';
import { testSchema, testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';
import { heights, polyline, trackTable } from '../table/batch/support/polyline.ts';
import { anyDelta } from './support/any-deltas.ts';
import { plainDeltas } from './support/plain-deltas.ts';

const limits = { valuesMax: 1 << 20, bytesMax: 1 << 20 };
const nothingHeld = new CommittedState(testSchema, 'leaf');
const shapes = anyDelta(testTable('Shapes'), rows(testTable('Shapes'), ShapesSchema));
const records = anyDelta(testTable('Record'), rows(testTable('Record'), RecordSchema));

function framesOf(deltas: readonly RowDelta[], state: CommittedState, plans: DeltaPlans) {
  const out = new BlockWriter();
  writeDeltas(out, deltas, state, plans);
  return out.frames().map(({ bytes }) => bytes);
}

describe('[P16] the rows of a block come out as they went in', () => {
  test.each<Level>(['fast', 'balanced', 'small'])('whatever they are, at level %s', (level) => {
    const plans = new DeltaPlans(level);
    fc.assert(
      fc.property(fc.array(fc.oneof(shapes, records), { maxLength: 8 }), (deltas) => {
        const frames = framesOf(deltas, nothingHeld, plans);
        const read = readDeltas(frames, testSchema, limits);
        expect(plainDeltas(read)).toEqual(deltas);
        for (const delta of read) expect(delta.cells?.()).toEqual(cellsOf(delta));
      }),
    );
  });

  test('those that stand in columns like those that were encoded', () => {
    const plans = new DeltaPlans('balanced');
    fc.assert(
      fc.property(
        fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 4 }), { maxLength: 20 }),
        fc.nat({ max: 5 }),
        (transactions, since) => {
          const home = new ModelHome();
          for (const edits of transactions) {
            home.write(
              'ann',
              edits.map((edit) => changeOf(edit)),
            );
          }
          const { state } = home;
          const scopes = new Set(Array.from({ length: state.scopes.size }, (_, scope) => scope));
          const { deltas } = scanDeltas(state, {
            ...{ scopes, held: scopes, ofTable: () => true },
            ...{ since, first: since, at: scanStart, upto: state.head },
            ...{ rowsMax: 100, bytesMax: 1 << 20, visitsMax: 1_000 },
          });
          const told = deltas.map(({ slot: _, ...delta }) => ({ ...delta, key: '' }));
          const bySlots = framesOf(deltas, state, plans);
          expect(plainDeltas(readDeltas(bySlots, state.schema, limits))).toEqual(told);
          const byBytes = framesOf(told, state, plans);
          expect(plainDeltas(readDeltas(byBytes, state.schema, limits))).toEqual(told);
        },
      ),
    );
  });
});

/** The cells that the bytes of a row tell; undefined where it has none. */
function cellsOf({ kind, table, row }: RowDelta): Cell[] | undefined {
  if (kind !== 'full' && kind !== 'patch') return undefined;
  return decodeRow(testSchema.tableByName.get(table)!, row, 0, row.length, defaultLimits).cells;
}

test('a block has no more rows than a batch may have', () => {
  const row: RowDelta = {
    ...{ kind: 'evicted', table: testTable('Record').name, number: 1, key: '', version: 1 },
    ...{ stamp: 0, writer: '', fields: [], scopes: [], row: new Uint8Array(0) },
  };
  const most = new Array<RowDelta>(deltaBlockFormat.rowsMax).fill(row);
  const plans = new DeltaPlans('fast');
  const frames = framesOf(most, nothingHeld, plans);
  expect(readDeltas(frames, testSchema, limits)).toHaveLength(most.length);
  expect(() => framesOf([...most, row], nothingHeld, plans)).toThrow('too many rows');
});

test('[P16] columns whose codec both have come out of a block as they went in, of rows and of patches', () => {
  const codecs = teamCodecsOf([polyline, heights]);
  const schema = createSchema([TrackSchema]);
  const tracks = anyDelta(trackTable, rows(trackTable, TrackSchema));
  const state = new CommittedState(schema, 'leaf');
  const plans = new DeltaPlans('fast');
  fc.assert(
    fc.property(fc.array(tracks, { maxLength: 12 }), (deltas) => {
      const out = new BlockWriter();
      writeDeltas(out, deltas, state, plans, codecs);
      const frames = out.frames().map(({ bytes }) => bytes);
      expect(plainDeltas(readDeltas(frames, schema, limits, codecs))).toEqual(deltas);
    }),
  );
});
