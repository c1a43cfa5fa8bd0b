/** Blocks that were right once, with some bytes otherwise. */
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import { type BlockCompression, blockFormat, joinBlock } from '../../../src/codec/block.ts';
import { openBlock } from '../../../src/wire/column-blocks.ts';
import { createCompressors } from '../../../src/wire/compressor.ts';
import type { Prng } from '../../sim/prng.ts';
import { type BlockSample, blockBytesMax } from './block-samples.ts';

type Frames = readonly Uint8Array[];

const compressors = createCompressors();

/** What happens to frames before they are compressed. */
const frameMutations: readonly ((frames: Frames, other: Frames, random: Prng) => Frames)[] = [
  onOne((bytes, random) => flipped(bytes, random)),
  onOne((bytes, random) => flipped(bytes, random)),
  onOne((bytes, random) => overwritten(bytes, random)),
  onOne((bytes, random) => bytes.subarray(0, random.below(bytes.length + 1))),
  onOne((bytes, random) => inflated(bytes, random)),
  onOne((bytes, random) => inflated(bytes, random)),
  onOne((bytes, random) => repeated(bytes, random)),
  (frames, other, random) => spliced(frames, other, random),
  (frames, _, random) => swapped(frames, random),
  (frames, other, random) => frames.with(random.below(frames.length), random.pick(other)),
  (frames, _, random) => frames.toSpliced(random.below(frames.length), 1),
  (frames, _, random) => [...frames, random.pick(frames)],
];

/**
 * The frames that a reader is given of a mutated sample: most are mutated as they are, some in a block, which is taken apart again
 * and may be refused by that. `sealed` is how many bytes came in, where they were a block.
 */
export function mutatedFrames(
  sample: BlockSample,
  other: BlockSample,
  random: Prng,
): { readonly frames: () => Frames; readonly bytes: number } {
  if (sample.kind.name === 'packed' || !random.chance(0.15)) {
    const frames = changed(sample.frames, other.frames, random);
    return { frames: () => frames, bytes: bytesOf(frames) };
  }
  const bomb = random.chance(0.1);
  const frames = bomb
    ? bombed(sample.frames, random)
    : random.chance(0.5)
      ? changed(sample.frames, other.frames, random)
      : sample.frames;
  let block = sealed(frames, random);
  if (!bomb) {
    for (let left = random.below(3); left > 0; left--) block = changedBlock(block, random);
  }
  return { frames: () => openBlock(block, compressors, blockBytesMax), bytes: block.length };
}

function changed(frames: Frames, other: Frames, random: Prng): Frames {
  let result = frames;
  for (let left = random.pick([1, 1, 1, 2, 3]); left > 0 && result.length > 0; left--) {
    result = random.pick(frameMutations)(result, other, random);
  }
  return result;
}

const compress: Readonly<Record<BlockCompression, (bytes: Uint8Array) => Uint8Array>> = {
  none: (bytes) => bytes,
  zstd: (bytes) => zstdCompressSync(bytes),
  deflate: (bytes) => deflateRawSync(bytes),
};

function sealed(frames: Frames, random: Prng): Uint8Array {
  const compression = random.pick(['none', ...blockFormat.compressions] as const);
  const raw = frames.map((bytes) => ({ bytes, numeric: false }));
  const made = frames.map((bytes) => (bytes.length < 32 ? bytes : compress[compression](bytes)));
  return Uint8Array.from(joinBlock(compression, raw, made));
}

/** A block in which lengths are lies, or the frames do not decompress. */
function changedBlock(block: Uint8Array, random: Prng): Uint8Array {
  return random.pick([flipped, overwritten, inflated, repeated])(block, random);
}

/** Frames that compress to nearly nothing and come to much. */
function bombed(frames: Frames, random: Prng): Frames {
  const length = 1 + random.below(blockBytesMax);
  const bytes = new Uint8Array(length).fill(random.pick([0, 1, 8, 0x7f, 0xff]));
  const place = random.below(frames.length);
  // What a head says of itself goes before what it does not have.
  const head = frames[place]!.subarray(0, Math.min(frames[place]!.length, length));
  if (random.chance(0.7)) bytes.set(head);
  return frames.with(place, bytes);
}

type Change = (bytes: Uint8Array, random: Prng) => Uint8Array;

function onOne(change: Change) {
  return (frames: Frames, _: Frames, random: Prng): Frames => {
    // The first has what all others are read by.
    const place = random.chance(0.5) ? 0 : random.below(frames.length);
    const bytes = frames[place]!;
    const isHead = place === 0 && random.chance(0.8);
    return frames.with(place, isHead ? withHead(bytes, change, random) : change(bytes, random));
  };
}

/** With the length of the head put right, so that what was made of it is looked at. */
function withHead(bytes: Uint8Array, change: Change, random: Prng): Uint8Array {
  const [head, texts] = partsOf(bytes);
  const out = new ByteWriter(bytes.length + 20);
  out.lengthBytes(change(head, random));
  out.bytes(texts);
  return out.finish();
}

/** The head, and what is behind it, where there is one. */
function partsOf(bytes: Uint8Array): [head: Uint8Array, texts: Uint8Array] {
  try {
    const reader = new ByteReader(bytes, 'frame');
    const head = reader.lengthBytes();
    return [head, bytes.subarray(reader.position)];
  } catch {
    return [bytes, new Uint8Array(0)];
  }
}

/** Somewhere, but rather at the beginning, where counts and codecs stand. */
function placeIn(bytes: Uint8Array, random: Prng): number {
  const most = random.chance(0.4) ? Math.min(bytes.length, 64) : bytes.length;
  return random.below(most);
}

function flipped(bytes: Uint8Array, random: Prng): Uint8Array {
  if (bytes.length === 0) return bytes;
  const result = Uint8Array.from(bytes);
  for (let left = random.pick([1, 1, 2, 4]); left > 0; left--) {
    result[placeIn(bytes, random)]! ^= 1 << random.below(8);
  }
  return result;
}

function overwritten(bytes: Uint8Array, random: Prng): Uint8Array {
  if (bytes.length === 0) return bytes;
  const result = Uint8Array.from(bytes);
  const values = [0, 1, 2, 0x7f, 0x80, 0xff, random.below(256)];
  for (let left = 1 + random.below(4); left > 0; left--) {
    result[placeIn(bytes, random)] = random.pick(values);
  }
  return result;
}

const counts = [255, 65_536, 1_000_000, 2 ** 20, 2 ** 24, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1];

/** With a number in it that claims much: in the place of a byte, or between two. */
function inflated(bytes: Uint8Array, random: Prng): Uint8Array {
  const at = placeIn(bytes, random);
  const out = new ByteWriter(bytes.length + 10);
  out.bytes(bytes.subarray(0, at));
  if (random.chance(0.1)) out.bytes(new Uint8Array(10).fill(0xff));
  else out.varint(random.pick(counts));
  out.bytes(bytes.subarray(at + random.below(2)));
  return out.finish();
}

function repeated(bytes: Uint8Array, random: Prng): Uint8Array {
  const at = placeIn(bytes, random);
  const to = Math.min(bytes.length, at + random.below(32));
  return joined(bytes.subarray(0, to), bytes.subarray(at));
}

/** The beginning of one block and the end of another. */
function spliced(frames: Frames, other: Frames, random: Prng): Frames {
  if (random.chance(0.3)) {
    const cut = random.below(frames.length + 1);
    return [...frames.slice(0, cut), ...other.slice(random.below(other.length))];
  }
  const [to, from] = [random.pick(frames), random.pick(other)];
  const at = placeIn(to, random);
  const start = random.below(from.length);
  const part = from.subarray(start, start + random.below(64));
  const made = joined(to.subarray(0, at), part, to.subarray(at + random.below(64)));
  return frames.with(frames.indexOf(to), made);
}

function swapped(frames: Frames, random: Prng): Frames {
  const [one, other] = [random.below(frames.length), random.below(frames.length)];
  return frames.with(one, frames[other]!).with(other, frames[one]!);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function bytesOf(frames: Frames): number {
  return frames.reduce((sum, { length }) => sum + length, 0);
}
