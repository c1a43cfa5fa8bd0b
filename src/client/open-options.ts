import type { DescMessage } from '@bufbuild/protobuf';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.ts';
import type { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { StoredRow } from '../replica/journal-record.ts';
import type { Progress } from '../session/messages.ts';
import type { BackoffOptions } from './backoff.ts';
import type { ClientStorage } from './journal-files.ts';
import type { StorageStatus } from './replica-journal.ts';

export interface OpenOptions {
  /** `host:port` of the server; without one the client works alone. */
  readonly url?: string;
  readonly database: string;
  /** Generated descriptors of the tables, all that the server's schema has. */
  readonly schema: readonly DescMessage[];
  readonly schemaVersion?: number;
  /**
   * Who this install is; that of the storage when left out, or made up. Where the server finds that another device has
   * written under it, this one goes on under a new id that begins with it; nobody's edits are lost.
   */
  readonly replicaId?: string;
  /** Where edits and rows are kept, such as `sqliteStorage({ path })`; in memory when left out. */
  readonly storage?: ClientStorage;
  /** Scopes and patterns to hold; all that may be read when left out. */
  readonly scopes?: readonly string[];
  /** Tables to hold; all when left out. */
  readonly tables?: readonly DescMessage[];
  readonly credentials?: ChannelCredentials;
  /** Metadata of each stream, for example `{ authorization: 'Bearer ...' }`; asked for anew each time. */
  readonly metadata?: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  readonly backoff?: BackoffOptions;
  readonly limits?: Limits;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onStatus?: (status: Status) => void;
  /** Called when the storage is full or fails, and when it works again. */
  readonly onStorage?: (status: StorageStatus) => void;
  /** Called when another device was found to have this one's id, with the new one. */
  readonly onReplicaId?: (replicaId: string) => void;
  /** Called when rows were quarantined, or have come back, with all that are now; see `Client.quarantined`. */
  readonly onQuarantined?: (rows: readonly StoredRow[]) => void;
}

/** Where the client stands with its server. */
export type Status =
  | { readonly state: 'offline'; readonly error: SyncError | undefined }
  | { readonly state: 'connecting' }
  | { readonly state: 'syncing'; readonly progress: Progress | undefined }
  /** With an error it only reads: FORK_UNRESOLVED, where its own edits wait for the home, since this server cannot tell whose they are. */
  | { readonly state: 'live'; readonly error: SyncError | undefined }
  /** Trying again cannot help: the error says what to do. Edits stay queued. */
  | { readonly state: 'blocked'; readonly error: SyncError };
