/** The same for whole batches, blocks and the rows of Deltas. */
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { writeDeltas } from '../../src/change/delta-block.ts';
import { readDeltas } from '../../src/change/delta-block-reader.ts';
import { DeltaPlans } from '../../src/change/delta-plans.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { type Batch, readBatch, writeBatch } from '../../src/codec/batch.ts';
import { blockFormat } from '../../src/codec/block.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { decodePacked, encodePacked, type PackedRow } from '../../src/codec/packed.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { openBlock, sealBlock } from '../../src/wire/column-blocks.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { testSchema } from '../support/schema-tables.ts';
import { bytesOf, type FieldJson, fieldJson } from './support/column-json.ts';
import { deltaTables } from './support/delta-cases.ts';
import { type FamilyName, readColumn } from './support/families.ts';
import { packedRowJson, type RowJson, rowJson } from './support/row-json.ts';
import { schemaJson } from './support/schema-json.ts';
import { readVectorFile, vectorsOf } from './support/vector-file.ts';

interface Framed {
  readonly name: string;
  readonly frames: readonly string[];
}

interface BatchVector extends Framed {
  readonly rowCount: number;
  readonly columns: readonly FieldJson[];
}

interface DeltaVector extends Framed {
  readonly rows: readonly RowJson[];
}

interface BlockVector extends Framed {
  readonly block: string;
}

interface PackedVector {
  readonly name: string;
  readonly teamTables: readonly string[];
  readonly rows: readonly RowJson[];
  readonly hex: string;
}

interface RefusedVector {
  readonly name: string;
  readonly block?: string;
  readonly columns?: readonly { readonly kind: FamilyName; readonly count: number }[];
  readonly frames?: readonly string[];
}

const levels: readonly Level[] = ['fast', 'balanced', 'small'];
const limits = { valuesMax: 1 << 20, bytesMax: 1 << 20 };
const compressors = createCompressors();
const nothingHeld = new CommittedState(testSchema, 'leaf');

function framesOf(write: (out: BlockWriter) => void): Uint8Array[] {
  const out = new BlockWriter();
  write(out);
  return out.frames().map(({ bytes }) => bytes);
}

function batchOf(frames: readonly Uint8Array[]): Batch {
  const reader = new BlockReader(frames, limits.valuesMax);
  const batch = readBatch(reader, limits.valuesMax);
  reader.end();
  return batch;
}

const batchJson = ({ rowCount, columns }: Batch) => ({ rowCount, columns: columns.map(fieldJson) });

describe('[P5] the vectors of batches', () => {
  const vectors = vectorsOf<BatchVector>('columns-1/batches.json');

  test.each(vectors)('are read as they say: $name', ({ name: _, frames, ...expected }) => {
    const batch = batchOf(frames.map(bytesOf));
    expect(batchJson(batch)).toEqual(expected);
    for (const level of levels) {
      const again = framesOf((out) => writeBatch(out, batch, new Plan(level)));
      expect(batchJson(batchOf(again))).toEqual(expected);
    }
  });
});

/** As it is in JSON, which has one zero. */
const told = (rows: readonly RowDelta[]) => JSON.parse(JSON.stringify(rows.map(rowJson)));

describe('[P5] the vectors of Deltas', () => {
  const vectors = vectorsOf<DeltaVector>('columns-1/deltas.json');

  test.each(vectors)('are read as they say: $name', ({ rows, frames }) => {
    const read = readDeltas(frames.map(bytesOf), testSchema, limits);
    expect(told(read)).toEqual(rows);
    for (const level of levels) {
      const plans = new DeltaPlans(level);
      const again = framesOf((out) => writeDeltas(out, read, nothingHeld, plans));
      expect(told(readDeltas(again, testSchema, limits))).toEqual(rows);
    }
  });

  test('have the tables that they are of', () => {
    expect(readVectorFile('columns-1/schema.json')).toEqual(schemaJson(deltaTables));
  });
});

describe('[P5] the vectors of blocks', () => {
  const vectors = vectorsOf<BlockVector>('columns-1/blocks.json');

  test.each(vectors)('are opened as they say: $name', async ({ frames, block }) => {
    const opened = openBlock(bytesOf(block), compressors, limits.bytesMax);
    expect(opened).toEqual(frames.map(bytesOf));
    const raw = opened.map((bytes) => ({ bytes, numeric: false }));
    for (const compression of blockFormat.compressions) {
      const again = await sealBlock(raw, compression, 'balanced');
      expect(openBlock(again, compressors, limits.bytesMax)).toEqual(opened);
    }
  });

  test('have one of each compression', () => {
    const used = new Set(vectors.map(({ block }) => bytesOf(block)[2]));
    expect([...used].sort()).toEqual([...blockFormat.compressions.keys()]);
  });
});

describe('[P5] the vectors of packed batches', () => {
  const vectors = vectorsOf<PackedVector>('packed-2.json');

  test.each(vectors)('are read as they say: $name', ({ teamTables, rows, hex }) => {
    const read = decodePacked(bytesOf(hex), teamTables);
    expect(read.map(packedRowJson)).toEqual(rows);
    expect(decodePacked(encodePacked(read, undefined, teamTables), teamTables)).toEqual(read);
  });

  test('have rows of each kind', () => {
    const kinds = new Set(vectors.flatMap(({ rows }) => rows.map(({ kind }) => kind)));
    expect(kinds).toEqual(
      new Set<PackedRow['kind']>(['full', 'patch', 'deleted', 'evicted', 'own']),
    );
  });
});

describe('[P5] the vectors of what is refused', () => {
  const vectors = vectorsOf<RefusedVector>('columns-1/refused.json');

  test.each(vectors)('are refused: $name', ({ block, columns, frames }) => {
    const read = () => {
      if (block !== undefined) openBlock(bytesOf(block), compressors, limits.bytesMax);
      else if (columns !== undefined) readAll(frames!.map(bytesOf), columns);
      else readDeltas(frames!.map(bytesOf), testSchema, limits);
    };
    expect(read).toThrow(SyncError);
    expect(read).toThrow(
      expect.objectContaining({
        reason: expect.stringMatching(/^(MALFORMED_BYTES|BAD_COMPRESSION)$/),
      }),
    );
  });
});

function readAll(frames: readonly Uint8Array[], columns: NonNullable<RefusedVector['columns']>) {
  const reader = new BlockReader(frames, limits.valuesMax);
  for (const { kind, count } of columns) readColumn(reader, kind, count);
  reader.end();
}
