import type { RowChange } from '../../gen/ts/syncdb/v1/data.ts';
import * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { ByteWriter } from '../base/bytes.ts';
import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { compareUtf8 } from '../base/utf8.ts';
import { readDeltas } from '../change/delta-block-reader.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { decodePacked, encodePacked } from '../codec/packed.ts';
import type { Schema } from '../schema/table-def.ts';
import type { TeamCodecs } from '../table/batch/team-codec.ts';
import { copyOf, plainView } from './byte-views.ts';
import { openBlock } from './column-blocks.ts';
import type { Compressor } from './compressor.ts';
import { type DeflatedChanges, deflateChanges, inflateChanges } from './deflated-changes.ts';
import { rowChangeFromWire, rowChangeToWire } from './row-changes.ts';
import { compressions } from './subscription.ts';

/** Below this compressing saves less than a packet would hold anyway. */
const compressedBytesMin = 200;

const noBytes = new Uint8Array(0);

const scratchBytesMin = 16 << 10;
const scratchBytesMax = 1 << 20;

/** What is compressed at once: a thousand first syncs would leave as many buffers to collect, each in the way of others. */
let scratch = new ByteWriter(scratchBytesMin);

/** The rows of a Delta, in one of the encodings. */
export type WireRows = Pick<
  pb.Delta,
  'changes' | 'packed' | 'compression' | 'packedBytes' | 'columns' | keyof DeflatedChanges
>;

/** Those of a Delta that has none. */
export const noRows: WireRows = {
  changes: [],
  packed: noBytes,
  compression: pb.Compression.UNSPECIFIED,
  packedBytes: 0,
  columns: noBytes,
  deflatedChanges: noBytes,
  deflatedBytes: 0,
};

/** Rows one by one, for whoever has stubs alone. */
export function plainRows(deltas: readonly RowDelta[]): WireRows {
  return { ...noRows, changes: deltas.map(rowChangeToWire) };
}

/** The same deflated together, where that makes them smaller. */
export function deflatedRows(deltas: readonly RowDelta[]): WireRows | Promise<WireRows> {
  const plain = plainRows(deltas);
  const made = deflateChanges(plain.changes);
  const rowsOf = (deflated: DeflatedChanges | undefined) =>
    deflated === undefined ? plain : { ...noRows, ...deflated };
  return made instanceof Promise ? made.then(rowsOf) : rowsOf(made);
}

/**
 * Rows as a packed batch, which is compressed where that makes it smaller, and says so. Of version 2 where the names of the team's
 * tables are given.
 */
export function packedRows(
  deltas: readonly RowDelta[],
  compressor: Compressor | undefined,
  tables?: readonly string[],
): WireRows {
  if (deltas.length === 0) return noRows;
  if (compressor === undefined) {
    const packed = encodePacked(deltas, undefined, tables);
    return { ...noRows, packed, packedBytes: packed.length };
  }
  const packed = encodePacked(deltas, emptyScratch(), tables);
  const packedBytes = packed.length;
  if (packedBytes >= compressedBytesMin) {
    const compressed = compressor.compress(packed);
    if (compressed.length < packedBytes) {
      const compression = compressions.numberOf(compressor.name);
      return { ...noRows, packed: compressed, compression, packedBytes };
    }
  }
  return { ...noRows, packed: copyOf(packed), packedBytes };
}

function emptyScratch(): ByteWriter {
  if (scratch.capacity > scratchBytesMax) scratch = new ByteWriter(scratchBytesMin);
  scratch.reset();
  return scratch;
}

/** What it takes to read what a server sends. */
export interface Reading {
  readonly schema: Schema;
  /** Those that were agreed on, or may have been. */
  readonly compressors: readonly Compressor[];
  readonly limits: Limits;
  /** Those that the server was told of; none where they are left out. */
  readonly teamCodecs?: TeamCodecs | undefined;
}

/**
 * The rows of a Delta, in whichever encoding: views of the message, or of one buffer. INVALID_ARGUMENT names the field under
 * `path`, with the reasons of `rowChangeFromWire` and: TWO_ENCODINGS, UNKNOWN_COMPRESSION, WRONG_LENGTH where `packed_bytes` is
 * not the length, BATCH_TOO_LARGE above `limits.messageBytesMax`. DATA_LOSS where the batch or the block itself is damaged.
 */
export function rowsFromWire(message: WireRows, reading: Reading, path: string): RowDelta[] {
  const { changes, packed, columns, deflatedChanges } = message;
  const used = Object.entries({ changes, packed, columns, deflated_changes: deflatedChanges })
    .filter(([, { length }]) => length > 0)
    .map(([field]) => field);
  if (used.length > 1) {
    throw invalidField(`${path}.${used[1]}`, 'TWO_ENCODINGS', 'stands beside another encoding');
  }
  if (packed.length > 0)
    return decodePacked(unpack(message, reading, path), teamTablesOf(reading.schema));
  if (columns.length > 0) return columnsFromWire(columns, reading);
  if (deflatedChanges.length === 0) return changesFromWire(changes, `${path}.changes`);
  const inflated = inflateChanges(message, reading.limits, path);
  return changesFromWire(inflated, `${path}.deflated_changes.changes`);
}

function changesFromWire(changes: readonly RowChange[], path: string): RowDelta[] {
  return changes.map((change, index) => rowChangeFromWire(change, `${path}[${index}]`));
}

const teamTables = new WeakMap<Schema, readonly string[]>();

/** Full names of the team's tables, in ascending order. */
export function teamTablesOf(schema: Schema): readonly string[] {
  const known = teamTables.get(schema);
  if (known !== undefined) return known;
  const names = schema.tables.filter(({ system }) => !system).map(({ name }) => name);
  const sorted = names.sort(compareUtf8);
  teamTables.set(schema, sorted);
  return sorted;
}

function columnsFromWire(
  columns: Uint8Array,
  { schema, compressors, limits, teamCodecs }: Reading,
): RowDelta[] {
  const { messageBytesMax } = limits;
  const frames = openBlock(columns, compressors, messageBytesMax);
  const most = { valuesMax: messageBytesMax, bytesMax: messageBytesMax };
  return readDeltas(frames, schema, most, teamCodecs);
}

function unpack(
  { packed, packedBytes, compression }: WireRows,
  { compressors, limits }: Reading,
  path: string,
): Uint8Array {
  if (packedBytes > limits.messageBytesMax) {
    const description = `is ${packedBytes}; ${limits.messageBytesMax} are allowed`;
    throw invalidField(`${path}.packed_bytes`, 'BATCH_TOO_LARGE', description);
  }
  const name = compressions.nameOf(compression, `${path}.compression`);
  const compressor = compressors.find((candidate) => candidate.name === name);
  if (compressor === undefined && name !== 'none') {
    throw invalidField(`${path}.compression`, 'UNKNOWN_COMPRESSION', `${name} was not agreed on`);
  }
  const bytes = compressor?.decompress(packed, packedBytes) ?? plainView(packed);
  if (bytes.length === packedBytes) return bytes;
  const description = `is ${packedBytes}, but packed comes to ${bytes.length} bytes`;
  throw invalidField(`${path}.packed_bytes`, 'WRONG_LENGTH', description);
}
