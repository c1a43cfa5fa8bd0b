import type { SyncError } from '../base/errors.ts';
import type { Seq } from '../base/seq.ts';
import type { Outcome, Settled } from '../change/commit.ts';
import type { Checkpoint, RowDelta } from '../change/row-delta.ts';
import type { NumberOf } from '../change/row-numbers.ts';
import type { Transaction } from '../change/transaction.ts';
import type { Level } from '../codec/plan.ts';
import type { DeviceDescription } from './device.ts';
import type { PushLimits } from './push-limits.ts';
import type { SharedBlock } from './shared-blocks.ts';

/** Protocol versions that this build speaks. */
export const protocolMin = 1;
export const protocolMax = 1;

/**
 * Why a home orders nothing just now, or nothing that takes room, or takes no parts: what is UNORDERED for these reasons may be
 * ordered, as it is, a little later.
 */
export const passingReasons: ReadonlySet<string> = new Set([
  'LOG_DISK_FULL',
  'MEMORY_FULL',
  'CHUNK_FULL',
  'HEAP_FULL',
  'PARTS_FULL',
  'WAITING_FULL',
  'DATABASE_RECOVERING',
]);

/** What every conversation says first; `syncdb.v1.Handshake`. */
export interface Handshake {
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly database: string;
  readonly schemaVersion: number;
  readonly schemaFingerprint: string;
  readonly replica: string;
  /** Ids that the replica had before, newest last. */
  readonly former: readonly string[];
  /** What the device says of itself. */
  readonly device?: DeviceDescription | undefined;
}

export type Encoding = 'rows' | 'packed' | 'columns' | 'rows-deflated';
export type Compression = 'none' | 'zstd' | 'deflate';

/** What a client wants to hold; `syncdb.v1.Subscription`. */
export interface Subscription {
  readonly scopes: readonly string[];
  readonly tables: readonly string[];
  readonly cursor: Uint8Array;
  /** Where the copy stands that is shown while another is begun; empty otherwise. */
  readonly shownCursor: Uint8Array;
  /** The history of that copy is known to be lost. */
  readonly isShownLost?: boolean;
  readonly encodings: readonly Encoding[];
  readonly compressions: readonly Compression[];
  /** How much work is to go into few bytes; left to the server where it is left out. */
  readonly level?: Level | undefined;
  /** Cursors may come as what differs from the one before. */
  readonly shortCursors?: boolean;
  /** Names of the codecs of the team's own that the client has; none where it is left out. */
  readonly teamCodecs?: readonly string[] | undefined;
  /** The delta behind the cursor came and could not be read. */
  readonly unreadable?: UnreadableDelta | undefined;
}

/** What was wrong with a delta; `syncdb.v1.UnreadableDelta`. */
export interface UnreadableDelta {
  readonly reason: string;
  readonly detail: string;
}

export interface Hello {
  readonly type: 'hello';
  readonly handshake: Handshake;
  readonly subscription: Subscription;
  readonly relay: boolean;
  /** A relay's: it knows the chain up to the checkpoint that its cursor goes on from. */
  readonly chainKnown?: boolean;
  /** What can never be ordered is to be refused, in place of ending the stream. */
  readonly refuseUnfit?: boolean;
  /** It can read outcomes by runs. */
  readonly outcomeRuns?: boolean;
  /** Rows that are as it pushed them on this stream may be told by its transactions. */
  readonly ownRows?: boolean;
}

export interface Push {
  readonly type: 'push';
  readonly transactions: readonly Transaction[];
  /** They may go by columns, compressed like this. */
  readonly columns?: Compression | undefined;
  /** Numbers by which these may name rows. */
  readonly numberOf?: NumberOf | undefined;
}

export interface Ack {
  readonly type: 'ack';
  readonly cursor: Uint8Array;
}

/** Asks for a checkpoint now; `syncdb.v1.Probe`. */
export interface Probe {
  readonly type: 'probe';
  readonly number: number;
}

/** A run of the bytes of a transaction that is too large for a push; `syncdb.v1.TransactionPart`. */
export interface TransactionPart {
  readonly type: 'part';
  readonly replica: string;
  readonly counter: number;
  /** Of the whole transaction. */
  readonly digest: Uint8Array;
  readonly totalBytes: number;
  /** Where `bytes` begin. */
  readonly offset: number;
  /** Empty: asks how much is there. */
  readonly bytes: Uint8Array;
}

export type ClientMessage = Hello | Push | Ack | Probe | TransactionPart;

export interface Welcome {
  readonly type: 'welcome';
  readonly sessionId: string;
  readonly protocol: number;
  readonly schemaVersion: number;
  readonly schemaFingerprint: string;
  readonly logId: Uint8Array;
  readonly head: number;
  readonly encoding: Encoding;
  readonly compression: Compression;
  /** How much work goes into few bytes, where the encoding is `columns`. */
  readonly level: Level;
  /** At the server: names of the codecs of the team's own that both have, for whom `encoding` is `columns`. */
  readonly teamCodecs?: readonly string[];
  /** How far the replica's own transactions are settled. */
  readonly settled: Settled;
  readonly scopes: readonly string[];
  readonly rebuild: boolean;
  /** Whether this server orders transactions itself. */
  readonly home: boolean;
  /** Present where the cursor is of another history: the newest commit that both have, 0 where that is not known. */
  readonly forkedAt: Seq | undefined;
  readonly pushLimits: PushLimits;
  /** How columns that are pushed may be compressed; none where the server takes no columns. */
  readonly pushCompressions?: readonly Compression[];
  /** Columns may name rows by their numbers. */
  readonly pushRowNumbers?: boolean;
}

export interface Progress {
  readonly rowsDone: number;
  readonly rowsLeft: number;
}

export interface Delta {
  readonly type: 'delta';
  /** None where they are those of `block`, which was made before. */
  readonly deltas: readonly RowDelta[];
  /** At the server: what others are sent, too. */
  readonly block?: SharedBlock | undefined;
  readonly cursor: Uint8Array;
  /** Bytes of the cursor before, on this stream, with which this one begins; `cursor` follows them. */
  readonly cursorKept?: number;
  readonly checkpoint: Checkpoint | undefined;
  readonly progress: Progress | undefined;
  /** With a checkpoint: the newest probe that it answers; 0 for none. */
  readonly answeredProbe: number;
  /** At the client: why its rows, which came packed or by columns, could not be read. There are none then. */
  readonly unreadable?: SyncError | undefined;
}

export interface PushResult {
  readonly type: 'push-result';
  readonly outcomes: readonly Outcome[];
  /** How long the server had it, in milliseconds; 0 where it does not say. */
  readonly orderingMs?: number;
  /** Those that are committed without conflicts go as runs. */
  readonly inRuns?: boolean;
}

export interface Relayed {
  readonly type: 'relayed';
  readonly transactions: readonly Transaction[];
}

/** Answers a part; `syncdb.v1.PartResult`. */
export interface PartResult {
  readonly type: 'part-result';
  readonly replica: string;
  readonly counter: number;
  /**
   * So many bytes are there, from the first one on. All of them also where none of them is wanted: of what is settled, and
   * while there is no room. Where it is all, a push result follows.
   */
  readonly receivedBytes: number;
}

export type ServerMessage = Welcome | Delta | PushResult | Relayed | PartResult;
