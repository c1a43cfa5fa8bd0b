import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync } from 'node:zlib';
import type { RowChange } from '../../gen/ts/syncdb/v1/data.ts';
import { type Delta, RowChanges } from '../../gen/ts/syncdb/v1/sync.ts';
import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { plainView } from './byte-views.ts';
import { createDeflate } from './compressor.ts';
import { decodeMessage } from './decode-message.ts';

/** What of a Delta has its changes deflated. */
export type DeflatedChanges = Pick<Delta, 'deflatedChanges' | 'deflatedBytes'>;

/** Below this it saves less than a packet would hold anyway. */
const deflatedBytesMin = 200;

/** From here on another thread does it: to hand it over takes as long as some KiB. */
const handedOverMin = 32_768;

const level = 3;
const deflateElsewhere = promisify(deflateRaw);
const { decompress } = createDeflate();

/** The changes, deflated together; undefined where that does not make them smaller. What is large is deflated on another thread. */
export function deflateChanges(
  changes: RowChange[],
): DeflatedChanges | undefined | Promise<DeflatedChanges | undefined> {
  const bytes = RowChanges.encode({ changes }).finish();
  if (bytes.length < deflatedBytesMin) return undefined;
  const made = (deflated: Uint8Array) =>
    deflated.length < bytes.length
      ? { deflatedChanges: plainView(deflated), deflatedBytes: bytes.length }
      : undefined;
  if (bytes.length < handedOverMin) return made(deflateRawSync(bytes, { level }));
  return deflateElsewhere(bytes, { level }).then(made);
}

/**
 * The changes again; their bytes are views of one buffer. DATA_LOSS BAD_COMPRESSION where they do not inflate; INVALID_ARGUMENT names
 * the field under `path`: BATCH_TOO_LARGE above `limits.messageBytesMax`, WRONG_LENGTH where `deflated_bytes` is not the length,
 * MALFORMED_MESSAGE.
 */
export function inflateChanges(
  { deflatedChanges, deflatedBytes }: DeflatedChanges,
  { messageBytesMax }: Limits,
  path: string,
): RowChange[] {
  const field = `${path}.deflated_bytes`;
  if (deflatedBytes > messageBytesMax) {
    const description = `is ${deflatedBytes}; ${messageBytesMax} are allowed`;
    throw invalidField(field, 'BATCH_TOO_LARGE', description);
  }
  const bytes = decompress(deflatedChanges, deflatedBytes);
  if (bytes.length !== deflatedBytes) {
    const description = `is ${deflatedBytes}, but deflated_changes comes to ${bytes.length} bytes`;
    throw invalidField(field, 'WRONG_LENGTH', description);
  }
  return decodeMessage(RowChanges, bytes).changes;
}
