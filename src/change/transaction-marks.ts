import { ByteWriter } from '../base/bytes.ts';
import {
  type Change,
  createDigest,
  encodeTransaction,
  type Named,
  type Operation,
  type Transaction,
} from './transaction.ts';

/** Transactions of one writer, of consecutive counters. */
export interface TransactionRun {
  readonly replica: string;
  readonly first: number;
  readonly count: number;
}

/** What stands beside a block of transactions, to be known before it is opened. */
export interface BlockSummary {
  /** Of the transactions, in their order. */
  readonly runs: readonly TransactionRun[];
  /** Of all of them. */
  readonly changes: number;
  /** Of all of them in canonical form. */
  readonly bytes: number;
  /** Of the digests of all, one after the other: the first half of SHA-256. */
  readonly digest: Uint8Array;
}

/** Whose digest a transaction names: that of its writer's last one in the block, none, or another one. */
export const digestKinds = { ofLast: 0, none: 1, other: 2 } as const;

/** Of a stamp in a millisecond. */
export const stampTicks = 1024;

const operations: readonly Operation[] = ['put', 'patch', 'delete'];

/** What is told of a change, beside its operation: each one a bit of a number. */
export const changeFlags = {
  base: 4,
  baseAbsent: 8,
  baseCounter: 16,
  ifMatch: 32,
  ifNoneMatch: 64,
  rowHasKey: 128,
  rowBytes: 256,
  rowNumber: 512,
} as const;

/** No change has more. */
export const flagsMax = 1023;

/** How a row stands in a block. */
export interface RowForm {
  /** Its key is that of the change. */
  readonly hasKey: boolean;
  /** As it is, and not by columns. */
  readonly isBytes: boolean;
}

/** How a change stands in a block: its row, and whether that is named by its number. */
export interface ChangeForm extends RowForm {
  readonly hasNumber: boolean;
}

export function flagsOf(change: Change, { hasKey, isBytes, hasNumber }: ChangeForm): number {
  let flags = operations.indexOf(change.operation);
  if (change.base !== undefined) flags += changeFlags.base;
  if (change.baseAbsent) flags += changeFlags.baseAbsent;
  if (change.baseCounter !== 0) flags += changeFlags.baseCounter;
  if (change.ifMatch !== '') flags += changeFlags.ifMatch;
  if (change.ifNoneMatch) flags += changeFlags.ifNoneMatch;
  if (hasKey) flags += changeFlags.rowHasKey;
  if (isBytes) flags += changeFlags.rowBytes;
  if (hasNumber) flags += changeFlags.rowNumber;
  return flags;
}

/** Undefined where there is no such operation. */
export function operationOf(flags: number): Operation | undefined {
  return operations[flags % 4];
}

type GrowingRun = { -readonly [Part in keyof TransactionRun]: TransactionRun[Part] };

function addToRuns(runs: GrowingRun[], { replica, counter }: Named): void {
  const run = runs.at(-1);
  if (run?.replica === replica && run.first + run.count === counter) run.count++;
  else runs.push({ replica, first: counter, count: 1 });
}

/** Transactions as runs, in their order. */
export function runsOf(names: readonly Named[]): TransactionRun[] {
  const runs: GrowingRun[] = [];
  for (const name of names) addToRuns(runs, name);
  return runs;
}

/** How many transactions there are. */
export function countOfRuns(runs: readonly TransactionRun[]): number {
  return runs.reduce((sum, { count }) => sum + count, 0);
}

/** Sums up transactions as they come. */
export class RunningSummary {
  /** In canonical form. */
  bytes = 0;
  private readonly runs: GrowingRun[] = [];
  private changes = 0;
  private readonly digests = createDigest();
  private readonly lastDigests = new Map<string, Uint8Array>();
  private readonly scratch = new ByteWriter(4 << 10);

  /** The digest of the newest of a writer. */
  lastDigest(replica: string): Uint8Array | undefined {
    return this.lastDigests.get(replica);
  }

  add(transaction: Transaction): void {
    const { replica, changes } = transaction;
    const { scratch } = this;
    scratch.reset();
    encodeTransaction(transaction, scratch);
    const running = createDigest();
    running.update(scratch.peek());
    const digest = running.finish();
    this.digests.update(digest);
    this.lastDigests.set(replica, digest);
    this.bytes += scratch.length;
    this.changes += changes.length;
    addToRuns(this.runs, transaction);
  }

  /** Once. */
  finish(): BlockSummary {
    const { runs, changes, bytes } = this;
    return { runs, changes, bytes, digest: this.digests.finish() };
  }
}
