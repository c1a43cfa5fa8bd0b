import { type ByteReader, ByteWriter } from '../base/bytes.ts';
import { chainBytes } from '../change/commit-record.ts';

/** What the first block of a snapshot says. */
export interface SnapshotHeader {
  /** Of the log that it belongs to. */
  readonly logId: Uint8Array;
  /** Newest commit when it began: whoever loads it replays those behind. */
  readonly seq: number;
  /** Chain hash of that commit. */
  readonly chain: Uint8Array;
  /** The schema in which its rows are written. */
  readonly schema: {
    readonly version: number;
    readonly fingerprint: string;
    readonly facts: string;
  };
  /** In the order in which their rows come. */
  readonly tables: readonly SnapshotTable[];
}

export interface SnapshotTable {
  readonly name: string;
  /** Slots when the snapshot began: so many of its rows are in blocks. */
  readonly slotEnd: number;
  /** Numbers of the fields, in the order of the columns. */
  readonly fields: readonly number[];
}

/** What the last block says. */
export interface SnapshotTrailer {
  /** Newest commit when it ended: the state is whole once the log is replayed up to it. */
  readonly endSeq: number;
  /** Blocks before this one. */
  readonly blockCount: number;
  /** Slots of all tables. */
  readonly rowCount: number;
  /** Rows that entered or left scopes. */
  readonly moveCount: number;
}

/** Numbers of columns lie in a block as they lie in memory. */
const byteOrderMark = new Uint8Array(Uint32Array.of(0x01020304).buffer);

/**
 * A header has sections, each with a number and a length. One that is unknown is passed over, so that a section which older
 * versions can do without needs no new version of the format.
 */
const Section = { point: 1, schema: 2, tables: 3 } as const;

export function writeHeader(header: SnapshotHeader, out: ByteWriter): void {
  const section = (number: number, write: (to: ByteWriter) => void) => {
    const body = new ByteWriter();
    write(body);
    out.varint(number);
    out.lengthBytes(body.peek());
  };
  section(Section.point, (to) => {
    to.bytes(byteOrderMark);
    to.lengthBytes(header.logId);
    to.varint(header.seq);
    to.bytes(header.chain);
  });
  section(Section.schema, (to) => {
    const { version, fingerprint, facts } = header.schema;
    to.varint(version);
    to.lengthText(fingerprint);
    to.lengthText(facts);
  });
  section(Section.tables, (to) => {
    to.varint(header.tables.length);
    for (const { name, slotEnd, fields } of header.tables) {
      to.lengthText(name);
      to.varint(slotEnd);
      to.varint(fields.length);
      for (const number of fields) to.varint(number);
    }
  });
}

/** DATA_LOSS MALFORMED_BYTES where `writeHeader` cannot have written it. */
export function readHeader(reader: ByteReader): SnapshotHeader {
  const header: { -readonly [key in keyof SnapshotHeader]?: SnapshotHeader[key] } = {};
  while (!reader.done) {
    const number = reader.varint();
    const length = reader.varint();
    const end = reader.position + length;
    if (end > reader.end) throw reader.fail('the bytes end too early');
    if (number === Section.point) Object.assign(header, readPoint(reader));
    else if (number === Section.schema) header.schema = readSchema(reader);
    else if (number === Section.tables) header.tables = readTables(reader);
    else reader.bytes(length);
    if (reader.position !== end) throw reader.fail(`section ${number} has another length`);
  }
  const { logId, seq, chain, schema, tables } = header;
  if (logId === undefined || seq === undefined || chain === undefined) {
    throw reader.fail('the header says not where it stands');
  }
  if (schema === undefined || tables === undefined) throw reader.fail('the header has no schema');
  return { logId, seq, chain, schema, tables };
}

function readPoint(reader: ByteReader): Pick<SnapshotHeader, 'logId' | 'seq' | 'chain'> {
  for (const byte of byteOrderMark) {
    if (reader.u8() !== byte) throw reader.fail('a machine of another byte order wrote it');
  }
  return {
    logId: reader.lengthBytes().slice(),
    seq: reader.varint(),
    chain: reader.bytes(chainBytes).slice(),
  };
}

function readSchema(reader: ByteReader): SnapshotHeader['schema'] {
  return {
    version: reader.varint(),
    fingerprint: reader.lengthText(),
    facts: reader.lengthText(),
  };
}

function readTables(reader: ByteReader): SnapshotTable[] {
  const tables: SnapshotTable[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.lengthText();
    const slotEnd = reader.varint();
    const fields: number[] = [];
    for (let rest = reader.count(); rest > 0; rest--) fields.push(reader.varint());
    tables.push({ name, slotEnd, fields });
  }
  return tables;
}

export function writeTrailer(trailer: SnapshotTrailer, out: ByteWriter): void {
  out.varint(trailer.endSeq);
  out.varint(trailer.blockCount);
  out.varint(trailer.rowCount);
  out.varint(trailer.moveCount);
}

/** DATA_LOSS MALFORMED_BYTES where `writeTrailer` cannot have written it. */
export function readTrailer(reader: ByteReader): SnapshotTrailer {
  return {
    endSeq: reader.varint(),
    blockCount: reader.varint(),
    rowCount: reader.varint(),
    moveCount: reader.varint(),
  };
}
