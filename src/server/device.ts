import { bytesEqual } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Seq } from '../base/seq.ts';
import type { Outcome } from '../change/commit.ts';
import type { DeviceFacts } from '../replica/device-rows.ts';
import { decodeCursor } from '../session/cursor.ts';
import type { ServerMessage } from '../session/messages.ts';
import { rowCountOf } from '../session/shared-blocks.ts';
import { encodeConditions } from '../wire/device.ts';
import type { Greeting } from './greeting.ts';

/** The newest cursor that a device has said to have stored, read when it is asked for. */
export type StoredCursor = () => Uint8Array;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** One device as of now. Whoever changes it says so to the registry. */
export class Device {
  readonly id: string;
  readonly number: number;
  /** Streams that are open. */
  readonly streams = new Set<DeviceStream>();
  private readonly now: Mutable<DeviceFacts>;
  private cursor: StoredCursor | undefined;
  /** The cursor that was read last: most are read again and again. */
  private read: Uint8Array | undefined;

  constructor(facts: DeviceFacts) {
    this.id = facts.id;
    this.number = facts.number;
    this.now = { ...facts };
  }

  /** As of now: a copy. `logId` is that of the log whose cursors count. */
  facts(logId: Uint8Array, limits: Limits): DeviceFacts {
    const cursor = this.cursor?.();
    if (cursor !== undefined && cursor !== this.read) {
      this.read = cursor;
      this.now.storedSeq = storedSeqOf(cursor, logId, limits) ?? this.now.storedSeq;
    }
    return { ...this.now };
  }

  greeted({ handshake, identity, relay }: Greeting, nowMs: number): void {
    const { now } = this;
    const { name = '', platform = '', appVersion = '', conditions } = handshake.device ?? {};
    now.identity = identity.name;
    now.name = name;
    now.platform = platform;
    now.appVersion = appVersion;
    now.conditions = conditions && encodeConditions(conditions);
    now.schemaVersion = handshake.schemaVersion;
    now.schemaFingerprint = handshake.schemaFingerprint;
    now.relay = relay;
    now.greetedMs = nowMs;
    now.greetingCount++;
  }

  /** It stands where this says from now on; where it stood then, when it is undefined. */
  stands(cursor: StoredCursor | undefined): void {
    this.cursor = cursor;
    this.read = undefined;
  }

  received(bytes: number, nowMs: number): void {
    this.now.bytesIn += bytes;
    this.now.lastInMs = nowMs;
  }

  sent(bytes: number, nowMs: number): void {
    this.now.bytesOut += bytes;
    this.now.lastOutMs = nowMs;
  }

  /** A message of the server's side went to it. */
  told(message: ServerMessage): void {
    if (message.type === 'push-result') this.settled(message.outcomes);
    if (message.type !== 'delta') return;
    this.now.rowsOut += rowCountOf(message);
    if (message.checkpoint !== undefined) this.now.sentSeq = message.checkpoint.seq;
  }

  settled(outcomes: readonly Outcome[]): void {
    for (const { status, conflicts } of outcomes) {
      if (status === 'committed') this.now.committedCount++;
      if (status === 'refused') this.now.refusedCount++;
      this.now.conflictCount += conflicts;
    }
  }

  ended(reason: string, nowMs: number): void {
    this.now.endedMs = nowMs;
    this.now.endReason = reason;
  }
}

/** One open Sync stream of a device. */
export interface DeviceStream {
  /** So many bytes came, or went. */
  received(bytes: number): void;
  sent(bytes: number, message: ServerMessage): void;
  /** It is over: `error` where it did not end by itself. */
  close(error: unknown): void;
  /** Ends it. */
  end(error: SyncError): void;
}

/** A call of a device, which has no stream. */
export interface DeviceCall {
  /** The call is over: so many bytes came, and went. */
  over(bytesIn: number, bytesOut: number): void;
  /** A message of the server's side went to it. */
  told(message: ServerMessage): void;
  settled(outcomes: readonly Outcome[]): void;
}

/** The reason that is kept of how a stream ended. */
export function endReason(error: unknown): string {
  if (error === undefined) return '';
  return error instanceof SyncError ? error.reason : 'INTERNAL';
}

/** A device that was never seen before. */
export function newDevice(id: string, number: number, nowMs: number): Device {
  return new Device({
    ...{ id, number, firstSeenMs: nowMs, greetedMs: 0, endedMs: 0, lastInMs: 0, lastOutMs: 0 },
    ...{ identity: '', name: '', platform: '', appVersion: '', schemaFingerprint: '' },
    ...{ schemaVersion: 0, relay: false, conditions: undefined, endReason: '' },
    ...{ storedSeq: 0, sentSeq: 0, greetingCount: 0, bytesIn: 0, bytesOut: 0, rowsOut: 0 },
    ...{ committedCount: 0, refusedCount: 0, conflictCount: 0 },
  });
}

/** The checkpoint that a cursor goes on from; undefined where it says nothing of this log. */
function storedSeqOf(cursor: Uint8Array, logId: Uint8Array, limits: Limits): Seq | undefined {
  if (cursor.length === 0) return undefined;
  try {
    const { logId: of, groups } = decodeCursor(cursor, limits);
    return bytesEqual(of, logId) ? Math.min(...groups.map(({ since }) => since)) : undefined;
  } catch (error) {
    // Nobody has to send an Ack that can be read.
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}
