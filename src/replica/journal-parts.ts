/** How the parts of journal records are written and read: each `read` gives what its `write` was given. */

import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Seq } from '../base/seq.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import { decodeTransaction, encodeTransaction, type Transaction } from '../change/transaction.ts';
import { decodePacked, encodePacked, packedFormat } from '../codec/packed.ts';
import type { ChecksRun } from './chain-checks.ts';
import type { Kept } from './committed-copy.ts';

/** Where the shown copy stands in the history of its log. */
export interface HistoryState {
  /** Empty before the first checkpoint. */
  readonly shownCursor: Uint8Array;
  readonly isCopyLost: boolean;
  readonly forkedAt: Seq | undefined;
  /** By own id: the counter up to which what is queued again stands in that copy, too. Left out for none. */
  readonly shownTwice?: ReadonlyMap<string, number> | undefined;
  /** By own id: the counter up to which that copy settles it, where that was told. */
  readonly settledTo?: ReadonlyMap<string, number> | undefined;
}

const statuses: readonly Outcome['status'][] = ['committed', 'refused', 'held', 'unordered'];

export function writeOutcome(outcome: Outcome, out: ByteWriter): void {
  const { replica, counter, status, conflicts, refusal } = outcome;
  out.lengthText(replica);
  out.varint(counter);
  out.u8(statuses.indexOf(status));
  out.varint(conflicts);
  writeFlag(refusal !== undefined, out);
  if (refusal === undefined) return;
  out.lengthText(refusal.reason);
  out.lengthText(refusal.message);
  out.varint(refusal.changeIndex);
  out.lengthText(refusal.currentEtag);
  writeList(refusal.violations, out, ({ field, description }) => {
    out.lengthText(field);
    out.lengthText(description);
  });
}

export function readOutcome(reader: ByteReader): Outcome {
  const replica = reader.lengthText();
  const counter = reader.varint();
  const status = statuses[reader.u8()];
  if (status === undefined) throw reader.fail('unknown status');
  const conflicts = reader.varint();
  if (!readFlag(reader)) return { replica, counter, status, refusal: undefined, conflicts };
  const refusal = {
    reason: reader.lengthText(),
    message: reader.lengthText(),
    changeIndex: reader.varint(),
    currentEtag: reader.lengthText(),
    violations: readList(reader, () => ({
      field: reader.lengthText(),
      description: reader.lengthText(),
    })),
  };
  return { replica, counter, status, refusal, conflicts };
}

/** It takes the rest of the record. */
export function readTransaction(reader: ByteReader): Transaction {
  return decodeTransaction(reader.bytes(reader.end - reader.position));
}

export function writeDeltas(deltas: readonly RowDelta[], out: ByteWriter): void {
  const { rowsMax } = packedFormat;
  out.varint(Math.ceil(deltas.length / rowsMax));
  for (let at = 0; at < deltas.length; at += rowsMax) {
    out.lengthBytes(encodePacked(deltas.slice(at, at + rowsMax)));
  }
}

export function readDeltas(reader: ByteReader): RowDelta[] {
  return readList(reader, () => decodePacked(reader.lengthBytes())).flat();
}

export function writeKept({ scopes, tables }: Kept, out: ByteWriter): void {
  writeTexts(scopes, out);
  writeTexts(tables, out);
}

export function readKept(reader: ByteReader): Kept {
  return { scopes: readTexts(reader), tables: readTexts(reader) };
}

export function writeOptionalKept(keep: Kept | undefined, out: ByteWriter): void {
  writeFlag(keep !== undefined, out);
  if (keep !== undefined) writeKept(keep, out);
}

export function readOptionalKept(reader: ByteReader): Kept | undefined {
  return readFlag(reader) ? readKept(reader) : undefined;
}

export function writePositions(positions: ReadonlyMap<string, Settled>, out: ByteWriter): void {
  writeList([...positions], out, ([replica, settled]) => {
    out.lengthText(replica);
    writeSettled(settled, out);
  });
}

export function readPositions(reader: ByteReader): Map<string, Settled> {
  return new Map(readList(reader, () => [reader.lengthText(), readSettled(reader)]));
}

export function writeCheckpoint(checkpoint: Checkpoint, out: ByteWriter): void {
  const { seq, rowCount, digest, settled, chain = [] } = checkpoint;
  out.varint(seq);
  out.varint(rowCount);
  out.fixed64(digest);
  writePositions(settled, out);
  if (chain.length > 0) writeChecks(chain, out);
}

/** It takes the rest of the record: older journals do not have the chain. */
export function readCheckpoint(reader: ByteReader): Checkpoint {
  const checkpoint = {
    seq: reader.varint(),
    rowCount: reader.varint(),
    digest: reader.fixed64(),
    settled: readPositions(reader),
  };
  return reader.done ? checkpoint : { ...checkpoint, chain: readChecks(reader) };
}

export function writeChecks(checks: Iterable<number>, out: ByteWriter): void {
  writeList([...checks], out, (check) => out.fixed32(check));
}

export function readChecks(reader: ByteReader): number[] {
  return readList(reader, () => reader.fixed32());
}

export function writeHistory(history: HistoryState, out: ByteWriter): void {
  const { shownCursor, isCopyLost, forkedAt, shownTwice, settledTo } = history;
  out.lengthBytes(shownCursor);
  writeFlag(isCopyLost, out);
  writeFlag(forkedAt !== undefined, out);
  out.varint(forkedAt ?? 0);
  if (shownTwice ?? settledTo) writeCounters(shownTwice ?? new Map(), out);
  if (settledTo !== undefined) writeCounters(settledTo, out);
}

export function readHistory(reader: ByteReader): HistoryState {
  const [shownCursor, isCopyLost] = [reader.lengthBytes(), readFlag(reader)];
  const isForked = readFlag(reader);
  const seq = reader.varint();
  const forkedAt = isForked ? seq : undefined;
  // Older journals have neither, or the first.
  const [shownTwice, settledTo] = [readCountersIfAny(reader), readCountersIfAny(reader)];
  return { shownCursor, isCopyLost, forkedAt, shownTwice, settledTo };
}

export function writeCounters(counters: ReadonlyMap<string, number>, out: ByteWriter): void {
  writeList([...counters], out, ([replica, counter]) => {
    out.lengthText(replica);
    out.varint(counter);
  });
}

export function readCounters(reader: ByteReader): Map<string, number> {
  return new Map(readList(reader, () => [reader.lengthText(), reader.varint()]));
}

/** Nothing where there are none, or the record ends before them. */
export function readCountersIfAny(reader: ByteReader): Map<string, number> | undefined {
  const counters = reader.done ? undefined : readCounters(reader);
  return counters?.size === 0 ? undefined : counters;
}

export function writeSettled({ counter, digest }: Settled, out: ByteWriter): void {
  out.varint(counter);
  out.lengthBytes(digest);
}

export function readSettled(reader: ByteReader): Settled {
  return { counter: reader.varint(), digest: reader.lengthBytes() };
}

export function writeTexts(texts: readonly string[], out: ByteWriter): void {
  writeList(texts, out, (text) => out.lengthText(text));
}

export function readTexts(reader: ByteReader): string[] {
  return readList(reader, () => reader.lengthText());
}

export function writeList<T>(
  items: readonly T[],
  out: ByteWriter,
  write: (item: T, out: ByteWriter) => void,
): void {
  out.varint(items.length);
  for (const item of items) write(item, out);
}

/** Each item takes a byte or more, so a count that is wrong ends with the bytes. */
export function readList<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const items: T[] = [];
  for (let left = reader.varint(); left > 0; left--) items.push(read(reader));
  return items;
}

export function writeFlag(flag: boolean, out: ByteWriter): void {
  out.u8(flag ? 1 : 0);
}

export function readFlag(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw reader.fail('a flag is neither 0 nor 1');
  return byte === 1;
}

/** A transaction as it was prepared. `stamp` is where its writer's clock stood then; its own may be ahead of it. */
export interface StampedWrite {
  readonly stamp: Stamp;
  readonly transaction: Transaction;
}

/** Codec of what a relay knows of the chain of a log. */
export const chainCodec = {
  write: ({ first, checks }: ChecksRun, out: ByteWriter) => {
    out.varint(first);
    writeChecks(checks, out);
  },
  read: (reader: ByteReader) => ({ first: reader.varint(), checks: readChecks(reader) }),
};

/** Codec of a transaction and the moment of its write. */
export const writeCodec = {
  write: ({ stamp, transaction }: StampedWrite, out: ByteWriter) => {
    out.varint(stamp);
    encodeTransaction(transaction, out);
  },
  read: (reader: ByteReader) => ({ stamp: reader.varint(), transaction: readTransaction(reader) }),
};

/** Codec of rows. */
export const deltasCodec = {
  write: ({ deltas }: { readonly deltas: readonly RowDelta[] }, out: ByteWriter) =>
    writeDeltas(deltas, out),
  read: (reader: ByteReader) => ({ deltas: readDeltas(reader) }),
};
