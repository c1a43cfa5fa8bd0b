/** Codecs such as teams write them. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { TrackSchema } from '../../../../gen/es/test/v1/track_pb.ts';
import { createSchema } from '../../../../src/schema/schema.ts';
import type { TeamCodec } from '../../../../src/table/batch/team-codec.ts';

/** Points, each as two integers of 32 bits: what each differs by from the one before. */
export const polyline: TeamCodec<Uint8Array> = {
  name: 'acme.polyline',
  encode: (lines) => {
    const out: number[] = [];
    for (const line of lines) {
      const numbers = new Int32Array(line.buffer);
      push(out, numbers.length);
      numbers.forEach((value, at) => {
        pushSigned(out, value - (numbers[at - 2] ?? 0));
      });
    }
    return Uint8Array.from(out);
  },
  decode: (bytes, count) => {
    const pull = puller(bytes);
    return Array.from({ length: count }, () => {
      const length = pull();
      if (length > bytes.length) throw new Error('a line is longer than all of them');
      const numbers = new Int32Array(length);
      for (let at = 0; at < length; at++) {
        numbers[at] = signed(pull()) + (numbers[at - 2] ?? 0);
      }
      return new Uint8Array(numbers.buffer);
    });
  },
};

/** Heights of a track, out of its records: what each differs by from the one before. */
export const heights: TeamCodec<Uint8Array> = {
  name: 'acme.heights',
  encode: (records) => {
    const out: number[] = [];
    for (const record of records) {
      const track = fromBinary(TrackSchema, record);
      push(out, track.heights.length);
      track.heights.forEach((value, at) => {
        pushSigned(out, value - (track.heights[at - 1] ?? 0));
      });
    }
    return Uint8Array.from(out);
  },
  decode: (bytes, count) => {
    const pull = puller(bytes);
    return Array.from({ length: count }, () => {
      const length = pull();
      if (length > bytes.length) throw new Error('a list is longer than all of them');
      const list: number[] = [];
      while (list.length < length) list.push((signed(pull()) + (list.at(-1) ?? 0)) | 0);
      return heightsOf(...list);
    });
  },
};

function push(out: number[], value: number): void {
  let left = value;
  for (; left > 127; left >>>= 7) out.push((left & 127) | 128);
  out.push(left);
}

function pushSigned(out: number[], value: number): void {
  push(out, ((value << 1) ^ ((value | 0) >> 31)) >>> 0);
}

function signed(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function puller(bytes: Uint8Array): () => number {
  let next = 0;
  return () => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[next++];
      if (byte === undefined) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new Error('a number does not end');
  };
}

/** Bytes of a line through these points. */
export function lineOf(...numbers: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(numbers).buffer);
}

/** Records of these heights. */
export function heightsOf(...numbers: number[]): Uint8Array {
  return toBinary(TrackSchema, create(TrackSchema, { heights: numbers }));
}

/** The table of tracks, whose fields name both. */
export const trackTable = createSchema([TrackSchema]).tables.find(({ system }) => !system)!;
