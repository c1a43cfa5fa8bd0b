import { Code, SyncError } from '../base/errors.ts';
import { encodeFrames, type Frame, type FrameFormat, FrameReader } from './frames.ts';

/**
 * A backup as one stream of bytes: a snapshot's blocks, and the records of the log from where the snapshot began.
 *
 * Its frames (`frames.ts`) begin with a header, then come blocks, then records, then the trailer, which counts them: what ends
 * before it is no backup. Payloads of blocks and records are the caller's.
 */
export type BackupFrame =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'record'; readonly bytes: Uint8Array };

export interface BackupHeader {
  /** 16 bytes. */
  readonly logId: Uint8Array;
  /** The epoch in which the log is written. */
  readonly epoch: number;
  /** Position at which the snapshot began; the first record is the one behind it. 0 where there is no snapshot. */
  readonly position: number;
  /** When it was begun, in milliseconds since 1970. For people. */
  readonly createdMs: number;
}

export const backupVersion = 1;

const kinds = ['header', 'block', 'record', 'trailer'] as const;
type Kind = (typeof kinds)[number];

const format: FrameFormat<Kind> = {
  noun: 'backup',
  // SDBK
  magic: [0x53, 0x44, 0x42, 0x4b],
  version: backupVersion,
  kinds,
  // No block or record is larger: SQLite keeps none that is.
  payloadBytesMax: 1 << 30,
  corrupt: (byte, problem) =>
    new SyncError(
      Code.dataLoss,
      'BACKUP_CORRUPT',
      `the backup is damaged at byte ${byte}: ${problem}`,
      { metadata: { byte: String(byte) } },
    ),
  newer: newerVersion,
};

const headerBytes = 16 + 3 * 8;
const trailerBytes = 2 * 8;

/** The bytes of a backup, piece by piece, each about as large as its frame. */
export function encodeBackup(frames: AsyncIterable<BackupFrame>): AsyncGenerator<Uint8Array, void> {
  return encodeFrames(format, withTrailer(frames));
}

async function* withTrailer(frames: AsyncIterable<BackupFrame>): AsyncGenerator<Frame<Kind>, void> {
  const counts = { block: 0, record: 0 };
  for await (const frame of frames) {
    const { kind } = frame;
    if (kind !== 'header') counts[kind]++;
    yield { kind, payload: kind === 'header' ? headerPayload(frame.header) : frame.bytes };
  }
  yield { kind: 'trailer', payload: numbers([counts.block, counts.record]) };
}

/**
 * Reads a backup from pieces of any size; holds no more than one frame and one piece. DATA_LOSS BACKUP_CORRUPT names the
 * byte at which it is damaged or ends too early, FAILED_PRECONDITION BACKUP_VERSION a newer format. What came before that
 * was whole, but only a backup that is read to its end is one.
 */
export async function* decodeBackup(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupFrame, void> {
  const reader = new FrameReader(format, pieces);
  const order = new FrameOrder(reader);
  for await (const { kind, payload } of reader.frames()) {
    order.next(kind, payload);
    if (kind === 'header') yield { kind, header: readHeader(payload) };
    else if (kind !== 'trailer') yield { kind, bytes: payload };
  }
}

/** Which frames may follow which. */
class FrameOrder {
  private readonly reader: FrameReader<Kind>;
  private last: Kind | undefined;
  private readonly counts = { block: 0, record: 0 };

  constructor(reader: FrameReader<Kind>) {
    this.reader = reader;
  }

  next(kind: Kind, payload: Uint8Array): void {
    const { last, counts } = this;
    const isFirst = last === undefined;
    if (isFirst !== (kind === 'header')) throw this.reader.fail('frames are out of order');
    if (kind === 'block' && last === 'record') throw this.reader.fail('frames are out of order');
    if (kind === 'header' && payload.length !== headerBytes) throw this.reader.fail('bad header');
    if (kind === 'block' || kind === 'record') counts[kind]++;
    if (kind === 'trailer') this.checkTrailer(payload);
    this.last = kind;
  }

  private checkTrailer(payload: Uint8Array): void {
    const { counts, reader } = this;
    const fits =
      payload.length === trailerBytes &&
      numberAt(payload, 0) === counts.block &&
      numberAt(payload, 8) === counts.record;
    if (!fits) throw reader.fail('it does not count what it has');
  }
}

function headerPayload({ logId, epoch, position, createdMs }: BackupHeader): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  bytes.set(logId);
  bytes.set(numbers([epoch, position, createdMs]), logId.length);
  return bytes;
}

function readHeader(payload: Uint8Array): BackupHeader {
  return {
    logId: payload.slice(0, 16),
    epoch: numberAt(payload, 16),
    position: numberAt(payload, 24),
    createdMs: numberAt(payload, 32),
  };
}

function numbers(values: readonly number[]): Uint8Array {
  return new Uint8Array(new Float64Array(values).buffer);
}

function numberAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(offset, true);
}

function newerVersion(found: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'BACKUP_VERSION',
    `the backup has format ${found}, and this SyncDB knows formats up to ${backupVersion}: run a newer one`,
    { metadata: { found: String(found), known: String(backupVersion) } },
  );
}
