import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly session: ServerHttp2Session;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Between 0 and 1, so that clients which came together do not come again together. */
  readonly chance: () => number;
}

type Timer = ReturnType<typeof setTimeout>;

/** Peers close what is closed for them, or have this long. */
const closeMsMax = 1_000;

/** Calls that are on their way are served too. */
const lastStreamId = 0x7fff_ffff;

/** An age of more days than this is none: timers go no further. */
const timerMsMax = 0x7fff_ffff;

/**
 * One connection and how long it may live. Its calls hear of its end before it comes, so that what takes long can go on over
 * another one; those that end by themselves have the time of grace.
 */
export class Connection {
  private readonly options: ConnectionOptions;
  private readonly leavingController = new AbortController();
  private openStreams = 0;
  private controlFrames = 0;
  private controlSecond = 0;
  /** Runs until the first call, then whenever there is none. */
  private idleTimer: Timer;
  private readonly ageTimer: Timer;
  private cutTimer: Timer | undefined;
  private aliveTimer: Timer;
  private hasCalled = false;
  private holds = 0;

  constructor(options: ConnectionOptions) {
    this.options = options;
    const { session, socket, limits } = options;
    this.idleTimer = later(() => this.close(), limits.firstCallMsMax);
    this.ageTimer = later(() => this.leave(connectionAged()), this.ageMs());
    this.aliveTimer = later(() => this.keepAlive(0), limits.keepaliveMs);
    session.on('stream', (stream: ServerHttp2Stream) => this.opened(stream));
    const control = () => this.countControl();
    session.on('ping', control);
    session.on('remoteSettings', control);
    // A session that is closed waits for its peer, who need not ever come.
    session.on('goaway', () => this.cutLater(limits.connectionGraceMsMax));
    socket.on('close', () => {
      const timers = [this.idleTimer, this.ageTimer, this.cutTimer, this.aliveTimer];
      for (const timer of timers) clearTimeout(timer);
    });
  }

  /** Aborted when the connection is about to end; the reason is a SyncError for the callers. */
  get leaving(): AbortSignal {
    return this.leavingController.signal;
  }

  /** A call began that the server knows: this is somebody who speaks gRPC. */
  called(): void {
    if (this.hasCalled) return;
    this.hasCalled = true;
    this.waitIdle();
  }

  /** A call began that cannot go on over another connection: this one is not cut before the answer is called. */
  hold(): () => void {
    this.holds++;
    return () => {
      this.holds--;
    };
  }

  /** Takes no more calls, tells those that there are, and cuts those that do not end within the time of grace. */
  leave(reason: SyncError): void {
    if (this.leaving.aborted) return;
    this.cutLater(this.options.limits.connectionGraceMsMax);
    this.close();
    this.leavingController.abort(reason);
  }

  /** Ends it now, whatever is going on. */
  cut(): void {
    this.options.session.destroy();
    this.options.socket.destroy();
  }

  private ageMs(): number {
    const { limits, chance } = this.options;
    return limits.connectionAgeMsMax * (0.9 + chance() / 10);
  }

  /** Takes no more calls, and ends with the last one. */
  private close(): void {
    const { session, limits } = this.options;
    if (!session.closed && !session.destroyed) {
      // Without a number it would say that no call was heard.
      session.goaway(constants.NGHTTP2_NO_ERROR, lastStreamId);
      session.close();
    }
    this.cutLater(this.openStreams === 0 ? closeMsMax : limits.connectionGraceMsMax);
  }

  private opened(stream: ServerHttp2Stream): void {
    this.openStreams++;
    if (this.hasCalled) clearTimeout(this.idleTimer);
    stream.on('close', () => {
      this.openStreams--;
      this.waitIdle();
    });
  }

  /** `heardBytes` had come when it was asked the last time. A peer from whom nothing came since is asked with a ping. */
  private keepAlive(heardBytes: number): void {
    const { session, socket, limits } = this.options;
    // Such a session takes no ping, and is cut anyway.
    if (session.closed || session.destroyed) return;
    const { bytesRead } = socket;
    if (bytesRead !== heardBytes) {
      this.aliveTimer = later(() => this.keepAlive(bytesRead), limits.keepaliveMs);
      return;
    }
    // Where it is refused, there are others that wait for their answers.
    session.ping(() => {});
    this.aliveTimer = later(() => this.cutSilent(bytesRead), limits.keepaliveAnswerMsMax);
  }

  /** Any byte will do: the answer to a ping waits behind all that its peer had written. */
  private cutSilent(heardBytes: number): void {
    // What came while this process was busy is read first.
    setImmediate(() => {
      const { session, socket } = this.options;
      if (session.closed || socket.bytesRead !== heardBytes) this.keepAlive(heardBytes);
      else this.cut();
    });
  }

  private waitIdle(): void {
    const { socket, session, limits } = this.options;
    if (!this.hasCalled || socket.destroyed) return;
    clearTimeout(this.idleTimer);
    if (this.openStreams > 0) return;
    if (session.closed) this.cutLater(closeMsMax);
    else this.idleTimer = later(() => this.close(), limits.connectionIdleMsMax);
  }

  private cutLater(ms: number): void {
    if (this.options.socket.destroyed) return;
    clearTimeout(this.cutTimer);
    this.cutTimer = later(() => (this.holds > 0 ? this.cutLater(ms) : this.cut()), ms);
  }

  /** They cost a peer little, and are answered by the transport before anyone is asked. */
  private countControl(): void {
    const { limits, clock, session } = this.options;
    const second = Math.floor(clock.nowMs() / 1_000);
    if (second !== this.controlSecond) this.controlFrames = 0;
    this.controlSecond = second;
    if (++this.controlFrames <= limits.controlFramesPerSecond) return;
    session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

function later(run: () => void, ms: number): Timer {
  const timer = setTimeout(run, Math.min(ms, timerMsMax));
  timer.unref();
  return timer;
}

/** UNAVAILABLE CONNECTION_AGED: connections are renewed now and then, so that they spread over servers. */
function connectionAged(): SyncError {
  const message = 'this connection is old enough: the call can go on over another one';
  return new SyncError(Code.unavailable, 'CONNECTION_AGED', message);
}
