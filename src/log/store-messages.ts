import { type Code, SyncError } from '../base/errors.ts';
import type { SnapshotInfo } from './snapshot-store.ts';

/**
 * What a store and its thread say to each other. Requests are answered one by one in the order in which they
 * came, so an answer needs no name. The first answer, to no request, says how opening went. Bytes travel in
 * buffers that are given away, packed (`packRecords`).
 */
export type StoreRequest<Request> = Request | { readonly kind: 'close' };

/** The answer to `close` is the end of the thread. */
export type StoreAnswer<Answer> = Answer | { readonly kind: 'failed'; readonly error: StoreError };

export type LogRequest =
  | { readonly kind: 'append'; readonly expectedHead: number; readonly records: ArrayBuffer }
  | { readonly kind: 'read'; readonly after: number; readonly upto: number }
  | { readonly kind: 'trim'; readonly upto: number };

export type LogAnswer =
  | {
      readonly kind: 'opened';
      readonly id: Uint8Array;
      readonly head: number;
      readonly trimmed: number;
      readonly epoch: number;
    }
  | { readonly kind: 'appended'; readonly head: number }
  | { readonly kind: 'slice'; readonly records: ArrayBuffer }
  | { readonly kind: 'trimmed'; readonly trimmed: number };

/** A SyncError as plain data: a structured clone would keep only the message. */
export interface StoreError {
  readonly code: Code;
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryDelayMs: number | undefined;
}

export function toStoreError(error: SyncError): StoreError {
  const { code, reason, message, metadata, retryDelayMs } = error;
  return { code, reason, message, metadata, retryDelayMs };
}

export function fromStoreError(error: StoreError): SyncError {
  const { code, reason, message, metadata, retryDelayMs } = error;
  const details = retryDelayMs === undefined ? { metadata } : { metadata, retryDelayMs };
  return new SyncError(code, reason, message, details);
}

export type SnapshotRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'begin'; readonly position: number }
  | { readonly kind: 'add'; readonly id: number; readonly blocks: ArrayBuffer }
  | { readonly kind: 'complete'; readonly id: number }
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'read'; readonly id: number; readonly index: number; readonly end: number }
  | { readonly kind: 'keep'; readonly ids: readonly number[] };

export type SnapshotAnswer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'listed'; readonly snapshots: readonly SnapshotInfo[] }
  | { readonly kind: 'begun'; readonly id: number }
  | { readonly kind: 'completed'; readonly snapshot: SnapshotInfo }
  | { readonly kind: 'slice'; readonly blocks: ArrayBuffer }
  | { readonly kind: 'done' };
