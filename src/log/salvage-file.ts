import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { assert } from '../base/errors.ts';
import { salvageCorrupt, salvageVersion } from './log-errors.ts';

/**
 * Records that a repaired log could not keep, for a person or a tool to look at. Little endian: the magic "SDBV", u32
 * version; then for each record u32 length, f64 position, u32 1 where its checksum was right and else 0, its bytes and a
 * u32 crc of all that; at the end u32 0xffffffff, f64 count of the records, u32 0 and a crc likewise.
 */
const magic = 0x56424453;
const version = 1;
const fileHeadBytes = 8;
const recordHeadBytes = 16;
const crcBytes = 4;
const endLength = 0xffffffff;

export interface SalvagedRecord {
  readonly position: number;
  readonly bytes: Uint8Array;
  /** Whether the bytes are those that were written. */
  readonly isSound: boolean;
}

export interface SalvageWriter {
  add(record: SalvagedRecord): void;
  /** Ends the file and puts it on stable storage. */
  end(): void;
  /** Lets go of the file as it is. */
  close(): void;
}

export function createSalvage(path: string): SalvageWriter {
  const file = openSync(path, 'w');
  let count = 0;
  const write = (length: number, position: number, flag: number, bytes: Uint8Array) => {
    const head = new DataView(new ArrayBuffer(recordHeadBytes));
    head.setUint32(0, length, true);
    head.setFloat64(4, position, true);
    head.setUint32(12, flag, true);
    const crc = new DataView(new ArrayBuffer(crcBytes));
    crc.setUint32(0, crc32(bytes, crc32(new Uint8Array(head.buffer))), true);
    for (const part of [head, bytes, crc]) writeWhole(file, part);
  };
  const head = new DataView(new ArrayBuffer(fileHeadBytes));
  head.setUint32(0, magic, true);
  head.setUint32(4, version, true);
  writeWhole(file, head);
  return {
    add: ({ position, bytes, isSound }) => {
      write(bytes.length, position, isSound ? 1 : 0, bytes);
      count++;
    },
    end: () => {
      write(endLength, count, 0, new Uint8Array(0));
      fsyncSync(file);
    },
    close: () => closeSync(file),
  };
}

/**
 * The records of a salvage file, in their order. Fails with DATA_LOSS SALVAGE_CORRUPT where it is damaged, cut off or
 * something else, after all that stand before that, and with FAILED_PRECONDITION SALVAGE_VERSION where a newer SyncDB
 * wrote it.
 */
export function* readSalvage(path: string): Generator<SalvagedRecord> {
  const file = openSync(path, 'r');
  try {
    yield* readRecords(path, file);
  } finally {
    closeSync(file);
  }
}

function* readRecords(path: string, file: number): Generator<SalvagedRecord> {
  const size = fstatSync(file).size;
  let offset = 0;
  const take = (length: number): DataView => {
    // Before memory is taken: a length that is damaged may be anything.
    if (length > size - offset) throw salvageCorrupt(path, 'it is cut off');
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, length - done, offset + done);
      assert(count > 0, 'nobody writes to a salvage file that is read');
      done += count;
    }
    offset += length;
    return new DataView(bytes.buffer);
  };
  const head = take(fileHeadBytes);
  if (head.getUint32(0, true) !== magic) throw salvageCorrupt(path, 'it is no salvage file');
  const found = head.getUint32(4, true);
  if (found === 0) throw salvageCorrupt(path, 'it has a version that never was');
  if (found > version) throw salvageVersion(path, found, version);
  for (let count = 0; ; count++) {
    const record = take(recordHeadBytes);
    const length = record.getUint32(0, true);
    const isEnd = length === endLength;
    const bytes = new Uint8Array(take(isEnd ? 0 : length).buffer);
    const crc = take(crcBytes).getUint32(0, true);
    const position = record.getFloat64(4, true);
    if (crc !== crc32(bytes, crc32(new Uint8Array(record.buffer))) || (isEnd && position !== count))
      throw salvageCorrupt(path, `what follows record ${count} is damaged`);
    if (isEnd) return;
    yield { position, bytes, isSound: record.getUint32(12, true) === 1 };
  }
}

function writeWhole(file: number, part: DataView | Uint8Array): void {
  for (let done = 0; done < part.byteLength; ) {
    done += writeSync(file, part, done, part.byteLength - done);
  }
}
