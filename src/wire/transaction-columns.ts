import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { invalidField, isDataLoss, type SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { KeyOf, NumberOf } from '../change/row-numbers.ts';
import type { Transaction } from '../change/transaction.ts';
import { writeTransactions } from '../change/transaction-block.ts';
import { blockValuesMax, readTransactions } from '../change/transaction-block-reader.ts';
import {
  type BlockSummary,
  countOfRuns,
  type TransactionRun,
} from '../change/transaction-marks.ts';
import { type BlockCompression, joinBlock } from '../codec/block.ts';
import { BlockReader } from '../codec/block-reader.ts';
import { BlockWriter } from '../codec/block-writer.ts';
import { type Level, Plan } from '../codec/plan.ts';
import type { Schema } from '../schema/table-def.ts';
import { copyOf } from './byte-views.ts';
import { safeNumber } from './checks.ts';
import { openBlock, sealBlock } from './column-blocks.ts';
import type { Reading } from './delta-rows.ts';

/** Above this, in canonical form, to try harder would take longer than the bytes are worth. */
const smallBytesMax = 256 << 10;

/** Bytes that a transaction takes in a message beside its canonical form, at the least. */
const transactionHeadBytes = 2;
/** Bytes that stand beside a block, and of them those of a run beside its writer. */
const blockHeadBytes = 32;
const runHeadBytes = 10;

/**
 * Transactions by columns. Undefined where these are no smaller than they are in rows, or cannot be made. Compressed on other
 * threads.
 */
export async function columnsToWire(
  transactions: readonly Transaction[],
  schema: Schema,
  limits: Limits,
  compression: BlockCompression,
  numberOf?: NumberOf,
): Promise<pb.TransactionColumns | undefined> {
  const { summary, frames, level } = gathered(transactions, schema, limits, numberOf);
  return smaller(summary, await sealBlock(frames, compression, level));
}

/** The same at once, not compressed. */
export function plainColumnsToWire(
  transactions: readonly Transaction[],
  schema: Schema,
  limits: Limits,
  numberOf?: NumberOf,
): pb.TransactionColumns | undefined {
  const { summary, frames } = gathered(transactions, schema, limits, numberOf);
  const bytes = frames.map((frame) => frame.bytes);
  return smaller(summary, joinBlock('none', frames, bytes));
}

function gathered(
  transactions: readonly Transaction[],
  schema: Schema,
  limits: Limits,
  numberOf: NumberOf | undefined,
) {
  const canonicalBytes = transactions.reduce((sum, { changes }) => sum + rowBytes(changes), 0);
  const level: Level = canonicalBytes > smallBytesMax ? 'balanced' : 'small';
  const out = new BlockWriter();
  const summary = writeTransactions(out, schema, limits, transactions, new Plan(level), numberOf);
  return { summary, frames: out.frames(), level };
}

function rowBytes(changes: Transaction['changes']): number {
  return changes.reduce((sum, { row }) => sum + row.length, 0);
}

function smaller(summary: BlockSummary, block: Uint8Array): pb.TransactionColumns | undefined {
  const inRows = summary.bytes + transactionHeadBytes * countOfRuns(summary.runs);
  const runBytes = summary.runs.reduce((sum, run) => sum + run.replica.length + runHeadBytes, 0);
  const isSmaller = block.length + blockHeadBytes + runBytes < inRows;
  return isSmaller ? { ...summaryToWire(summary), block } : undefined;
}

function summaryToWire({ runs, changes, bytes, digest }: BlockSummary) {
  return { runs: runs.map(runToWire), changes, canonicalBytes: bytes, digest };
}

export function runToWire({ replica, first, count }: TransactionRun): pb.TransactionRun {
  return { replicaId: replica, firstCounter: BigInt(first), count };
}

/** INVALID_ARGUMENT NUMBER_TOO_LARGE, or BAD_COUNTER for counters that cannot be, names the field under `path`. */
export function runFromWire(message: pb.TransactionRun, path: string): TransactionRun {
  const { replicaId, count } = message;
  const first = safeNumber(message.firstCounter, `${path}.first_counter`);
  if (first < 1 || !Number.isSafeInteger(first + count)) {
    throw invalidField(`${path}.first_counter`, 'BAD_COUNTER', 'must be 1 or more, and below 2^53');
  }
  return { replica: replicaId, first, count };
}

/** What it takes to read what a client pushes. */
export interface ColumnReading extends Reading {
  /** Of the rows that may be named by their numbers. */
  readonly keyOf?: KeyOf;
}

/**
 * The transactions that columns have, all bytes copied. INVALID_ARGUMENT MALFORMED_COLUMNS names the field `path` where they have
 * other ones than they say, or cannot be read. What they say is to be looked at before: reading takes as much.
 */
export function columnsFromWire(
  message: pb.TransactionColumns,
  { schema, limits, compressors, keyOf }: ColumnReading,
  path: string,
): Transaction[] {
  const runs = message.runs.map((run, index) => runFromWire(run, `${path}.runs[${index}]`));
  const { changes, canonicalBytes: bytes, digest, block } = message;
  const summary = { runs, changes, bytes, digest: copyOf(digest) };
  try {
    const frames = openBlock(block, compressors, blockBytesMax(bytes));
    const reader = new BlockReader(frames, blockValuesMax(schema, summary));
    return readTransactions(reader, schema, limits, summary, keyOf);
  } catch (cause) {
    if (!isDataLoss(cause)) throw cause;
    throw malformedColumns(path, cause);
  }
}

/** Columns may take more than the canonical form, where there is little of it. */
function blockBytesMax(canonicalBytes: number): number {
  return 4 * canonicalBytes + (64 << 10);
}

/** INVALID_ARGUMENT MALFORMED_COLUMNS. */
export function malformedColumns(path: string, { message }: SyncError): SyncError {
  return invalidField(path, 'MALFORMED_COLUMNS', message);
}
