import { zstdDecompressSync } from 'node:zlib';
import { readBatch, writeBatch } from '../../src/codec/batch.ts';
import { joinBlock, splitBlock } from '../../src/codec/block.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { ZstdFrames } from '../../src/wire/zstd-frames.ts';
import { columnsOf, emptyRows } from './column-values.ts';
import type { Field, Row } from './table.ts';

/** Rows of one batch. */
export const blockRowsMax = 65_536;

/** What a block of the benchmark may come to, in bytes and in values. */
const bytesMax = 2 ** 28;
const valuesMax = 2 ** 27;

const frames: Readonly<Record<Level, ZstdFrames>> = {
  fast: new ZstdFrames(1),
  balanced: new ZstdFrames(3),
  small: new ZstdFrames(19),
};

export const levels = Object.keys(frames) as readonly Level[];

/** Rows as column blocks. */
export interface BlockCodec {
  /** Encodes batches as a stream of them is: what was chosen for the first holds for the others as long as it fits. */
  encode(batches: readonly (readonly Row[])[], level: Level): Uint8Array[];
  decode(block: Uint8Array): Row[];
}

/** The codec of a table's rows. */
export function blockCodecOf(fields: readonly Field[]): BlockCodec {
  const columns = columnsOf(fields);
  const encodeOne = (rows: readonly Row[], plan: Plan) => {
    const out = new BlockWriter();
    writeBatch(out, { rowCount: rows.length, columns: columns.write(rows) }, plan);
    const raw = out.frames();
    const compressed = raw.map(({ bytes }) => frames[plan.level].frame(bytes));
    return joinBlock('zstd', raw, compressed);
  };
  return {
    encode: (batches, level) => {
      const plan = new Plan(level);
      return batches.map((rows) => encodeOne(rows, plan));
    },
    decode: (block) => {
      const stored = splitBlock(block, bytesMax).frames;
      const raw = stored.map(({ length, stored: bytes }) =>
        bytes.length === length ? bytes : zstdDecompressSync(bytes, { maxOutputLength: length }),
      );
      const reader = new BlockReader(raw, valuesMax);
      const batch = readBatch(reader, blockRowsMax);
      reader.end();
      const rows = emptyRows(batch.rowCount);
      columns.read(batch.columns, rows);
      return rows;
    },
  };
}
