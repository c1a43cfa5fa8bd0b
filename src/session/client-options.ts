import type { Level } from '../codec/plan.ts';
import type { Replica } from '../replica/replica.ts';
import type { DeviceDescription } from './device.ts';
import type { WindowBytes } from './link-window.ts';
import type { Compression, Encoding } from './messages.ts';

/** What a client's session is to do. */
export interface ClientSessionOptions {
  readonly replica: Replica;
  readonly database: string;
  /** Scopes and patterns to hold; empty for all that may be read. */
  readonly scopes: readonly string[];
  /** Tables to hold; empty for all. */
  readonly tables: readonly string[];
  readonly encodings: readonly Encoding[];
  readonly compressions: readonly Compression[];
  /** How much work the server is to put into few bytes; left to it where it is left out. */
  readonly level?: Level | undefined;
  /** Names of the codecs of the team's own that the client has. */
  readonly teamCodecs?: readonly string[];
  /** What the device says of itself, read whenever it greets. */
  readonly device?: DeviceDescription | undefined;
  /**
   * The counter up to which this replica's own transactions are on stable storage; asked before each push. Later
   * ones are not sent: after a crash their counters would be given to other edits. All of them where it is left out.
   */
  readonly storedCounter?: () => number;
  /**
   * Whether the id that the replica has is on stable storage: until then nothing is said under it. Copies of a device take
   * the same one, so what was moved to it may be elsewhere already, and is to be asked about.
   */
  readonly isIdStored?: () => boolean;
  /** The newest cursor on stable storage: no later one is acknowledged. All of them where it is left out. */
  readonly storedCursor?: () => Uint8Array;
  /**
   * What the server has no room for waits before it is sent again, and no more is on its way than the link carries; without a
   * clock neither.
   */
  readonly nowMs?: () => number;
  /** How much of what is pushed may be on its way, where it is not what `LinkWindow` says. */
  readonly windowBytes?: Partial<WindowBytes>;
}
