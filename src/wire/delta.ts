import * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { ByteWriter } from '../base/bytes.ts';
import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { decodePacked, encodePacked } from '../codec/packed.ts';
import type { Delta, Encoding } from '../session/messages.ts';
import { copyOf, plainView } from './byte-views.ts';
import {
  checkpointFromWire,
  checkpointToWire,
  progressFromWire,
  progressToWire,
} from './checkpoint.ts';
import type { Compressor } from './compressor.ts';
import { rowChangeFromWire, rowChangeToWire } from './row-changes.ts';
import { compressions } from './subscription.ts';

/** Below this compressing saves less than a packet would hold anyway. */
const compressedBytesMin = 200;

const noBytes = new Uint8Array(0);

const scratchBytesMin = 16 << 10;
const scratchBytesMax = 1 << 20;

/** What is compressed at once: a thousand first syncs would leave as many buffers to collect, each in the way of others. */
let scratch = new ByteWriter(scratchBytesMin);

/**
 * A batch of changes in the encoding that was agreed on. Packed rows are compressed where that makes them smaller,
 * and say so in each message.
 */
export function deltaToWire(
  delta: Delta,
  encoding: Encoding,
  compressor: Compressor | undefined,
): pb.Delta {
  const packed =
    encoding === 'packed' && delta.deltas.length > 0
      ? pack(delta.deltas, compressor)
      : { packed: noBytes, compression: pb.Compression.UNSPECIFIED, packedBytes: 0 };
  return {
    changes: encoding === 'rows' ? delta.deltas.map(rowChangeToWire) : [],
    ...packed,
    cursor: delta.cursor,
    checkpoint: delta.checkpoint && checkpointToWire(delta.checkpoint),
    progress: delta.progress && progressToWire(delta.progress),
    answeredProbe: delta.answeredProbe,
  };
}

function pack(deltas: readonly RowDelta[], compressor: Compressor | undefined) {
  const compression = pb.Compression.UNSPECIFIED;
  if (compressor === undefined) {
    const packed = encodePacked(deltas);
    return { packed, compression, packedBytes: packed.length };
  }
  const packed = encodePacked(deltas, emptyScratch());
  const packedBytes = packed.length;
  if (packedBytes >= compressedBytesMin) {
    const compressed = compressor.compress(packed);
    if (compressed.length < packedBytes) {
      return {
        packed: compressed,
        compression: compressions.numberOf(compressor.name),
        packedBytes,
      };
    }
  }
  return { packed: copyOf(packed), compression, packedBytes };
}

function emptyScratch(): ByteWriter {
  if (scratch.capacity > scratchBytesMax) scratch = new ByteWriter(scratchBytesMin);
  scratch.reset();
  return scratch;
}

/**
 * The batch that a message means, in whichever encoding. Rows are views of the message, or of one buffer of its
 * decompressed rows. INVALID_ARGUMENT names the field under `path`, with the reasons of `rowChangeFromWire` and:
 * TWO_ENCODINGS, UNKNOWN_COMPRESSION, WRONG_LENGTH where `packed_bytes` is not the length, BATCH_TOO_LARGE above
 * `limits.messageBytesMax`. DATA_LOSS where the packed bytes themselves are damaged.
 */
export function deltaFromWire(
  message: pb.Delta,
  compressors: readonly Compressor[],
  limits: Limits,
  path: string,
): Delta {
  return {
    type: 'delta',
    deltas: rowsFromWire(message, compressors, limits, path),
    cursor: copyOf(message.cursor),
    checkpoint: message.checkpoint && checkpointFromWire(message.checkpoint, `${path}.checkpoint`),
    progress: message.progress && progressFromWire(message.progress, `${path}.progress`),
    answeredProbe: message.answeredProbe,
  };
}

function rowsFromWire(
  message: pb.Delta,
  compressors: readonly Compressor[],
  limits: Limits,
  path: string,
): RowDelta[] {
  const { changes, packed } = message;
  if (packed.length === 0) {
    return changes.map((change, index) => rowChangeFromWire(change, `${path}.changes[${index}]`));
  }
  if (changes.length > 0) {
    throw invalidField(`${path}.packed`, 'TWO_ENCODINGS', 'stands beside changes');
  }
  return decodePacked(unpack(message, compressors, limits, path));
}

function unpack(
  message: pb.Delta,
  compressors: readonly Compressor[],
  limits: Limits,
  path: string,
): Uint8Array {
  const { packed, packedBytes } = message;
  if (packedBytes > limits.messageBytesMax) {
    const description = `is ${packedBytes}; ${limits.messageBytesMax} are allowed`;
    throw invalidField(`${path}.packed_bytes`, 'BATCH_TOO_LARGE', description);
  }
  const name = compressions.nameOf(message.compression, `${path}.compression`);
  const compressor = compressors.find((candidate) => candidate.name === name);
  if (compressor === undefined && name !== 'none') {
    throw invalidField(`${path}.compression`, 'UNKNOWN_COMPRESSION', `${name} was not agreed on`);
  }
  const bytes = compressor?.decompress(packed, packedBytes) ?? plainView(packed);
  if (bytes.length === packedBytes) return bytes;
  const description = `is ${packedBytes}, but packed comes to ${bytes.length} bytes`;
  throw invalidField(`${path}.packed_bytes`, 'WRONG_LENGTH', description);
}
