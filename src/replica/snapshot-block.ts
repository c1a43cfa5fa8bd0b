import { ByteReader, ByteWriter, malformed } from '../base/bytes.ts';
import { murmur32 } from '../base/digest.ts';

/**
 * One block of a snapshot: `S` `B` and the version of the format, what kind of block it is, the seq at which the snapshot
 * began, its place among the blocks, the body, and four bytes by which damage is found.
 */
const magic = [0x53, 0x42, 0x01] as const;
const checksumBytes = 4;
const checksumSeed = 0x534e4150;
const format = 'snapshot block';

export const BlockKind = {
  header: 1,
  rows: 2,
  moves: 3,
  digests: 4,
  checks: 6,
  trailer: 5,
} as const;
export type BlockKind = (typeof BlockKind)[keyof typeof BlockKind];

/** Rows, and so scope moves, of one block at most. */
export const blockRowsMax = 1024;
/** A block whose texts and byte strings take so much has no further row. */
export const blockTextBytesMax = 1 << 20;

/** Writes the blocks of one snapshot. */
export class BlockWriter {
  private readonly seq: number;
  private readonly out = new ByteWriter(128 << 10);
  private index = 0;

  constructor(seq: number) {
    this.seq = seq;
  }

  /** Blocks so far. */
  get count(): number {
    return this.index;
  }

  /** The next block, in bytes of its own. */
  block(kind: BlockKind, writeBody: (out: ByteWriter) => void): Uint8Array {
    const { out } = this;
    out.reset();
    for (const byte of magic) out.u8(byte);
    out.u8(kind);
    out.varint(this.seq);
    out.varint(this.index++);
    writeBody(out);
    const bytes = out.peek();
    out.fixed32(murmur32(bytes, 0, bytes.length, checksumSeed));
    return out.finish();
  }
}

/** Reads the blocks of one snapshot, each of which must be the next. */
export class BlockReader {
  private seq: number | undefined;
  private index = 0;

  /** Seq at which the snapshot began, once the first block is read. */
  get beganAt(): number {
    return this.seq ?? 0;
  }

  /** Blocks so far. */
  get count(): number {
    return this.index;
  }

  /** The kind of the next block, and its body. DATA_LOSS MALFORMED_BYTES where it is damaged or another one. */
  next(block: Uint8Array): { kind: number; body: ByteReader } {
    const end = block.length - checksumBytes;
    if (end < magic.length) throw malformed(format, 'the bytes end too early');
    const sum = new ByteReader(block, format, end).fixed32();
    const body = new ByteReader(block, format, 0, end);
    for (const byte of magic) {
      if (body.u8() !== byte) throw malformed(format, 'no magic or unknown version');
    }
    if (sum !== murmur32(block, 0, end, checksumSeed)) throw malformed(format, 'it is damaged');
    const kind = body.u8();
    const seq = body.varint();
    this.seq ??= seq;
    if (seq !== this.seq) throw body.fail('it is of another snapshot');
    if (body.varint() !== this.index++) throw body.fail('it is not the next');
    return { kind, body };
  }
}
