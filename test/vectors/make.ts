/** Adds the test vectors that are not there yet: `node test/vectors/make.ts`, then `npm run format`. None is ever changed. */
import { zstdCompressSync } from 'node:zlib';
import { toHex } from '../../src/base/bytes.ts';
import { CommittedState } from '../../src/change/committed-state.ts';
import { writeDeltas } from '../../src/change/delta-block.ts';
import { DeltaPlans } from '../../src/change/delta-plans.ts';
import { writeBatch } from '../../src/codec/batch.ts';
import { blockFormat, joinBlock } from '../../src/codec/block.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { encodePacked } from '../../src/codec/packed.ts';
import { Plan } from '../../src/codec/plan.ts';
import { sealBlock } from '../../src/wire/column-blocks.ts';
import { testSchema } from '../support/schema-tables.ts';
import { batchCases } from './support/batch-cases.ts';
import { byteCases } from './support/byte-cases.ts';
import { type ColumnCase, framesOfCase } from './support/column-case.ts';
import { columnJson, fieldJson } from './support/column-json.ts';
import { deltaCases, deltaTables } from './support/delta-cases.ts';
import { floatCases } from './support/float-cases.ts';
import { integerCases } from './support/integer-cases.ts';
import { longCases } from './support/long-cases.ts';
import { packedCases } from './support/packed-cases.ts';
import { refusedCases } from './support/refused-cases.ts';
import { packedRowJson, rowJson } from './support/row-json.ts';
import { schemaJson } from './support/schema-json.ts';
import { textCases } from './support/text-cases.ts';
import { addVectors, writeVectorFile } from './support/vector-file.ts';

const families: Readonly<Record<string, readonly ColumnCase[]>> = {
  integers: integerCases,
  longs: longCases,
  floats: floatCases,
  texts: textCases,
  bytes: byteCases,
};

for (const [family, cases] of Object.entries(families)) {
  addVectors(
    `columns-1/${family}.json`,
    {
      format: `column block, version 1: ${family}`,
      note: 'Columns that stand one after the other in the frames of a block, and nothing else.',
    },
    cases.map((each) => ({
      name: each.name,
      columns: each.columns.map(({ column, codec }) => ({ codec, ...columnJson(column) })),
      frames: framesOfCase(each).map(toHex),
    })),
  );
}

addVectors(
  'columns-1/batches.json',
  {
    format: 'column block, version 1: batches',
    note: 'A batch of columns in the frames of a block, and nothing else.',
  },
  batchCases.map(({ name, batch }) => ({
    name,
    rowCount: batch.rowCount,
    columns: batch.columns.map(fieldJson),
    frames: framesOf((out) => writeBatch(out, batch, new Plan('balanced'))),
  })),
);

const nothingHeld = new CommittedState(testSchema, 'leaf');

addVectors(
  'columns-1/deltas.json',
  {
    format: 'column block, version 1: rows of Deltas',
    note: 'Tables of proto/test/v1/shapes.proto. A row is its message in protobuf, and in its JSON for people.',
  },
  deltaCases.map(({ name, rows }) => ({
    name,
    rows: rows.map(rowJson),
    frames: framesOf((out) => writeDeltas(out, rows, nothingHeld, new DeltaPlans('balanced'))),
  })),
);
writeVectorFile('columns-1/schema.json', schemaJson(deltaTables));

const sealed = deltaCases.find(({ name }) => name === 'full rows of a table of scalars')!;
const out = new BlockWriter();
writeDeltas(out, sealed.rows, nothingHeld, new DeltaPlans('balanced'));
const frames = out.frames().map(({ bytes }) => toHex(bytes));
const blocks = blockFormat.compressions.map(async (compression) => ({
  name: compression as string,
  frames,
  block: toHex(await sealBlock(out.frames(), compression, 'balanced')),
}));
// Node writes such an empty frame behind one that fills its last buffer.
const withEmpty = out
  .frames()
  .map(({ bytes }) => Buffer.concat([zstdCompressSync(bytes), zstdCompressSync(Buffer.alloc(0))]));
const doubled = { name: 'zstd, with empty frames behind', frames };

addVectors(
  'columns-1/blocks.json',
  {
    format: 'column block, version 1',
    note: `Whole blocks, each with its frames: those of ${sealed.name} in deltas.json.`,
  },
  [
    ...(await Promise.all(blocks)),
    { ...doubled, block: toHex(joinBlock('zstd', out.frames(), withEmpty)) },
  ],
);

addVectors(
  'columns-1/refused.json',
  {
    format: 'column block, version 1: refused',
    note: 'What has to be refused: blocks; columns of so many values in the frames of a block; frames of the rows of a Delta.',
  },
  refusedCases.map((refused) =>
    'block' in refused
      ? { ...refused, block: toHex(refused.block) }
      : { ...refused, frames: refused.frames.map(toHex) },
  ),
);

addVectors(
  'packed-2.json',
  {
    format: 'packed batch, version 2',
    note: 'Keys are not part of the batch. Rows are in hexadecimal. `teamTables` are known to both sides.',
  },
  packedCases.map(({ name, teamTables, rows }) => ({
    name,
    teamTables,
    rows: rows.map(packedRowJson),
    hex: toHex(encodePacked(rows, undefined, teamTables)),
  })),
);

function framesOf(write: (out: BlockWriter) => void): string[] {
  const writer = new BlockWriter();
  write(writer);
  return writer.frames().map(({ bytes }) => toHex(bytes));
}
