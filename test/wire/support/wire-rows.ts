import type * as pb from '../../../gen/ts/syncdb/v1/sync.ts';
import type { Delta, Encoding, ServerMessage } from '../../../src/session/messages.ts';
import type { Compressor } from '../../../src/wire/compressor.ts';
import { deltaToWire } from '../../../src/wire/delta.ts';
import { noRows, packedRows, plainRows, type WireRows } from '../../../src/wire/delta-rows.ts';

/** Encodings of any rows; blocks are of the rows of one schema. */
export type RowEncoding = Exclude<Encoding, 'columns' | 'rows-deflated'>;

/** The rows of a message in an encoding. */
export function wireRows(
  message: ServerMessage,
  encoding: RowEncoding,
  compressor?: Compressor,
): WireRows {
  if (message.type !== 'delta') return noRows;
  return encoding === 'rows' ? plainRows(message.deltas) : packedRows(message.deltas, compressor);
}

/** A Delta with its rows in an encoding. */
export function wireDelta(delta: Delta, encoding: RowEncoding, compressor?: Compressor): pb.Delta {
  return deltaToWire(delta, wireRows(delta, encoding, compressor));
}
