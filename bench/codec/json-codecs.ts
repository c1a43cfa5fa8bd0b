import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import type { Row } from './table.ts';

/** Batches as JSON that is compressed: what there is without columns. */
export interface JsonCodec {
  readonly name: string;
  encode(rows: readonly Row[]): Uint8Array;
  decode(bytes: Uint8Array): Row[];
}

export function jsonBytes(rows: readonly Row[]): Uint8Array {
  return Buffer.from(JSON.stringify(rows));
}

function jsonCodec(
  name: string,
  compress: (bytes: Uint8Array) => Uint8Array,
  decompress: (bytes: Uint8Array) => Buffer,
): JsonCodec {
  return {
    name,
    encode: (rows) => compress(jsonBytes(rows)),
    decode: (bytes) => JSON.parse(decompress(bytes).toString()) as Row[],
  };
}

/** What all is compared with. */
export const gzip = jsonCodec('gzip 6', (bytes) => gzipSync(bytes, { level: 6 }), gunzipSync);

const brotli = (quality: number) =>
  jsonCodec(
    `brotli ${quality}`,
    (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
    brotliDecompressSync,
  );

const zstd = (level: number) =>
  jsonCodec(
    `zstd ${level}`,
    (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
    zstdDecompressSync,
  );

/** The others, for the plot: of each what is quick, and what is small. */
export const otherJsonCodecs: readonly JsonCodec[] = [
  brotli(1),
  brotli(5),
  brotli(9),
  zstd(1),
  zstd(3),
  zstd(19),
];
