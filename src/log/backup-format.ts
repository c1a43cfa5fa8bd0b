import { crc32 } from 'node:zlib';
import { Code, SyncError } from '../base/errors.ts';

/**
 * A backup as one stream of bytes: a snapshot's blocks, and the records of the log from where the snapshot began.
 *
 * The layout, little endian: the magic "SDBK", u8 version; then frames, each u32 length of its payload, u8 kind, the
 * payload, and a CRC-32 over the frame's number, kind and payload. The header comes first, then blocks, then records, then
 * the trailer, which counts them: what ends before it is no backup. Payloads of blocks and records are the caller's.
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

const magic = [0x53, 0x44, 0x42, 0x4b] as const;
const kinds = ['header', 'block', 'record', 'trailer'] as const;
type Kind = (typeof kinds)[number];

const prefixBytes = magic.length + 1;
/** Length and kind before a payload, the checksum behind it. */
const frameHeadBytes = 5;
const frameTailBytes = 4;
const headerBytes = 16 + 3 * 8;
const trailerBytes = 2 * 8;
/** No block or record is larger: SQLite keeps none that is. */
const payloadBytesMax = 1 << 30;

/** The bytes of a backup, piece by piece, each about as large as its frame. */
export async function* encodeBackup(
  frames: AsyncIterable<BackupFrame>,
): AsyncGenerator<Uint8Array, void> {
  yield Uint8Array.of(...magic, backupVersion);
  const counts = { block: 0, record: 0 };
  let number = 0;
  for await (const frame of frames) {
    if (frame.kind !== 'header') counts[frame.kind]++;
    const payload = frame.kind === 'header' ? headerPayload(frame.header) : frame.bytes;
    yield frameBytes(number++, frame.kind, payload);
  }
  yield frameBytes(number, 'trailer', numbers([counts.block, counts.record]));
}

/**
 * Reads a backup from pieces of any size; holds no more than one frame and one piece. DATA_LOSS BACKUP_CORRUPT names the
 * byte at which it is damaged or ends too early, FAILED_PRECONDITION BACKUP_VERSION a newer format. What came before that
 * was whole, but only a backup that is read to its end is one.
 */
export async function* decodeBackup(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupFrame, void> {
  const reader = new PieceReader(pieces);
  await readPrefix(reader);
  const order = new FrameOrder(reader);
  for (let number = 0; ; number++) {
    const { kind, payload } = await readFrame(reader, number);
    order.next(kind, payload);
    if (kind === 'trailer') break;
    if (kind === 'header') yield { kind, header: readHeader(payload) };
    else yield { kind, bytes: payload };
  }
  if (!(await reader.atEnd())) throw reader.fail('bytes are left over');
}

async function readPrefix(reader: PieceReader): Promise<void> {
  const prefix = await reader.take(prefixBytes);
  if (magic.some((byte, index) => prefix[index] !== byte)) throw reader.fail('it is no backup', 0);
  const version = prefix[magic.length]!;
  if (version > backupVersion) throw newerVersion(version);
  if (version === 0) throw reader.fail('unknown version', magic.length);
}

async function readFrame(
  reader: PieceReader,
  number: number,
): Promise<{ kind: Kind; payload: Uint8Array }> {
  const start = reader.position;
  const head = await reader.take(frameHeadBytes);
  const length = viewOf(head).getUint32(0, true);
  const kind = kinds[head[4]!];
  if (kind === undefined || length > payloadBytesMax) throw reader.fail('unknown frame', start);
  const payload = await reader.take(length);
  const crc = viewOf(await reader.take(frameTailBytes)).getUint32(0, true);
  if (crc !== frameCrc(number, kind, payload)) throw reader.fail('wrong checksum', start);
  return { kind, payload };
}

/** Which frames may follow which. */
class FrameOrder {
  private readonly reader: PieceReader;
  private last: Kind | undefined;
  private readonly counts = { block: 0, record: 0 };

  constructor(reader: PieceReader) {
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

/** Takes so many bytes at a time from pieces of any size. */
class PieceReader {
  position = 0;
  private readonly pieces: AsyncIterator<Uint8Array>;
  private piece: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let left = count;
    // Not on the word of a length: no more is held than came.
    while (left > 0) {
      if (await this.atEnd()) throw this.fail('it ends too early');
      const part = this.piece.subarray(this.at, this.at + left);
      parts.push(part);
      this.at += part.length;
      this.position += part.length;
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]!.slice() : joined(parts, count);
  }

  async atEnd(): Promise<boolean> {
    while (this.at === this.piece.length) {
      const { done, value } = await this.pieces.next();
      if (done === true) return true;
      // A Buffer's own `slice` would share its memory.
      this.piece = new Uint8Array(value.buffer, value.byteOffset, value.length);
      this.at = 0;
    }
    return false;
  }

  fail(problem: string, position = this.position): SyncError {
    return new SyncError(
      Code.dataLoss,
      'BACKUP_CORRUPT',
      `the backup is damaged at byte ${position}: ${problem}`,
      { metadata: { byte: String(position) } },
    );
  }
}

function frameBytes(number: number, kind: Kind, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeadBytes + payload.length + frameTailBytes);
  const view = viewOf(bytes);
  view.setUint32(0, payload.length, true);
  view.setUint8(4, kinds.indexOf(kind));
  bytes.set(payload, frameHeadBytes);
  view.setUint32(frameHeadBytes + payload.length, frameCrc(number, kind, payload), true);
  return bytes;
}

/** The number makes a frame that is missing, or in another's place, a damaged one. */
function frameCrc(number: number, kind: Kind, payload: Uint8Array): number {
  return crc32(payload, crc32(numbers([number, kinds.indexOf(kind)])));
}

function headerPayload({ logId, epoch, position, createdMs }: BackupHeader): Uint8Array {
  return joined([logId, numbers([epoch, position, createdMs])], headerBytes);
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
  return viewOf(bytes).getFloat64(offset, true);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function newerVersion(found: number): SyncError {
  return new SyncError(
    Code.failedPrecondition,
    'BACKUP_VERSION',
    `the backup has format ${found}, and this SyncDB knows formats up to ${backupVersion}: run a newer one`,
    { metadata: { found: String(found), known: String(backupVersion) } },
  );
}
