/**
 * What is wrong with a write-ahead log of SQLite (its file format, section 4): a header, and frames that each hold one page,
 * with a checksum over all that came before. SQLite ends such a log in silence at the first frame that does not check, as it
 * must: the last transaction may have been torn. But each is on stable storage before the next begins, where
 * `synchronous=FULL`. So where whole transactions stand behind such a frame it is no torn end: what they wrote is lost.
 *
 * In the last transaction alone the two cannot be told apart, nor can a log that was cut off.
 */
export interface WalDamage {
  /** The first frame that does not check, from 0 on; none where it is the header. */
  readonly frame: number | undefined;
  /** Transactions that SQLite cannot see any more; the last of them may never have been whole. */
  readonly transactions: number;
}

/** As much of the file as a check needs: `length` bytes from `offset` on, all of them there. Good until the next call. */
export type WalReader = (offset: number, length: number) => Uint8Array;

const headerBytes = 32;
const frameHeadBytes = 24;
/** The lowest bit tells in which byte order the checksums are: set for big endian. */
const magic = 0x377f0682;
const pageSizes: readonly number[] = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/** A checksum so far, and that of an empty text. */
type Sum = readonly [number, number];
const noSum: Sum = [0, 0];

interface Header {
  readonly littleEndian: boolean;
  readonly pageBytes: number;
  readonly salts: Salts;
  /** Of the header, which the frames' go on from; none where the header is damaged. */
  readonly sum: Sum | undefined;
}

/** Two numbers that the frames have in common with the header, until the log is begun anew. */
type Salts = readonly [number, number];

interface Frame {
  readonly isCommit: boolean;
  readonly salts: Salts;
  /** Its head, and the page where that was read too. */
  readonly view: DataView;
}

/** Looks through a log of `size` bytes. `pageBytes` are those of the file's pages, for where the header cannot tell. */
export function findWalDamage(
  read: WalReader,
  size: number,
  pageBytes: number,
): WalDamage | undefined {
  if (size < headerBytes) return undefined;
  const header = readHeader(read, pageBytes);
  const count = Math.floor((size - headerBytes) / (frameHeadBytes + header.pageBytes));
  const sound = header.sum === undefined ? noFrames : soundFrames(read, header, header.sum, count);
  const { frame, isCertain } = sound;
  const transactions = transactionsFrom(read, header, frame, count);
  // The header is written, and on stable storage, before the first frame is.
  if (header.sum === undefined)
    return transactions === 0 ? undefined : { frame: undefined, transactions };
  return isCertain || transactions > 1 ? { frame, transactions } : undefined;
}

interface SoundFrames {
  /** The first frame that is not sound. */
  readonly frame: number;
  /** Whether no end of a write can have made it so. */
  readonly isCertain: boolean;
}

const noFrames: SoundFrames = { frame: 0, isCertain: false };

function soundFrames(read: WalReader, header: Header, seed: Sum, count: number): SoundFrames {
  let sum = seed;
  for (let frame = 0; frame < count; frame++) {
    const { view, salts } = readFrame(read, header, frame, frameHeadBytes + header.pageBytes);
    // Neither the salts nor the sum itself.
    sum = checksum(view, checksum(view, sum, header, 0, 8), header, frameHeadBytes);
    const isRight = view.getUint32(16) === sum[0] && view.getUint32(20) === sum[1];
    // The sum follows from all that this log has had since its salts were chosen.
    if (!isRight || !areSame(salts, header.salts)) return { frame, isCertain: isRight };
  }
  return { frame: count, isCertain: false };
}

/** Frames from `first` on that end a transaction of this log, and not of what it was before it was begun anew. */
function transactionsFrom(read: WalReader, header: Header, first: number, count: number): number {
  let transactions = 0;
  let { salts } = header;
  for (let frame = first; frame < count; frame++) {
    const found = readFrame(read, header, frame, frameHeadBytes);
    if (header.sum === undefined && frame === first) salts = found.salts;
    if (found.isCommit && areSame(found.salts, salts)) transactions++;
  }
  return transactions;
}

function readHeader(read: WalReader, pageBytes: number): Header {
  const view = viewOf(read(0, headerBytes));
  const littleEndian = (view.getUint32(0) & 1) === 0;
  const salts: Salts = [view.getUint32(16), view.getUint32(20)];
  const order = { littleEndian };
  const sum = checksum(view, noSum, order, 0, headerBytes - 8);
  const found = view.getUint32(8);
  const isSound =
    (view.getUint32(0) & ~1) === magic &&
    pageSizes.includes(found) &&
    view.getUint32(24) === sum[0] &&
    view.getUint32(28) === sum[1];
  if (!isSound) return { littleEndian, pageBytes, salts, sum: undefined };
  return { littleEndian, pageBytes: found, salts, sum };
}

function readFrame(read: WalReader, { pageBytes }: Header, frame: number, length: number): Frame {
  const view = viewOf(read(headerBytes + frame * (frameHeadBytes + pageBytes), length));
  // A frame that ends a transaction has the size of the file behind it, in pages.
  const isCommit = view.getUint32(4) !== 0;
  return { view, isCommit, salts: [view.getUint32(8), view.getUint32(12)] };
}

function checksum(
  view: DataView,
  [first, second]: Sum,
  { littleEndian }: Pick<Header, 'littleEndian'>,
  begin = 0,
  end = view.byteLength,
): Sum {
  let [one, two] = [first, second];
  for (let offset = begin; offset < end; offset += 8) {
    one = (one + view.getUint32(offset, littleEndian) + two) >>> 0;
    two = (two + view.getUint32(offset + 4, littleEndian) + one) >>> 0;
  }
  return [one, two];
}

function areSame(left: Salts, right: Salts): boolean {
  return left[0] === right[0] && left[1] === right[1];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
