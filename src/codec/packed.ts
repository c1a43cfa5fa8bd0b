export { decodePacked } from './packed-decoder.ts';
export { encodePacked } from './packed-encoder.ts';
export { type PackedRow, packedFormat } from './packed-format.ts';
