import { ByteReader, ByteWriter, malformed } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import { decodeTransaction, encodeTransaction, type Transaction } from '../change/transaction.ts';
import { encodeFrames, type Frame, type FrameFormat, FrameReader } from '../log/frames.ts';
import { decodeJournalRecord, encodeJournalRecord } from '../replica/journal-record.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';

/** Edits in a file that is carried by hand to another machine, or to the home. */
export interface EditsFile {
  readonly database: string;
  readonly schemaVersion: number;
  readonly schemaFingerprint: string;
  /** The replica that wrote the file. */
  readonly replicaId: string;
  /** When it did, by its clock. */
  readonly createdMs: number;
  /** Sealed; those of one writer in the order of their counters, without a gap. */
  readonly transactions: readonly Transaction[];
  /** What a home has refused of that replica: for people, since nothing else comes of it. */
  readonly parked: readonly ParkedTransaction[];
}

export const editsFileVersion = 1;

type Kind = 'header' | 'transaction' | 'parked' | 'trailer';
type Header = Omit<EditsFile, 'transactions' | 'parked'>;

/** A transaction has 256 MiB at the most, and a parked one some more beside it. */
const payloadBytesMax = 1 << 30;

const format: FrameFormat<Kind> = {
  noun: 'file of edits',
  // SDBE
  magic: [0x53, 0x44, 0x42, 0x45],
  version: editsFileVersion,
  kinds: ['header', 'transaction', 'parked', 'trailer'],
  payloadBytesMax,
  corrupt,
  newer: (found) =>
    new SyncError(
      Code.failedPrecondition,
      'EDITS_FILE_VERSION',
      `the file of edits has format ${found}, and this SyncDB knows formats up to ${editsFileVersion}: import it with a newer one`,
      { metadata: { found: String(found), known: String(editsFileVersion) } },
    ),
};

/**
 * The bytes of a file: its frames (`log/frames.ts`) are a header, the transactions in their canonical encoding, those that were
 * refused, each as a record of a journal, and a trailer that counts them.
 */
export async function encodeEditsFile(file: EditsFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeFrames(format, framesOf(file))) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/**
 * Reads a file from pieces of any size, wholly. DATA_LOSS EDITS_FILE_CORRUPT names the byte at which it is damaged or ends too
 * early, FAILED_PRECONDITION EDITS_FILE_VERSION a newer format: nothing of such a file is given.
 */
export async function decodeEditsFile(
  source: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<EditsFile> {
  const reader = new FrameReader(format, source instanceof Uint8Array ? [source] : source);
  let header: Header | undefined;
  const transactions: Transaction[] = [];
  const parked: ParkedTransaction[] = [];
  for await (const { kind, payload } of reader.frames()) {
    if ((header === undefined) !== (kind === 'header'))
      throw reader.fail('frames are out of order');
    parsed(reader, () => {
      if (kind === 'header') header = readHeader(payload);
      else if (kind === 'transaction') transactions.push(decodeTransaction(payload));
      else if (kind === 'parked') parked.push(readParked(payload));
      else checkTrailer(payload, [transactions.length, parked.length]);
    });
  }
  return { ...header!, transactions, parked };
}

function* framesOf(file: EditsFile): Generator<Frame<Kind>, void> {
  const { transactions, parked } = file;
  yield { kind: 'header', payload: written((out) => writeHeader(file, out)) };
  for (const transaction of transactions) {
    yield {
      kind: 'transaction',
      payload: written((out) => encodeTransaction(transaction, out)),
    };
  }
  for (const each of parked) {
    yield { kind: 'parked', payload: encodeJournalRecord({ kind: 'parked', ...each }) };
  }
  const counts = written((out) => {
    out.varint(transactions.length);
    out.varint(parked.length);
  });
  yield { kind: 'trailer', payload: counts };
}

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.finish();
}

function writeHeader(header: Header, out: ByteWriter): void {
  out.lengthText(header.database);
  out.varint(header.schemaVersion);
  out.lengthText(header.schemaFingerprint);
  out.lengthText(header.replicaId);
  out.varint(header.createdMs);
}

function readHeader(payload: Uint8Array): Header {
  const reader = new ByteReader(payload, format.noun);
  const header = {
    database: reader.lengthText(),
    schemaVersion: reader.varint(),
    schemaFingerprint: reader.lengthText(),
    replicaId: reader.lengthText(),
    createdMs: reader.varint(),
  };
  if (!reader.done) throw reader.fail('bytes are left over');
  return header;
}

function readParked(payload: Uint8Array): ParkedTransaction {
  const record = decodeJournalRecord(payload);
  if (record.kind !== 'parked') throw malformed(format.noun, `${record.kind} is no refused edit`);
  return { transaction: record.transaction, outcome: record.outcome };
}

function checkTrailer(payload: Uint8Array, counts: readonly number[]): void {
  const reader = new ByteReader(payload, format.noun);
  const isSame = counts.every((count) => reader.varint() === count) && reader.done;
  if (!isSame) throw reader.fail('it does not count what it has');
}

/** What a frame says that has the right checksum and is not what this code writes. */
function parsed<T>(reader: FrameReader<Kind>, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw reader.fail(error.message);
  }
}

function corrupt(byte: number, problem: string): SyncError {
  const message = `the file of edits is damaged at byte ${byte}: ${problem}; nothing of it was taken`;
  const metadata = { byte: String(byte) };
  return new SyncError(Code.dataLoss, 'EDITS_FILE_CORRUPT', message, { metadata });
}
