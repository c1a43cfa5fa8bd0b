import { EditsHeader, EditsTrailer, RefusedEdit } from '../../gen/ts/syncdb/v1/edits_file.ts';
import { ByteWriter, joinedBytes, malformed } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import { stampMs, stampOf } from '../base/stamp.ts';
import { decodeTransaction, encodeTransaction, type Transaction } from '../change/transaction.ts';
import { encodeFrames, type Frame, type FrameFormat, FrameReader } from '../log/frames.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import { required } from '../wire/checks.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { outcomeFromWire, outcomeToWire } from '../wire/outcomes.ts';
import { stampOfTimestamp, timestampOfStamp } from '../wire/timestamps.ts';
import { transactionFromWire, transactionToWire } from '../wire/transactions.ts';

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

type Kind = 'header' | 'transaction' | 'refused' | 'trailer';
type Header = Omit<EditsFile, 'transactions' | 'parked'>;

/** A transaction has 256 MiB at the most, and a parked one some more beside it. */
const payloadBytesMax = 1 << 30;

const format: FrameFormat<Kind> = {
  noun: 'file of edits',
  // SDBE
  magic: [0x53, 0x44, 0x42, 0x45],
  version: editsFileVersion,
  kinds: ['header', 'transaction', 'refused', 'trailer'],
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
 * The bytes of a file: its frames (`log/frames.ts`) are an EditsHeader, the transactions in their canonical encoding, a
 * RefusedEdit for each that was refused, and an EditsTrailer.
 */
export async function encodeEditsFile(file: EditsFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeFrames(format, framesOf(file))) pieces.push(piece);
  return joinedBytes(pieces);
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
      else if (kind === 'refused') parked.push(readRefused(payload));
      else checkTrailer(payload, transactions.length, parked.length);
    });
  }
  return { ...header!, transactions, parked };
}

function* framesOf(file: EditsFile): Generator<Frame<Kind>, void> {
  const { transactions, parked } = file;
  yield { kind: 'header', payload: EditsHeader.encode(headerToWire(file)).finish() };
  for (const transaction of transactions) {
    const out = new ByteWriter();
    encodeTransaction(transaction, out);
    yield { kind: 'transaction', payload: out.finish() };
  }
  for (const { transaction, outcome } of parked) {
    const refused = {
      transaction: transactionToWire(transaction),
      outcome: outcomeToWire(outcome),
    };
    yield { kind: 'refused', payload: RefusedEdit.encode(refused).finish() };
  }
  const counts = { transactions: transactions.length, refused: parked.length };
  yield { kind: 'trailer', payload: EditsTrailer.encode(counts).finish() };
}

function headerToWire(header: Header): EditsHeader {
  return {
    database: header.database,
    schema: { version: header.schemaVersion, fingerprint: header.schemaFingerprint },
    replicaId: header.replicaId,
    createdAt: timestampOfStamp(stampOf(header.createdMs)),
  };
}

function readHeader(payload: Uint8Array): Header {
  const header = decodeMessage(EditsHeader, payload);
  const { version, fingerprint } = required(header.schema, 'schema');
  return {
    database: header.database,
    schemaVersion: version,
    schemaFingerprint: fingerprint,
    replicaId: header.replicaId,
    createdMs: stampMs(stampOfTimestamp(header.createdAt, 'created_at')),
  };
}

function readRefused(payload: Uint8Array): ParkedTransaction {
  const refused = decodeMessage(RefusedEdit, payload);
  return {
    transaction: transactionFromWire(required(refused.transaction, 'transaction'), 'transaction'),
    outcome: outcomeFromWire(required(refused.outcome, 'outcome'), 'outcome'),
  };
}

function checkTrailer(payload: Uint8Array, transactions: number, refused: number): void {
  const counts = decodeMessage(EditsTrailer, payload);
  if (counts.transactions === transactions && counts.refused === refused) return;
  throw malformed(format.noun, 'it does not count what it has');
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
