import { joinedBytes } from '../base/bytes.ts';

/**
 * The same bytes in pieces of `bytesMin` or more (but for the last) and `bytesMax` at most: small ones travel together, and
 * none is larger than a message may be.
 */
export async function* sizedPieces(
  pieces: AsyncIterable<Uint8Array>,
  bytesMin: number,
  bytesMax: number,
): AsyncGenerator<Uint8Array, void> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + bytesMax - bytes);
      gathered.push(part);
      bytes += part.length;
      at += part.length;
      if (bytes < bytesMin) continue;
      yield whole(gathered);
      gathered = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield whole(gathered);
}

/** One that is alone is not copied. */
function whole(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : joinedBytes(parts);
}
