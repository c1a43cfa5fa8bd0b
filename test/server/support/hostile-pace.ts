/** Peers that are slow, or say nothing: what each does, and the limit that ends it, cut down for a test. */
import { SyncRequest } from '../../../gen/ts/syncdb/v1/sync.ts';
import type { Limits } from '../../../src/base/limits.ts';
import { handshakeOf } from '../../support/raw-calls.ts';
import type { TestServer } from '../../support/test-server.ts';
import { callOutcome } from './hostile-calls.ts';
import { framed, Http2Peer } from './http2-peer.ts';
import { callHeaders, frame, frameTypes, hpack, preface, RawPeer } from './raw-peer.ts';

export interface SlowInput {
  readonly limits: Partial<Limits>;
  /** What became of it. */
  readonly run: (server: TestServer) => Promise<string>;
}

const first = { firstCallMsMax: 300 };
const request = { requestMsMax: 300 };
const sync = '/syncdb.v1.SyncService/Sync';
const push = '/syncdb.v1.SyncService/Push';
const health = '/grpc.health.v1.Health/Check';

/** Some bytes on a socket; `again` is written all the time then. */
const raw =
  (bytes: Buffer | string, again: Buffer = Buffer.alloc(0)) =>
  async ({ running }: TestServer) => {
    const peer = new RawPeer(running.port);
    peer.write(bytes);
    const timer = setInterval(() => peer.write(again), 20);
    try {
      return await peer.ending();
    } finally {
      clearInterval(timer);
      peer.socket.destroy();
    }
  };

/** A call that sends `before`, and then `drop` again and again. */
const call =
  (path: string, before: (server: TestServer) => Uint8Array, drop = Buffer.alloc(0)) =>
  async (server: TestServer) => {
    const peer = new Http2Peer(server.address);
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      return await callOutcome(peer, () => {
        const begun = peer.begin(path);
        begun.stream.write(before(server));
        timer = setInterval(() => {
          if (!begun.closed && drop.length > 0) begun.stream.write(drop);
        }, 20);
        return begun;
      });
    } finally {
      clearInterval(timer);
      peer.destroy();
    }
  };

const greeting = Buffer.concat([Buffer.from(preface), frame(frameTypes.settings, 0, 0, [])]);
const begun = framed(Buffer.alloc(1), 0, 1_000);
const hello = (server: TestServer) => {
  const subscription = { scopes: ['*'] };
  const value = { handshake: handshakeOf(server, 'slow'), subscription };
  const message = SyncRequest.fromPartial({ body: { $case: 'hello', value } } as never);
  return framed(SyncRequest.encode(message).finish());
};

export const hostilePace: Readonly<Record<string, SlowInput>> = {
  'a connection that says nothing': { limits: first, run: raw('') },
  'a preface, a byte now and then': { limits: first, run: raw('P', Buffer.from('R')) },
  'settings, and nothing more': { limits: first, run: raw(greeting) },
  'settings, and a ping now and then': {
    limits: first,
    run: raw(greeting, frame(frameTypes.ping, 0, 0, Buffer.alloc(8))),
  },
  'headers that never end': {
    limits: first,
    run: raw(Buffer.concat([greeting, frame(frameTypes.headers, 0, 1, hpack(callHeaders()))])),
  },
  'calls that nobody knows, one after the other': {
    limits: { ...first, connectionGraceMsMax: 200 },
    run: async (server) => {
      const peer = new Http2Peer(server.address);
      while (!peer.closed) {
        await peer.status('/nobody/Knows').catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return `connection ${peer.goaways[0] === 0 ? 'NO_ERROR' : String(peer.goaways[0])}`;
    },
  },
  'a connection whose calls are over': {
    limits: { connectionIdleMsMax: 300 },
    run: async (server) => {
      const peer = new Http2Peer(server.address);
      await peer.status(health);
      await peer.over;
      return `connection ${peer.goaways[0] === 0 ? 'NO_ERROR' : String(peer.goaways[0])}`;
    },
  },
  'a peer that answers no ping': {
    limits: { keepaliveMs: 200, keepaliveAnswerMsMax: 200 },
    run: raw(
      Buffer.concat([
        greeting,
        frame(frameTypes.headers, 4, 1, hpack(callHeaders({ ':path': sync }))),
      ]),
    ),
  },
  'a call that sends nothing': { limits: request, run: call(push, () => Buffer.alloc(0)) },
  'a request that never ends': { limits: request, run: call(push, () => begun) },
  'a request, a byte now and then': {
    limits: request,
    run: call(push, () => begun, Buffer.alloc(1)),
  },
  'a stream that never says hello': { limits: request, run: call(sync, () => Buffer.alloc(0)) },
  'a stream with a second message that never ends': {
    limits: request,
    run: call(sync, (server) => Buffer.concat([hello(server), begun])),
  },
  'a stream with a second message, a byte now and then': {
    limits: request,
    run: call(sync, (server) => Buffer.concat([hello(server), begun]), Buffer.alloc(1)),
  },
  'a health watch that says nothing': {
    limits: request,
    run: call('/grpc.health.v1.Health/Watch', () => Buffer.alloc(0)),
  },
};
