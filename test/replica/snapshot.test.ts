/** How a snapshot is cut into steps. That what it says is right is shown in snapshot-load and snapshot.property. */
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { Home } from '../../src/replica/home.ts';
import { BlockKind, BlockReader } from '../../src/replica/snapshot-block.ts';
import { describeWhole, ModelHome } from '../support/model-home.ts';
import { itemTable, modelSchema, noteTable, patch, put } from '../support/model-schema.ts';

const logId = new Uint8Array(16);

/** What each step gathered. */
function stepsOf(home: Home) {
  const reader = new BlockReader();
  return [...home.gather(logId)].map((block) => {
    if (block === undefined) return { kind: undefined, counts: [], bytes: 0 };
    const { kind, body } = reader.next(block);
    const counts = kind === BlockKind.rows ? [body.varint(), body.varint(), body.varint()] : [];
    return { kind, counts, bytes: block.length };
  });
}

function rowsOf(home: Home, table: number): number[][] {
  return stepsOf(home)
    .filter(({ kind, counts }) => kind === BlockKind.rows && counts[0] === table)
    .map(({ counts }) => counts.slice(1));
}

/** As many rows as asked for, in transactions of a thousand. */
function withNotes(count: number, text = ''): ModelHome {
  const model = new ModelHome();
  for (let first = 0; first < count; first += 1_000) {
    const keys = Array.from({ length: Math.min(1_000, count - first) }, (_, at) => first + at);
    model.write(
      'ann',
      keys.map((key) => put(noteTable, `n${key}`, { text })),
    );
  }
  return model;
}

describe('the steps of a snapshot', () => {
  test('of nothing are a header and a trailer', () => {
    const kinds = stepsOf(new ModelHome().home).map(({ kind }) => kind);
    expect(kinds).toEqual([BlockKind.header, undefined, BlockKind.trailer]);
  });

  test('have a thousand rows and some each', () => {
    const model = withNotes(2_049);
    expect(rowsOf(model.home, noteTable.index)).toEqual([
      [0, 1_024],
      [1_024, 1_024],
      [2_048, 1],
    ]);
  });

  test('have no further row once their texts are a megabyte', () => {
    const model = new ModelHome();
    for (let key = 0; key < 5; key++) {
      model.write('ann', [put(noteTable, `n${key}`, { text: `${key}`.repeat(500_000) })]);
    }
    expect(rowsOf(model.home, noteTable.index)).toEqual([
      [0, 3],
      [3, 2],
    ]);
    for (const { bytes } of stepsOf(model.home)) expect(bytes).toBeLessThan(2 << 20);
  });

  test('leave to the log what is inserted meanwhile, so that they come to an end', () => {
    const model = withNotes(1_025);
    const gathering = model.home.gather(logId);
    const blocks: Uint8Array[] = [];
    for (let key = 0; ; key++) {
      const step = gathering.next();
      if (step.done === true) break;
      if (step.value !== undefined) blocks.push(step.value);
      model.write('bob', [put(noteTable, `later${key}`, {}), put(itemTable, `later${key}`, {})]);
      model.write('bob', [patch(itemTable, `later${key}`, { site: 'b' })]);
    }
    const home = new Home({
      schema: modelSchema,
      limits: defaultLimits,
      validate: () => undefined,
    });
    const load = home.load(logId);
    for (const block of blocks) load.add(block);
    home.loaded(load);
    expect(home.state.table(noteTable).columns.slotEnd).toBe(1_025);
    for (const record of model.records.slice(home.state.head)) home.replay(record);
    expect(describeWhole(home.state)).toEqual(describeWhole(model.state));
  });
});
