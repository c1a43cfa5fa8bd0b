import { sha256 } from '@noble/hashes/sha2.js';
import { ByteReader, ByteWriter, bytesEqual, malformed } from '../base/bytes.ts';
import type { SyncError } from '../base/errors.ts';
import { maskIndexes, maskOf } from '../base/mask.ts';
import { finish, oneStep, StepCount, type StepLimits, type Steps } from '../base/steps.ts';
import { decodeRow, encodeRow } from '../schema/row-codec.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import type { Commit, RowEffect } from './commit.ts';
import { decidedLimits } from './decided.ts';

/** `S` `C` and the version of the format. */
const magic = [0x53, 0x43, 0x01] as const;
/** Bytes of a chain hash. */
export const chainBytes = 16;
/** The chain before the first commit. */
export const chainStart: Uint8Array = new Uint8Array(chainBytes);

const kinds = ['insert', 'update', 'delete'] as const;
const format = 'commit record';

/**
 * A commit as the log keeps it: magic, version, the chain hash (the first half of SHA-256 over the chain hash of
 * the commit before and the body), then the body: seq, time, stamp, replica, counter, the names of the tables it
 * touches, and for each effect kind, table, row number, key, changed field numbers (update only) and the row's
 * protobuf bytes with just these fields. Returns the bytes and the chain hash that the next commit builds on.
 */
export function encodeCommit(
  commit: Commit,
  previousChain: Uint8Array,
): { bytes: Uint8Array; chain: Uint8Array } {
  return finish(commitSteps(commit, previousChain, oneStep));
}

/** The same in steps. */
export function* commitSteps(
  commit: Commit,
  previousChain: Uint8Array,
  limits: StepLimits,
): Steps<{ bytes: Uint8Array; chain: Uint8Array }> {
  const { effects } = commit;
  const isLarge = effects.length > limits.stepChangesMax;
  const out = isLarge ? new ByteWriter(effects.length * effectBytes) : scratch;
  out.reset();
  const hash = sha256.create().update(previousChain);
  const tables = encodeHead(commit, out);
  let hashed = 0;
  const count = new StepCount(limits);
  for (const effect of effects) {
    if (count.ends()) {
      hash.update(out.viewFrom(hashed));
      hashed = out.length;
      yield;
    }
    const start = out.length;
    encodeEffect(effect, tables.indexOf(effect.table), out);
    count.add(out.length - start);
  }
  const chain = hash.update(out.viewFrom(hashed)).digest().slice(0, chainBytes);
  const bytes = new Uint8Array(magic.length + chainBytes + out.length);
  bytes.set(magic);
  bytes.set(chain, magic.length);
  bytes.set(out.peek(), magic.length + chainBytes);
  if (out === scratch && out.length > scratchBytesMax) scratch = new ByteWriter();
  return { bytes, chain };
}

/** What an effect takes in a large commit, about. */
const effectBytes = 128;

/** One for all but large commits: they come one after the other, and most are small. */
let scratch = new ByteWriter(4 << 10);
/** More is given back. */
const scratchBytesMax = 16 << 20;

/** What stands before the effects. Returns the tables in the order in which these name them. */
function encodeHead(commit: Commit, out: ByteWriter): TableDef[] {
  out.varint(commit.seq);
  out.varint(commit.atMs);
  out.varint(commit.stamp);
  out.lengthText(commit.replica);
  out.varint(commit.counter);
  const tables = [...new Set(commit.effects.map((effect) => effect.table))];
  out.varint(tables.length);
  for (const table of tables) out.lengthText(table.name);
  out.varint(commit.effects.length);
  return tables;
}

function encodeEffect(effect: RowEffect, table: number, out: ByteWriter): void {
  out.u8(kinds.indexOf(effect.kind));
  out.varint(table);
  out.varint(effect.number);
  out.lengthText(effect.key);
  if (effect.kind === 'delete') return;
  if (effect.kind === 'update') {
    const indexes = maskIndexes(effect.mask);
    out.varint(indexes.length);
    for (const index of indexes) out.varint(effect.table.columns[index]!.number);
  }
  const mark = out.beginLength(256);
  encodeRow(effect.table, effect.cells, effect.kind === 'update' ? effect.mask : undefined, out);
  out.endLength(mark);
}

/**
 * Reads a record and checks that it follows `previousChain`. DATA_LOSS MALFORMED_BYTES where it does not parse or
 * names an unknown table or belongs to another history.
 */
export function decodeCommit(
  bytes: Uint8Array,
  previousChain: Uint8Array,
  schema: Schema,
): { commit: Commit; chain: Uint8Array } {
  const reader = readerOf(bytes);
  const chain = reader.bytes(chainBytes).slice();
  if (!bytesEqual(chain, chainOf(previousChain, bytes.subarray(reader.position)))) {
    throw malformed(format, 'the chain hash does not follow from the record before');
  }
  const commit = decodeBody(reader, schema);
  if (!reader.done) throw reader.fail('bytes are left over');
  return { commit, chain };
}

/** What a record says of its commit, for those who cannot read its rows. DATA_LOSS MALFORMED_BYTES where it does not parse. */
export function headOfRecord(bytes: Uint8Array): Omit<Commit, 'effects'> {
  const reader = readerOf(bytes);
  reader.bytes(chainBytes);
  return decodeHead(reader);
}

/** The chain hash that a record says it has. DATA_LOSS MALFORMED_BYTES where it does not parse. */
export function chainOfRecord(bytes: Uint8Array): Uint8Array {
  return readerOf(bytes).bytes(chainBytes).slice();
}

/** Whether a record builds on the chain before it, and so has the body that it was written with. */
export function followsChain(bytes: Uint8Array, previousChain: Uint8Array): boolean {
  const chain = chainOfRecord(bytes);
  return bytesEqual(chain, chainOf(previousChain, bytes.subarray(magic.length + chainBytes)));
}

function readerOf(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes, format);
  for (const byte of magic) {
    if (reader.u8() !== byte) throw malformed(format, 'no magic or unknown version');
  }
  return reader;
}

function decodeHead(reader: ByteReader): Omit<Commit, 'effects'> {
  return {
    seq: reader.varint(),
    atMs: reader.varint(),
    stamp: reader.varint(),
    replica: reader.lengthText(),
    counter: reader.varint(),
  };
}

function decodeBody(reader: ByteReader, schema: Schema): Commit {
  const head = decodeHead(reader);
  const tables: TableDef[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.lengthText();
    const table = schema.tableByName.get(name);
    if (table === undefined) throw malformed(format, `the schema has no table ${name}`);
    tables.push(table);
  }
  const effects: RowEffect[] = [];
  for (let left = reader.varint(); left > 0; left--) effects.push(decodeEffect(reader, tables));
  return { ...head, effects };
}

function decodeEffect(reader: ByteReader, tables: readonly TableDef[]): RowEffect {
  const kind = kinds[reader.u8()];
  const table = tables[reader.varint()];
  if (kind === undefined || table === undefined) throw reader.fail('unknown kind or table');
  const number = reader.varint();
  const key = reader.lengthText();
  const none = new Uint32Array(table.allColumns.length);
  if (kind === 'delete') return { kind, table, number, key, mask: none, cells: [] };
  const mask = kind === 'update' ? decodeMask(reader, table) : table.allColumns;
  return { kind, table, number, key, mask, cells: decodeCells(reader, table) };
}

function decodeCells(reader: ByteReader, table: TableDef): Cell[] {
  const row = reader.lengthBytes();
  try {
    return decodeRow(table, row, 0, row.length, decidedLimits).cells;
  } catch (error) {
    const { message } = error as SyncError;
    throw reader.fail(`a row of ${table.name} does not fit the schema (${message})`);
  }
}

function decodeMask(reader: ByteReader, table: TableDef) {
  const indexes: number[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const column = table.columnByNumber.get(reader.varint());
    if (column === undefined) throw reader.fail('unknown column');
    indexes.push(column.index);
  }
  return maskOf(table.columns.length, indexes);
}

function chainOf(previous: Uint8Array, body: Uint8Array): Uint8Array {
  return sha256.create().update(previous).update(body).digest().slice(0, chainBytes);
}
