import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { TrackSchema } from '../../gen/es/test/v1/track_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { LevelPlans } from '../../src/change/delta-plans.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { CatchUp } from '../../src/session/catch-up.ts';
import type { RowsForm } from '../../src/session/chosen-form.ts';
import { groupAt } from '../../src/session/cursor.ts';
import { SharedBlock, SharedBlocks } from '../../src/session/shared-blocks.ts';
import { type TeamCodecs, teamCodecsOf } from '../../src/table/batch/team-codec.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { columnRowsMin, DeltaEncoder } from '../../src/wire/delta-encoder.ts';
import { rowsFromWire } from '../../src/wire/delta-rows.ts';
import { anyDelta } from '../change/support/any-deltas.ts';
import { plainDeltas } from '../change/support/plain-deltas.ts';
import { TestHome } from '../session/support/hosts.ts';
import { testSchema, testTable } from '../support/schema-tables.ts';
import { rows } from '../support/schema-values.ts';
import { deleteEdit, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';
import { heights, lineOf, polyline } from '../table/batch/support/polyline.ts';

const compressors = createCompressors();
const state = new CommittedState(testSchema, 'leaf');
const source = { state, plans: new LevelPlans(), blocks: new SharedBlocks(1 << 20) };
const reading = { schema: testSchema, compressors, limits: defaultLimits };
const record = anyDelta(testTable('Record'), rows(testTable('Record'), RecordSchema));

function encoder(form: Partial<RowsForm>, rowsMin?: number): DeltaEncoder {
  const all: RowsForm = { encoding: 'columns', compression: 'zstd', level: 'balanced', ...form };
  return new DeltaEncoder(all, compressors, source, { ...(rowsMin && { rowsMin }) });
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

describe('a block', () => {
  const columns: RowsForm = { encoding: 'columns', compression: 'none', level: 'balanced' };
  const many = fc.sample(record, { numRuns: 400, seed: 7 });

  test('lets others have their turns while it is written', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    // Of so many rows that it takes some turns on any machine.
    const deltas = Array.from({ length: 40 }, () => many).flat();
    const wire = await new DeltaEncoder(columns, [], source).rows({ deltas });
    isDone = true;
    expect(turns).toBeGreaterThan(1);
    expect(rowsFromWire(wire, reading, 'delta')).toHaveLength(deltas.length);
  });

  test('is of the rows as they were when it was asked for, whatever is written meanwhile', async () => {
    const home = new TestHome();
    const rows = Array.from({ length: 30 }, (_, row) =>
      putEdit(taskTable, `t${row}`, { site: 'a' }),
    );
    home.write('d', ...rows);
    const groups = [groupAt(0, ['site/a'], [])];
    const catchUp = new CatchUp(
      home.source,
      { scopes: ['site/a'], tables: [] },
      { groups, check: 0, progress: undefined },
    );
    const asked = new DeltaEncoder(columns, [], home.source).rows(catchUp.next()!);
    home.write('d', patchEdit(taskTable, 't3', { title: 'later' }));
    home.write('d', deleteEdit(taskTable, 't4'));
    const { schema } = home.source;
    const read = rowsFromWire(await asked, { ...reading, schema }, 'delta');
    expect(read).toHaveLength(30);
    expect(read.map(({ kind, version }) => `${kind} ${version}`)).toEqual(rows.map(() => 'full 1'));
  });

  test('that others are sent is encoded once, and is not kept where it cannot be', async () => {
    const home = new TestHome();
    home.write('d', ...many.map((_, row) => putEdit(taskTable, `t${row}`, { site: 'a' })));
    const { state, blocks } = home.source;
    const groups = [groupAt(0, ['site/a'], [])];
    const { deltas } = new CatchUp(
      home.source,
      { scopes: ['site/a'], tables: [] },
      { groups, check: 0, progress: undefined },
    ).next()!;
    const place = { seq: 0, table: 0, number: 0 };
    const block = new SharedBlock({ start: place, end: place }, deltas, 1, state);
    blocks.add('name', block, state);
    const before = blocks.bytes;
    const one = new DeltaEncoder(columns, [], home.source);
    const first = await one.rows({ deltas, block });
    expect(await one.rows({ deltas: [], block })).toBe(first);
    expect(blocks.bytes).toBe(before + first.columns.length);
    const broken = new SharedBlock({ start: place, end: place }, deltas, 1, state);
    blocks.add('name', broken, state);
    const unknown = deltas.map((delta) => ({ ...delta, fields: [99], kind: 'patch' as const }));
    const kept = blocks.bytes;
    await expect(async () => one.rows({ deltas: unknown, block: broken })).rejects.toThrow();
    expect(blocks.bytes).toBeLessThan(kept);
    await expect(async () => one.rows({ deltas: [], block: broken })).rejects.toThrow(
      'a block was kept that nobody has encoded',
    );
  });
});

describe('columns whose codecs are the team’s own', () => {
  const schema = createSchema([TrackSchema]);
  const codecs = teamCodecsOf([polyline, heights]);
  const columns: RowsForm = { encoding: 'columns', compression: 'zstd', level: 'balanced' };
  const tracks = {
    ...{ state: new CommittedState(schema, 'leaf'), plans: new LevelPlans() },
    blocks: new SharedBlocks(1 << 20),
  };
  const deltas = Array.from({ length: columnRowsMin }, (_, number): RowDelta => {
    const track = create(TrackSchema, { id: `t${number}`, line: lineOf(number, 7 * number) });
    const known = { key: '', version: number, stamp: 1, writer: 'w', fields: [], scopes: ['s'] };
    const row = toBinary(TrackSchema, track);
    return { kind: 'full', table: TrackSchema.typeName, number, ...known, row };
  });
  const rowsTo = (teamCodecs?: readonly string[]) => {
    const form = { ...columns, ...(teamCodecs && { teamCodecs }) };
    return new DeltaEncoder(form, compressors, tracks, { codecs }).rows({ deltas });
  };
  const read = (wire: Awaited<ReturnType<typeof rowsTo>>, teamCodecs?: TeamCodecs) =>
    plainDeltas(rowsFromWire(wire, { ...reading, schema, teamCodecs }, 'delta'));

  test('[P16][P22] are sent only to who said that it has them, and made once for these', async () => {
    const coded = await rowsTo([polyline.name]);
    const plain = await rowsTo();
    expect(read(coded, codecs)).toEqual(deltas);
    expect(read(plain)).toEqual(deltas);
    expect(() => read(coded)).toThrow('line: its codec was not agreed on');
    expect(() => read(coded, teamCodecsOf([heights]))).toThrow('was not agreed on');
    expect(await rowsTo([polyline.name])).toBe(coded);
    expect(await rowsTo([heights.name])).not.toBe(coded);
    expect(read(await rowsTo([heights.name, 'acme.other']))).toEqual(deltas);
  });
});
