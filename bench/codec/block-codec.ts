import { readBatch, writeBatch } from '../../src/codec/batch.ts';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { openBlock, sealBlock } from '../../src/wire/column-blocks.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { columnsOf, emptyRows } from './column-values.ts';
import type { Field, Row } from './table.ts';

/** Rows of one batch. */
export const blockRowsMax = 65_536;

/** What a block of the benchmark may come to, in bytes and in values. */
const bytesMax = 2 ** 28;
const valuesMax = 2 ** 27;

export const levels: readonly Level[] = ['fast', 'balanced', 'small'];

const compressors = createCompressors();

/** Rows as column blocks. */
export interface BlockCodec {
  /** Encodes batches as a stream of them is: what was chosen for the first holds for the others as long as it fits. */
  encode(batches: readonly (readonly Row[])[], level: Level): Promise<Uint8Array[]>;
  decode(block: Uint8Array): Row[];
}

/** The codec of a table's rows. */
export function blockCodecOf(fields: readonly Field[]): BlockCodec {
  const columns = columnsOf(fields);
  return {
    encode: async (batches, level) => {
      const plan = new Plan(level);
      const blocks: Uint8Array[] = [];
      for (const rows of batches) {
        const out = new BlockWriter();
        writeBatch(out, { rowCount: rows.length, columns: columns.write(rows) }, plan);
        blocks.push(await sealBlock(out.frames(), 'zstd', level));
      }
      return blocks;
    },
    decode: (block) => {
      const reader = new BlockReader(openBlock(block, compressors, bytesMax), valuesMax);
      const batch = readBatch(reader, blockRowsMax);
      reader.end();
      const rows = emptyRows(batch.rowCount);
      columns.read(batch.columns, rows);
      return rows;
    },
  };
}
