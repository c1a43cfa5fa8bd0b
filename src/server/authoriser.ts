import type { Identity } from '../session/source.ts';

/** What is known of a call before it is served. */
export interface CallContext {
  /** Values of the call's metadata by lower-case key; binary ones as bytes. */
  readonly metadata: (key: string) => readonly (string | Uint8Array)[];
  /** Address of the peer as grpc-js gives it, for example `127.0.0.1:40002`. */
  readonly peer: string;
  /** Full method name, for example `/syncdb.v1.SyncService/Sync`. */
  readonly method: string;
}

/**
 * Turns what came with a call into an identity: its scopes, rights and expiry. Throws a SyncError with
 * UNAUTHENTICATED or PERMISSION_DENIED to refuse; anything else it throws is answered as INTERNAL.
 */
export type Authoriser = (context: CallContext) => Identity | Promise<Identity>;

/** Everyone may do everything: for a server on loopback, and for `--insecure`. */
export const trustEveryone: Authoriser = () => ({
  // Not by its address, which is another one when it connects again: its request ids would not be known then.
  name: 'anonymous',
  readScopes: ['*'],
  writeScopes: ['*'],
  relay: true,
  admin: true,
  expiresAtMs: undefined,
});
