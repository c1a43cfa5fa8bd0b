import type { Http2Server, ServerHttp2Session, ServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { assert } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';

/** The HTTP/2 below a server of grpc-js. */
export interface Transport {
  /** Speaks HTTP/2 over a socket, whose streams may each send `windowBytes` ahead of what is read. */
  begin(socket: Socket, windowBytes: number): ServerHttp2Session;
}

/**
 * What grpc-js has for itself. It passes no option of HTTP/2 on but two, and none of them bounds what a peer may send. It is no
 * part of its interface; a test tells when it is gone.
 */
interface Below {
  readonly commonServerOptions: ServerOptions;
  readonly http2Servers: ReadonlyMap<Http2Server, unknown>;
}

/** Connections reach the server over this only: it listens by itself nowhere. */
export function transportOf(server: Server, limits: Limits): Transport {
  const { commonServerOptions, http2Servers } = server as unknown as Below;
  Object.assign(commonServerOptions, {
    settings: {
      ...commonServerOptions.settings,
      maxHeaderListSize: limits.metadataBytesMax,
    },
    maxHeaderListPairs: limits.metadataEntriesMax,
    maxOutstandingPings: pingsMax,
    streamResetBurst: limits.connectionResetsMax,
    streamResetRate: limits.connectionResetsPerSecond,
  } satisfies ServerOptions);
  const known = new Set(http2Servers.keys());
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const http2Server = [...http2Servers.keys()].find((each) => !known.has(each));
  assert(http2Server !== undefined, 'grpc-js has no HTTP/2 server for an injector');
  return {
    begin: (socket, windowBytes) => {
      let session: ServerHttp2Session | undefined;
      http2Server.updateSettings({ initialWindowSize: windowBytes });
      http2Server.once('session', (begun) => {
        session = begun;
      });
      injector.injectConnection(socket);
      assert(session !== undefined, 'a connection has no session');
      // The window of the connection moves on by itself, so it holds nothing. It only is not to be the narrower one.
      session.setLocalWindowSize(Math.max(windowBytes, windowBytesDefault));
      return session;
    },
  };
}

/** Of a connection, and of each stream, as HTTP/2 has them at first. */
const windowBytesDefault = 65_535;

/** That wait for their answers on one connection: many of its streams may measure it at once. Node would have ten. */
const pingsMax = 64;
