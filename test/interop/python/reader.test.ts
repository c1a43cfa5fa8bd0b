/**
 * That docs/columns.md is enough: a reader that was written from it, with nothing but Python's standard library, reads all
 * vectors, and whatever is written today.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RecordSchema, ShapesSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { toHex } from '../../../src/base/bytes.ts';
import { SyncError } from '../../../src/base/errors.ts';
import { CommittedState } from '../../../src/change/committed-state.ts';
import { writeDeltas } from '../../../src/change/delta-block.ts';
import { DeltaPlans } from '../../../src/change/delta-plans.ts';
import { BlockReader } from '../../../src/codec/block-reader.ts';
import { type Level, Plan } from '../../../src/codec/plan.ts';
import { anyDelta } from '../../change/support/any-deltas.ts';
import { columns } from '../../codec/contract/columns.ts';
import { floats } from '../../codec/contract/float-contract.ts';
import { longs } from '../../codec/contract/long-contract.ts';
import { damage, damaged } from '../../codec/contract/trip.ts';
import { anyByteStrings } from '../../codec/support/any-byte-strings.ts';
import { anyTexts } from '../../codec/support/any-texts.ts';
import { framesOf } from '../../codec/support/block-trip.ts';
import { proseColumn } from '../../codec/support/prose.ts';
import { testSchema, testTable } from '../../support/schema-tables.ts';
import { rows } from '../../support/schema-values.ts';
import {
  floats as floatsOf,
  integers as integersOf,
  longs as longsOf,
} from '../../vectors/support/column-case.ts';
import { columnJson } from '../../vectors/support/column-json.ts';
import { type FlatColumn, readColumn, writeColumn } from '../../vectors/support/families.ts';
import { packedRowJson } from '../../vectors/support/row-json.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, 'check_vectors.py');
const folder = mkdtempSync(join(tmpdir(), 'syncdb-vectors-'));
const limits = { valuesMax: 1 << 23, bytesMax: 8 << 20 };

/** The lines that it prints. Python writes no files of its own. */
async function read(...args: string[]): Promise<string[]> {
  const { stdout } = await run('python3', ['-B', script, ...args], { maxBuffer: 64 << 20 }).catch(
    // It ends with 1 where anything is wrong, and has said what.
    (error: { stdout?: string; stderr?: string }) => {
      if (error.stdout) return { stdout: error.stdout };
      throw new Error(`python3 has ended: ${error.stderr}`);
    },
  );
  return stdout.trimEnd().split('\n');
}

beforeAll(async () => {
  const version = await run('python3', ['--version']).catch(() => undefined);
  if (version === undefined) throw new Error('these tests need Python 3.9 or later, as `python3`');
  mkdirSync(join(folder, 'columns-1'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const level = fc.constantFrom<Level>('fast', 'balanced', 'small');

/** Columns of one block. */
const block: fc.Arbitrary<readonly FlatColumn[]> = fc.oneof(
  columns.map(({ earlier, values }) => [...earlier, values].map((each) => integersOf(each))),
  longs.map((values) => [longsOf(values)]),
  floats.map((values) => [floatsOf(values)]),
  fc.oneof(anyTexts, proseColumn).map((values): FlatColumn[] => [{ kind: 'texts', values }]),
  anyByteStrings.map((values): FlatColumn[] => [{ kind: 'bytes', values }]),
);

const delta = fc.oneof(
  anyDelta(testTable('Shapes'), rows(testTable('Shapes'), ShapesSchema)),
  anyDelta(testTable('Record'), rows(testTable('Record'), RecordSchema)),
);

function put(name: string, vectors: readonly object[]): void {
  const named = vectors.map((vector, index) => ({ name: `number ${index}`, ...vector }));
  writeFileSync(join(folder, name), JSON.stringify({ vectors: named }));
}

function columnFrames(all: readonly FlatColumn[], how: Level): Uint8Array[] {
  return framesOf((out) => {
    for (const column of all) writeColumn(out, column, new Plan(how));
  });
}

/** What is read of columns like these; undefined where that is refused. */
function columnsIn(frames: readonly Uint8Array[], like: readonly FlatColumn[]) {
  try {
    const reader = new BlockReader(frames, limits.valuesMax);
    const all = like.map(({ kind, values }) => columnJson(readColumn(reader, kind, values.length)));
    reader.end();
    return all;
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}

describe('a reader in Python', () => {
  test('[P5] reads all vectors as they say, but for those that take zstd', async () => {
    const lines = await read();
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
    expect(lines).toHaveLength(11);
    const skipped = lines.filter((line) => !line.endsWith(' 0 skipped'));
    expect(skipped).toEqual(['ok columns-1/blocks.json 2 read, 2 skipped']);
  });

  test('[P5] reads any columns and rows that are written', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const some = fc.sample(fc.tuple(block, level), { numRuns: 300, seed });
    put(
      'columns-1/integers.json',
      some.map(([all, how]) => ({
        columns: all.map((column) => columnJson(column)),
        frames: columnFrames(all, how).map(toHex),
      })),
    );
    const nothingHeld = new CommittedState(testSchema, 'leaf');
    const deltas = fc.sample(fc.tuple(fc.array(delta, { maxLength: 8 }), level), {
      ...{ numRuns: 60, seed },
    });
    put(
      'columns-1/deltas.json',
      deltas.map(([all, how]) => ({
        rows: all.map(packedRowJson),
        frames: framesOf((out) => writeDeltas(out, all, nothingHeld, new DeltaPlans(how))).map(
          toHex,
        ),
      })),
    );
    expect(await read(folder), `with the seed ${seed}`).toEqual([
      'ok columns-1/integers.json 300 read, 0 skipped',
      'ok columns-1/deltas.json 60 read, 0 skipped',
    ]);
  });

  // The page leaves to a reader what numbers beyond 2^53 come to on the way, so these are the same each time.
  test('[P5] refuses what is refused here, and reads the same of damaged bytes that are not', async () => {
    const some = fc.sample(fc.tuple(block, level, damage), { numRuns: 1_000, seed: 1 });
    const whole: object[] = [];
    const refused: object[] = [];
    for (const [all, how, what] of some) {
      const frames = damaged(columnFrames(all, how), what);
      const found = columnsIn(frames, all);
      if (found !== undefined) whole.push({ columns: found, frames: frames.map(toHex) });
      else {
        const like = all.map(({ kind, values }) => ({ kind, count: values.length }));
        refused.push({ columns: like, frames: frames.map(toHex) });
      }
    }
    put('columns-1/integers.json', whole);
    put('columns-1/deltas.json', []);
    put('columns-1/refused.json', refused);
    expect(whole.length).toBeGreaterThan(50);
    expect(await read(folder)).toEqual([
      `ok columns-1/integers.json ${whole.length} read, 0 skipped`,
      'ok columns-1/deltas.json 0 read, 0 skipped',
      `ok columns-1/refused.json ${refused.length} read, 0 skipped`,
    ]);
  });
});
