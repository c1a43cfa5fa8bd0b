/** Blocks of many kinds, and what reads them. */
import fc from 'fast-check';
import { columnsOf } from '../../../bench/codec/column-values.ts';
import { inspections } from '../../../bench/codec/generated/inspections.ts';
import { messages } from '../../../bench/codec/generated/messages.ts';
import { orders } from '../../../bench/codec/generated/orders.ts';
import { readings } from '../../../bench/codec/generated/readings.ts';
import { tracks } from '../../../bench/codec/generated/tracks.ts';
import { users } from '../../../bench/codec/generated/users.ts';
import type { Table } from '../../../bench/codec/table.ts';
import { RecordSchema } from '../../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { CommittedState } from '../../../src/change/committed-state.ts';
import { writeDeltas } from '../../../src/change/delta-block.ts';
import { readDeltas } from '../../../src/change/delta-block-reader.ts';
import { LevelPlans } from '../../../src/change/delta-plans.ts';
import type { RowDelta } from '../../../src/change/row-delta.ts';
import { writeTransactions } from '../../../src/change/transaction-block.ts';
import { blockValuesMax, readTransactions } from '../../../src/change/transaction-block-reader.ts';
import { type Batch, type ColumnValues, readBatch, writeBatch } from '../../../src/codec/batch.ts';
import { BlockReader } from '../../../src/codec/block-reader.ts';
import { BlockWriter } from '../../../src/codec/block-writer.ts';
import { decodePacked, encodePacked } from '../../../src/codec/packed.ts';
import { type Level, Plan } from '../../../src/codec/plan.ts';
import { teamTablesOf } from '../../../src/wire/delta-rows.ts';
import { anyDelta } from '../../change/support/any-deltas.ts';
import { plainDeltas } from '../../change/support/plain-deltas.ts';
import { transactionLists } from '../../change/support/transaction-lists.ts';
import { testSchema, testTable } from '../../support/schema-tables.ts';
import { rows } from '../../support/schema-values.ts';

/** The bytes that the frames of a block may come to, and the values. */
export const blockBytesMax = 1 << 20;

/** What frames of one kind are made of and come to. */
export interface BlockKind {
  readonly name: string;
  /** All that the frames stand for, every row of it made. */
  read(frames: readonly Uint8Array[]): unknown;
  /** The same out of frames that were made of what was read. */
  again(read: unknown): unknown;
}

export interface BlockSample {
  readonly name: string;
  readonly kind: BlockKind;
  readonly frames: readonly Uint8Array[];
}

const levels: readonly Level[] = ['fast', 'balanced', 'small'];

const framesOf = (out: BlockWriter) => out.frames().map(({ bytes }) => Uint8Array.from(bytes));

const batches: BlockKind = {
  name: 'batch',
  read: (frames) => {
    const reader = new BlockReader(frames, blockBytesMax);
    const batch = readBatch(reader, blockBytesMax);
    reader.end();
    return batch;
  },
  again: (batch) => batches.read(framesOfBatch(batch as Batch, 'fast')),
};

function framesOfBatch(batch: Batch, level: Level): Uint8Array[] {
  const out = new BlockWriter();
  writeBatch(out, batch, new Plan(level));
  return framesOf(out);
}

const state = new CommittedState(testSchema, 'leaf');

const deltas: BlockKind = {
  name: 'deltas',
  read: (frames) => {
    const limits = { valuesMax: blockBytesMax, bytesMax: blockBytesMax };
    const read = readDeltas(frames, testSchema, limits);
    for (const delta of read) delta.cells?.();
    return plainDeltas(read);
  },
  again: (read) => deltas.read(framesOfDeltas(read as RowDelta[], 'fast')),
};

function framesOfDeltas(read: readonly RowDelta[], level: Level): Uint8Array[] {
  const out = new BlockWriter();
  writeDeltas(out, read, state, new LevelPlans().of(level));
  return framesOf(out);
}

const teamTables = teamTablesOf(testSchema);

const packed: BlockKind = {
  name: 'packed',
  read: ([bytes = new Uint8Array(0)]) => plainDeltas(decodePacked(bytes, teamTables)),
  again: (read) => packed.read([encodePacked(read as RowDelta[], undefined, teamTables)]),
};

/** Blocks of a few bytes that come to about as much as is allowed. */
export function constantSamples(): BlockSample[] {
  return columnsOfConstants.map((values) => {
    const columns = [1, 2].map((number) => ({ number, present: undefined, values }));
    const frames = framesOfBatch({ rowCount: constantRows, columns }, 'fast');
    return { name: `constant ${values.kind}`, kind: batches, frames };
  });
}

const constantRows = 100_000;

const columnsOfConstants: readonly ColumnValues[] = [
  { kind: 'integers', values: new Float64Array(constantRows).fill(7) },
  { kind: 'longs', values: new BigInt64Array(constantRows).fill(7n) },
  { kind: 'floats', values: new Float64Array(constantRows).fill(0.1) },
  { kind: 'texts', values: new Array<string>(constantRows).fill('abc') },
  { kind: 'bytes', values: new Array<Uint8Array>(constantRows).fill(Uint8Array.of(1, 2, 3)) },
  {
    ...{ kind: 'list', lengths: new Float64Array(constantRows).fill(1) },
    items: { kind: 'texts', values: new Array<string>(constantRows).fill('') },
  },
  { kind: 'group', count: constantRows, columns: [] },
];

/** Tables of apps at each level, rows with all types of fields and patches of them, and packed batches. */
export function blockSamples(seed: number): BlockSample[] {
  return [...tableSamples(), ...deltaSamples(seed), ...transactionSamples(seed)];
}

/** What clients push: of each it was told before what it comes to, and its digest. */
function transactionSamples(seed: number): BlockSample[] {
  return fc.sample(transactionLists, { numRuns: 6, seed }).map((list, index) => {
    const out = new BlockWriter();
    const plan = new Plan(levels[index % levels.length]!);
    const summary = writeTransactions(out, testSchema, defaultLimits, list, plan);
    const valuesMax = blockValuesMax(testSchema, summary);
    const kind: BlockKind = {
      name: 'transactions',
      read: (frames) =>
        readTransactions(new BlockReader(frames, valuesMax), testSchema, defaultLimits, summary),
      again: (read) => read,
    };
    return { name: `transactions ${index}`, kind, frames: framesOf(out) };
  });
}

const tables: readonly ((count: number) => Table)[] = [
  ...[users, orders, messages],
  ...[inspections, readings, tracks],
];

function tableSamples(): BlockSample[] {
  return tables.flatMap((table) =>
    [30, 300].flatMap((count) => {
      const { name, fields, rows: all } = table(count);
      const batch = { rowCount: count, columns: columnsOf(fields).write(all) };
      return levels.map((level) => {
        const frames = framesOfBatch(batch, level);
        return { name: `${count} ${name}, ${level}`, kind: batches, frames };
      });
    }),
  );
}

function deltaSamples(seed: number): BlockSample[] {
  const record = anyDelta(testTable('Record'), rows(testTable('Record'), RecordSchema));
  return [1, 12, 80].flatMap((count) => {
    const read = fc.sample(record, { numRuns: count, seed });
    // Which a first version of batches has not.
    const others = read.filter(({ kind }) => kind !== 'own');
    const name = `${count} rows of all types`;
    return [
      ...levels.map((level) => {
        const frames = framesOfDeltas(read, level);
        return { name: `${name}, ${level}`, kind: deltas, frames };
      }),
      { name: `${name}, packed`, kind: packed, frames: [encodePacked(others)] },
      {
        name: `${name}, packed 2`,
        kind: packed,
        frames: [encodePacked(read, undefined, teamTables)],
      },
    ];
  });
}
