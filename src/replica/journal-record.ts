import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Seq } from '../base/seq.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import { encodeTransaction, type Transaction } from '../change/transaction.ts';
import type { ChecksRun } from './chain-checks.ts';
import type { CopyPosition, Kept } from './committed-copy.ts';
import {
  chainCodec,
  deltasCodec,
  type HistoryState,
  readCheckpoint,
  readDeltas,
  readFlag,
  readHistory,
  readKept,
  readList,
  readOptionalKept,
  readOutcome,
  readSettled,
  readTexts,
  readTransaction,
  type StampedWrite,
  writeCheckpoint,
  writeCodec,
  writeDeltas,
  writeFlag,
  writeHistory,
  writeKept,
  writeList,
  writeOptionalKept,
  writeOutcome,
  writeSettled,
  writeTexts,
} from './journal-parts.ts';
import { readWriter, type WriterState, writeWriter } from './writer-state.ts';

/** Whose journal it is, and what it is to hold. The first record of each journal; another where the wish is changed. */
export interface Opened {
  readonly database: string;
  readonly schemaVersion: number;
  readonly schemaFingerprint: string;
  /** The id that the replica was opened with; it may have another by now. */
  readonly replica: string;
  readonly relay: boolean;
  readonly wish: Kept;
}

/** A row of a history that was lost; `row` is its message. */
export interface StoredRow {
  readonly table: string;
  readonly key: string;
  readonly version: Seq;
  readonly writer: string;
  readonly row: Uint8Array;
}

/**
 * One record of a replica's journal. The first kinds are inputs, in the order in which the replica took them, and it
 * took each wholly. The others are parts of a state, with which a journal begins that took the place of a longer one.
 */
export type JournalRecord =
  | { readonly kind: 'opened'; readonly opened: Opened }
  | ({ readonly kind: 'write' } & StampedWrite)
  /** In the place of the transaction with the same counter, which nobody was given. */
  | ({ readonly kind: 'amend' } & StampedWrite)
  /** Of tables that never leave the device: an input of `LocalTables`. */
  | { readonly kind: 'local'; readonly deltas: readonly RowDelta[] }
  /** A parked transaction was dealt with. */
  | { readonly kind: 'discarded'; readonly replica: string; readonly counter: number }
  | { readonly kind: 'receive'; readonly transaction: Transaction }
  | { readonly kind: 'seal' }
  | {
      readonly kind: 'stage';
      readonly cursor: Uint8Array;
      readonly keep: Kept | undefined;
      readonly deltas: readonly RowDelta[];
    }
  | { readonly kind: 'checkpoint'; readonly proven: boolean; readonly checkpoint: Checkpoint }
  | { readonly kind: 'restart' }
  | {
      readonly kind: 'identity';
      /** The id that it led to. */
      readonly replica: string;
      readonly entropy: Uint8Array;
      readonly outcomes: readonly Outcome[];
    }
  /** Other writers whose transactions nobody vouches for. */
  | { readonly kind: 'drop'; readonly replicas: readonly string[] }
  | { readonly kind: 'copy'; readonly position: CopyPosition }
  | {
      readonly kind: 'rows';
      /** Of the copy that is shown, or of the one that is built behind it. */
      readonly shown: boolean;
      readonly deltas: readonly RowDelta[];
    }
  | {
      readonly kind: 'staged';
      readonly keep: Kept | undefined;
      readonly deltas: readonly RowDelta[];
    }
  | { readonly kind: 'writer'; readonly writer: WriterState }
  | { readonly kind: 'queued'; readonly orderStamp: Stamp; readonly transaction: Transaction }
  | { readonly kind: 'parked'; readonly outcome: Outcome; readonly transaction: Transaction }
  /** The two inputs that a lost history brings. */
  | { readonly kind: 'forked'; readonly forkedAt: Seq }
  | {
      readonly kind: 'reopen';
      readonly position: Settled;
      /** Counter of the first one that was still kept, 0 for none: it depends on limits. Older journals do not tell it. */
      readonly first?: number | undefined;
    }
  | { readonly kind: 'kept'; readonly seq: Seq; readonly transaction: Transaction }
  | { readonly kind: 'quarantined'; readonly row: StoredRow }
  | { readonly kind: 'history'; readonly history: HistoryState }
  /** A quarantined row was judged. */
  | {
      readonly kind: 'released';
      readonly table: string;
      readonly key: string;
      readonly version: Seq;
    }
  /** A line of a former id is to be ordered once more from a counter on, and what was said of one of these. */
  | {
      readonly kind: 'reopenFormer';
      readonly replica: string;
      readonly position: Settled;
      readonly first: number;
    }
  | { readonly kind: 'formerAnswer'; readonly final: boolean; readonly outcome: Outcome }
  /** A part of a state: rows of such tables. */
  | { readonly kind: 'localRows'; readonly deltas: readonly RowDelta[] }
  /** A part of a state: what a relay knows of the chain of the log, from the commit at position `first` on. */
  | ({ readonly kind: 'chain' } & ChecksRun)
  /** The same of a history that was left. */
  | ({ readonly kind: 'leftChain' } & ChecksRun);

const format = 'journal record';
/** `S` `J` and the version of the format. */
const magic = [0x53, 0x4a, 0x01] as const;

/** A record is a kind's number and its body, behind the magic. New kinds go to the end. */
const kinds = [
  ...(['opened', 'write', 'receive', 'seal', 'stage', 'checkpoint', 'restart'] as const),
  ...(['identity', 'drop', 'copy', 'rows', 'staged', 'writer', 'queued', 'parked'] as const),
  ...(['forked', 'reopen', 'kept', 'quarantined', 'history', 'released'] as const),
  ...(['reopenFormer', 'formerAnswer', 'chain', 'leftChain', 'amend'] as const),
  ...(['local', 'localRows', 'discarded'] as const),
] as const;

type Kind = JournalRecord['kind'];
type RecordOf<K extends Kind> = Extract<JournalRecord, { kind: K }>;

interface Codec<R> {
  write(record: R, out: ByteWriter): void;
  read(reader: ByteReader): Omit<R, 'kind'>;
}

const codecs: { readonly [K in Kind]: Codec<RecordOf<K>> } = {
  opened: {
    write: ({ opened }, out) => {
      out.lengthText(opened.database);
      out.varint(opened.schemaVersion);
      out.lengthText(opened.schemaFingerprint);
      out.lengthText(opened.replica);
      writeFlag(opened.relay, out);
      writeKept(opened.wish, out);
    },
    read: (reader) => ({
      opened: {
        database: reader.lengthText(),
        schemaVersion: reader.varint(),
        schemaFingerprint: reader.lengthText(),
        replica: reader.lengthText(),
        relay: readFlag(reader),
        wish: readKept(reader),
      },
    }),
  },
  write: writeCodec,
  receive: {
    write: ({ transaction }, out) => encodeTransaction(transaction, out),
    read: (reader) => ({ transaction: readTransaction(reader) }),
  },
  amend: writeCodec,
  seal: { write: () => {}, read: () => ({}) },
  stage: {
    write: ({ cursor, keep, deltas }, out) => {
      out.lengthBytes(cursor);
      writeOptionalKept(keep, out);
      writeDeltas(deltas, out);
    },
    read: (reader) => ({
      cursor: reader.lengthBytes(),
      keep: readOptionalKept(reader),
      deltas: readDeltas(reader),
    }),
  },
  checkpoint: {
    write: ({ proven, checkpoint }, out) => {
      writeFlag(proven, out);
      writeCheckpoint(checkpoint, out);
    },
    read: (reader) => ({ proven: readFlag(reader), checkpoint: readCheckpoint(reader) }),
  },
  restart: { write: () => {}, read: () => ({}) },
  identity: {
    write: ({ replica, entropy, outcomes }, out) => {
      out.lengthText(replica);
      out.lengthBytes(entropy);
      writeList(outcomes, out, writeOutcome);
    },
    read: (reader) => ({
      replica: reader.lengthText(),
      entropy: reader.lengthBytes(),
      outcomes: readList(reader, readOutcome),
    }),
  },
  drop: {
    write: ({ replicas }, out) => writeTexts(replicas, out),
    read: (reader) => ({ replicas: readTexts(reader) }),
  },
  copy: {
    write: ({ position }, out) => {
      out.lengthBytes(position.cursor);
      out.varint(position.head);
      writeFlag(position.complete, out);
      writeFlag(position.proven, out);
      writeFlag(position.building, out);
    },
    read: (reader) => ({
      position: {
        cursor: reader.lengthBytes(),
        head: reader.varint(),
        complete: readFlag(reader),
        proven: readFlag(reader),
        building: readFlag(reader),
      },
    }),
  },
  rows: {
    write: ({ shown, deltas }, out) => {
      writeFlag(shown, out);
      writeDeltas(deltas, out);
    },
    read: (reader) => ({ shown: readFlag(reader), deltas: readDeltas(reader) }),
  },
  staged: {
    write: ({ keep, deltas }, out) => {
      writeOptionalKept(keep, out);
      writeDeltas(deltas, out);
    },
    read: (reader) => ({ keep: readOptionalKept(reader), deltas: readDeltas(reader) }),
  },
  writer: {
    write: ({ writer }, out) => writeWriter(writer, out),
    read: (reader) => ({ writer: readWriter(reader) }),
  },
  queued: {
    write: ({ orderStamp, transaction }, out) => {
      out.varint(orderStamp);
      encodeTransaction(transaction, out);
    },
    read: (reader) => ({ orderStamp: reader.varint(), transaction: readTransaction(reader) }),
  },
  parked: {
    write: ({ outcome, transaction }, out) => {
      writeOutcome(outcome, out);
      encodeTransaction(transaction, out);
    },
    read: (reader) => ({ outcome: readOutcome(reader), transaction: readTransaction(reader) }),
  },
  forked: {
    write: ({ forkedAt }, out) => out.varint(forkedAt),
    read: (reader) => ({ forkedAt: reader.varint() }),
  },
  reopen: {
    write: ({ position, first }, out) => {
      writeSettled(position, out);
      if (first !== undefined) out.varint(first);
    },
    read: (reader) => {
      const position = readSettled(reader);
      return reader.done ? { position } : { position, first: reader.varint() };
    },
  },
  kept: {
    write: ({ seq, transaction }, out) => {
      out.varint(seq);
      encodeTransaction(transaction, out);
    },
    read: (reader) => ({ seq: reader.varint(), transaction: readTransaction(reader) }),
  },
  quarantined: {
    write: ({ row }, out) => {
      out.lengthText(row.table);
      out.lengthText(row.key);
      out.varint(row.version);
      out.lengthText(row.writer);
      out.lengthBytes(row.row);
    },
    read: (reader) => ({
      row: {
        table: reader.lengthText(),
        key: reader.lengthText(),
        version: reader.varint(),
        writer: reader.lengthText(),
        row: reader.lengthBytes(),
      },
    }),
  },
  released: {
    write: ({ table, key, version }, out) => {
      out.lengthText(table);
      out.lengthText(key);
      out.varint(version);
    },
    read: (reader) => ({
      table: reader.lengthText(),
      key: reader.lengthText(),
      version: reader.varint(),
    }),
  },
  reopenFormer: {
    write: ({ replica, position, first }, out) => {
      out.lengthText(replica);
      writeSettled(position, out);
      out.varint(first);
    },
    read: (reader) => ({
      replica: reader.lengthText(),
      position: readSettled(reader),
      first: reader.varint(),
    }),
  },
  formerAnswer: {
    write: ({ final, outcome }, out) => {
      writeFlag(final, out);
      writeOutcome(outcome, out);
    },
    read: (reader) => ({ final: readFlag(reader), outcome: readOutcome(reader) }),
  },
  history: {
    write: ({ history }, out) => writeHistory(history, out),
    read: (reader) => ({ history: readHistory(reader) }),
  },
  discarded: {
    write: ({ replica, counter }, out) => {
      out.lengthText(replica);
      out.varint(counter);
    },
    read: (reader) => ({ replica: reader.lengthText(), counter: reader.varint() }),
  },
  local: deltasCodec,
  localRows: deltasCodec,
  chain: chainCodec,
  leftChain: chainCodec,
};

/** The bytes of a record: magic, version, kind, body. Transactions are in their canonical encoding, rows are packed. */
export function encodeJournalRecord(record: JournalRecord): Uint8Array {
  scratch.reset();
  for (const byte of magic) scratch.u8(byte);
  scratch.u8(kinds.indexOf(record.kind));
  const codec = codecs[record.kind] as Codec<JournalRecord>;
  codec.write(record, scratch);
  return scratch.finish();
}

/** One for all records: they come one after the other, and most are small. */
const scratch = new ByteWriter(4 << 10);

/** Reads a record; whatever does not parse is DATA_LOSS MALFORMED_BYTES. Bytes in the result are views of `source`. */
export function decodeJournalRecord(source: Uint8Array): JournalRecord {
  const reader = new ByteReader(source, format);
  for (const byte of magic) {
    if (reader.u8() !== byte) throw reader.fail('no magic or unknown version');
  }
  const kind = kinds[reader.u8()];
  if (kind === undefined) throw reader.fail('unknown kind');
  const record = { kind, ...codecs[kind].read(reader) } as JournalRecord;
  if (!reader.done) throw reader.fail('bytes are left over');
  return record;
}
