import type { DescMessage } from '@bufbuild/protobuf';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import type { Level } from '../codec/plan.ts';
import type { DeviceDescription } from '../session/device.ts';
import type { TeamCodec } from '../table/batch/team-codec.ts';
import type { ClientListeners } from './client-events.ts';
import type { ClientMetrics } from './client-metrics.ts';
import type { FieldCodec } from './field-codec.ts';
import type { ClientStorage } from './journal-files.ts';
import type { RetryOptions } from './retry.ts';

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
  /**
   * What the server's operators are told of this device, each text 128 bytes at the most. Read whenever a stream begins, so
   * `conditions` may be a getter.
   */
  readonly device?: DeviceDescription;
  /** Where edits and rows are kept, such as `sqliteStorage({ path })`; in memory when left out. */
  readonly storage?: ClientStorage;
  /**
   * Carries others' edits, those that `import` brings, to the server, which must let this caller do so (`Identity.relay`). It
   * holds all scopes, and keeps deletions. False when left out.
   */
  readonly relay?: boolean;
  /**
   * Generated descriptors of tables that never leave this device, such as drafts and settings: they are written at once, queried
   * and watched like the others, and may be written in one transaction with them. They may change from one version of the app to
   * the next: fields that are gone lose their values, and tables that are left out keep their rows.
   */
  readonly localTables?: readonly DescMessage[];
  /** Fields that are kept and sent otherwise than the app sees them; see `FieldCodec`. */
  readonly fieldCodecs?: readonly FieldCodec[];
  /**
   * In which the server may send the columns of fields that name them in their option `codec`, where it has codecs of the same
   * names; see `TeamCodec`. They are told it whenever a stream begins.
   */
  readonly teamCodecs?: readonly TeamCodec[];
  /** Scopes and patterns to hold; all that may be read when left out. */
  readonly scopes?: readonly string[];
  /** Tables to hold; all when left out. */
  readonly tables?: readonly DescMessage[];
  /**
   * How much work the server is to put into few bytes: `fast`, `balanced` or `small`. It does no more than it was started with;
   * `balanced` when left out.
   */
  readonly level?: Level | undefined;
  readonly credentials?: ChannelCredentials;
  /**
   * What each stream brings as `authorization: Bearer ...`; a function is asked for it anew each time. Where the server refuses
   * what it gave (UNAUTHENTICATED) it is asked once more, before the client is `blocked`.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Further metadata of each stream, for example `{ 'x-tenant': 'acme' }`; asked for anew each time. */
  readonly metadata?: () =>
    | Readonly<Record<string, string>>
    | Promise<Readonly<Record<string, string>>>;
  /** How it goes on where the server is not reached. */
  readonly retry?: Partial<RetryOptions>;
  /**
   * Dispatches `online` when the device has a network again, upon which the client tries at once; see `Client.nudge`. The
   * global scope when left out, where that dispatches such events.
   */
  readonly network?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;
  /**
   * Whether a `put` or `patch` of a row becomes one transaction with the one before it, where that is of the same row alone and
   * was not sent yet, so that a form that is saved all the time costs one edit: within a minute (`Limits.coalescedMsMax`). They are committed or refused together then, at
   * the time of the last one. True when left out.
   */
  readonly coalesce?: boolean;
  readonly limits?: Limits;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Listeners from the very first on; see `Client.on`. */
  readonly on?: ClientListeners;
  /** Told of what becomes of the client, and never what rows have; a logger of pino, say. */
  readonly logger?: Logger;
  /** Where it counts what it does. */
  readonly metrics?: ClientMetrics;
}

/** The global scope, where it tells of the network: in a browser, or in an app's web view. */
export const globalNetwork: OpenOptions['network'] =
  'addEventListener' in globalThis ? (globalThis as unknown as EventTarget) : undefined;
