import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { sizeOf } from './file-size.ts';
import { pageBytes, walPath } from './sqlite-driver.ts';

const headerBytes = 100;
/** Where its parts stand: SQLite's file format, section 1.3. */
const at = { versions: 18, pageCount: 28, applicationId: 68, spare: 72 } as const;

/**
 * Whether what SQLite reads first in a file is what every file of this program has there, as far as it is one: of another nothing
 * is said. SQLite itself takes some of it as it comes, and writes over pages that it does not count.
 */
export function isHeaderSound(path: string, applicationId: number): boolean {
  // What a change that was cut short had there is undone first.
  if (sizeOf(path) < headerBytes || sizeOf(`${path}-journal`) > 0) return true;
  const header = readHeader(path);
  if (header.readUInt32BE(at.applicationId) !== applicationId) return true;
  const mended = mendedHeader(header, path);
  // One that was made just now, and not used.
  const isNew = header.readUInt16BE(at.versions) === 0x0101;
  if (isNew) mended.writeUInt16BE(0x0101, at.versions);
  // Else the write-ahead log counts the pages.
  if (sizeOf(walPath(path)) > 0 || isNew)
    header.copy(mended, at.pageCount, at.pageCount, at.pageCount + 4);
  // Two counters of changes, which are the same only where nobody else has changed it, and what SQLite does not read.
  header.copy(mended, at.spare, at.spare);
  return header.equals(mended);
}

/** Gives a file the header that every one of this program has. */
export function mendHeader(path: string): void {
  const header = mendedHeader(readHeader(path), path);
  const file = openSync(path, 'r+');
  try {
    writeSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
}

function readHeader(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(headerBytes);
    readSync(file, header, 0, headerBytes, 0);
    return header;
  } finally {
    closeSync(file);
  }
}

/** The rest is left as it is. */
function mendedHeader(found: Buffer, path: string): Buffer {
  const header = Buffer.from(found);
  header.write('SQLite format 3\0', 'latin1');
  header.writeUInt16BE(pageBytes, 16);
  // A write-ahead log to write and to read; no bytes at a page's end; the fractions of a payload.
  header.set([2, 2, 0, 64, 32, 32], at.versions);
  // The size counts where the two change counters are the same.
  header.writeUInt32BE(Math.floor(sizeOf(path) / pageBytes), at.pageCount);
  header.copy(header, 92, 24, 28);
  // The format of the tables, and UTF-8.
  header.writeUInt32BE(4, 44);
  header.writeUInt32BE(1, 56);
  header.fill(0, at.spare, 92);
  return header;
}
