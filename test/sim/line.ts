import type { SyncError } from '../../src/base/errors.ts';
import { FrameReader, frameOf } from './frames.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

/** One end of a line. Whoever holds it sets the two callbacks. */
export interface LineEnd {
  readonly line: Line;
  onMessage: (bytes: Uint8Array) => void;
  /** Called once, unless this end hung up itself. */
  onDown: (error: SyncError | undefined) => void;
  /** `taken` is called when the next message may be handed over. */
  send(bytes: Uint8Array, taken: () => void): void;
  /** Takes no messages until `resume`: those that come wait, and then the peer is not told `taken` any more. */
  pause(): void;
  resume(): void;
  /** Hangs up: the other end learns of it behind everything that was sent. */
  close(error?: SyncError): void;
}

/** What is on its way: bytes, or the end of the stream. */
type Arrival = { readonly bytes: Uint8Array } | { readonly error: SyncError | undefined };

/** Where a direction breaks: within the message that is sent after so many others, at some byte of it. */
interface Break {
  left: number;
  readonly share: number;
}

/** The messages of one direction, in order. */
class End implements LineEnd {
  readonly line: Line;
  peer: End | undefined;
  open = true;
  delayMsMax: number;
  onMessage: (bytes: Uint8Array) => void = () => {};
  onDown: (error: SyncError | undefined) => void = () => {};
  breaksAt: Break | undefined;
  /** What is sent gets lost from now on. */
  private swallows = false;
  /** Sent by this end and not arrived. */
  private inFlight = 0;
  /** Sent by this end and not taken by the peer. */
  private untaken = 0;
  /** What is in flight arrives so much later. */
  private lateByMs = 0;
  /** The messages in flight behind so many get lost. */
  private arrivalsLeft = Number.POSITIVE_INFINITY;
  private lastArrivalMs = 0;
  private handingOver = false;
  private onTaken: (() => void) | undefined;
  private readonly reader = new FrameReader();
  private readonly inbox: Uint8Array[] = [];
  /** Its owner asked for it, or the machine is busy with something else. */
  private pauses = 0;
  private isPaused = false;
  /** The peer has hung up, behind what waits here. */
  private ended: { readonly error: SyncError | undefined } | undefined;
  private readonly world: World;
  private readonly random: Prng;
  private readonly windowMessages: number;

  constructor(line: Line, world: World, random: Prng, delayMsMax: number) {
    this.line = line;
    this.world = world;
    this.random = random;
    this.delayMsMax = delayMsMax;
    this.windowMessages = 1 + random.below(6);
  }

  send(bytes: Uint8Array, taken: () => void): void {
    if (!this.open) return;
    if (this.handingOver) {
      this.world.violation('I13: a message is handed over before the one before it was taken');
    }
    this.handingOver = true;
    this.untaken++;
    this.onTaken = () => {
      this.onTaken = undefined;
      this.world.scheduler.after(this.random.below(4), () => {
        this.handingOver = false;
        if (this.open) taken();
      });
    };
    const frame = frameOf(bytes);
    if (this.breaks(frame)) return;
    this.deliver({ bytes: frame });
    if (this.untaken <= this.windowMessages) this.onTaken?.();
  }

  pause(): void {
    if (!this.isPaused) this.pauses++;
    this.isPaused = true;
  }

  resume(): void {
    if (this.isPaused) this.pauses--;
    this.isPaused = false;
    this.read();
  }

  /** Nobody reads for a while. */
  sleep(ms: number): void {
    this.pauses++;
    this.world.scheduler.after(ms, () => {
      this.pauses--;
      this.read();
    });
  }

  close(error?: SyncError): void {
    if (!this.open) return;
    this.open = false;
    this.deliver({ error });
  }

  /** The process at this end is gone: nobody says anything. */
  vanish(): void {
    this.open = false;
  }

  down(error: SyncError | undefined): void {
    if (!this.open) return;
    this.open = false;
    this.onDown(error);
  }

  /** Of what is in flight, some may still arrive: the first ones, since a stream has an order. */
  stop(): void {
    const { trace, scheduler } = this.world;
    this.swallows = true;
    // What got lost stays lost where it is stopped again.
    this.arrivalsLeft = Math.min(this.arrivalsLeft, this.random.below(this.inFlight + 1));
    if (this.arrivalsLeft < this.inFlight) trace.fault(scheduler.nowMs, 'lost in flight');
  }

  /** Nothing more is sent, and all that is in flight arrives, so much later. */
  linger(lateByMs: number): void {
    this.swallows = true;
    this.lateByMs = lateByMs;
  }

  /** Whether the line breaks within this message, or at one of its ends. */
  private breaks(frame: Uint8Array): boolean {
    if (this.breaksAt === undefined || this.breaksAt.left-- > 0) return false;
    const sent = Math.round(this.breaksAt.share * frame.length);
    this.breaksAt = undefined;
    const { trace, scheduler } = this.world;
    const isWhole = sent === 0 || sent === frame.length;
    trace.fault(scheduler.nowMs, isWhole ? 'cut between messages' : 'cut in a message');
    if (sent > 0) this.deliver({ bytes: frame.subarray(0, sent) });
    this.line.cut({ inFlight: sent === frame.length ? 'lingers' : 'arrives' });
    return true;
  }

  private deliver(arrival: Arrival): void {
    if (this.swallows) return;
    const { scheduler } = this.world;
    const arrivalMs = scheduler.nowMs + 1 + this.random.below(this.delayMsMax);
    this.lastArrivalMs = Math.max(this.lastArrivalMs, arrivalMs);
    this.inFlight++;
    scheduler.after(this.lastArrivalMs - scheduler.nowMs, () => {
      if (this.lateByMs > 0) scheduler.after(this.lateByMs, () => this.arrive(arrival));
      else this.arrive(arrival);
    });
  }

  private arrive(arrival: Arrival): void {
    this.inFlight--;
    if (this.arrivalsLeft-- <= 0) return;
    const peer = this.peer!;
    if (!peer.open) return;
    if (this.lateByMs > 0 && 'bytes' in arrival) {
      const { trace, scheduler } = this.world;
      trace.fault(scheduler.nowMs, 'old stream goes on behind a new one');
    }
    if ('error' in arrival) peer.end(arrival.error);
    else peer.take(arrival.bytes);
  }

  private take(bytes: Uint8Array): void {
    for (const message of this.reader.push(bytes)) this.inbox.push(message);
    if (this.inbox.length > this.windowMessages + this.peer!.windowMessages + 2) {
      this.world.violation(`I13: ${this.inbox.length} messages wait for a slow reader`);
    }
    this.read();
  }

  private end(error: SyncError | undefined): void {
    // Whoever sleeps finds what came before the end first.
    if (this.inbox.length === 0) this.down(error);
    else this.ended = { error };
  }

  private read(): void {
    while (this.pauses === 0 && this.open) {
      const message = this.inbox.shift();
      if (message === undefined) break;
      this.peer!.took();
      this.onMessage(message);
    }
    if (this.ended !== undefined && this.inbox.length === 0) this.down(this.ended.error);
  }

  private took(): void {
    this.untaken--;
    if (this.untaken <= this.windowMessages) this.onTaken?.();
  }
}

export interface CutOptions {
  /** What becomes of that which was sent: it arrives, or late and behind a new stream; left out, it is left to chance. */
  readonly inFlight?: 'arrives' | 'lingers';
}

/** A connection: messages arrive in order and late, up to the moment at which it breaks. */
export class Line {
  readonly client: LineEnd;
  readonly server: LineEnd;
  readonly number: number;
  readonly from: string;
  readonly to: string;
  private readonly ends: readonly [client: End, server: End];
  private readonly world: World;
  private readonly random: Prng;
  private broken = false;

  constructor(world: World, number: number, from: string, to: string) {
    this.world = world;
    this.number = number;
    this.from = from;
    this.to = to;
    this.random = world.random(`line ${number}`);
    const delayMsMax = 1 + this.random.below(30);
    const client = new End(this, world, this.random, delayMsMax);
    const server = new End(this, world, this.random, delayMsMax);
    client.peer = server;
    server.peer = client;
    this.client = client;
    this.server = server;
    this.ends = [client, server];
  }

  get isOpen(): boolean {
    return this.ends.some((end) => end.open);
  }

  /** Breaks the line in either direction; each end learns of it in its own time. */
  cut({ inFlight }: CutOptions = {}): void {
    if (this.broken) return;
    this.broken = true;
    const { scheduler, trace } = this.world;
    const { random } = this;
    trace.fault(scheduler.nowMs, 'cut');
    if (inFlight === 'lingers' || (inFlight === undefined && random.chance(0.3))) {
      this.lingerAtServer();
      return;
    }
    for (const end of this.ends) {
      if (inFlight === 'arrives') end.linger(0);
      else end.stop();
      const late = random.chance(0.25);
      if (late && end.open) trace.fault(scheduler.nowMs, 'half-open');
      scheduler.after(random.below(late ? 3_000 : 20), () => end.down(undefined));
    }
  }

  /** Breaks it within one of the next messages in one direction, at any byte, or between two of them. */
  cutSoon(random: Prng): void {
    const share = random.pick([0, random.below(1_000) / 1_000, 1]);
    random.pick(this.ends).breaksAt = { left: random.below(4), share };
  }

  /** One direction stops and the other goes on, until somebody notices. */
  stopOneWay(random: Prng): void {
    if (this.broken) return;
    const { scheduler, trace } = this.world;
    trace.fault(scheduler.nowMs, 'one-way');
    this.stopAt(random.pick(['client', 'server'] as const), 500 + random.below(2_000));
  }

  /** What this end sends gets lost, until somebody notices. */
  stopAt(side: 'client' | 'server', cutAfterMs: number): void {
    if (this.broken) return;
    const [client, server] = this.ends;
    (side === 'client' ? client : server).stop();
    this.world.scheduler.after(cutAfterMs, () => this.cut());
  }

  slowDown(random: Prng): void {
    const { scheduler, trace } = this.world;
    trace.fault(scheduler.nowMs, 'slow link');
    random.pick(this.ends).delayMsMax = 100 + random.below(900);
  }

  /** Whoever is at one end takes nothing for a while. */
  sleep(random: Prng): void {
    const { scheduler, trace } = this.world;
    trace.fault(scheduler.nowMs, 'slow reader');
    random.pick(this.ends).sleep(200 + random.below(3_000));
  }

  /** The process at one end dies: what it has sent may or may not arrive. */
  lose(side: 'client' | 'server'): void {
    const [client, server] = this.ends;
    (side === 'client' ? client : server).vanish();
    this.cut();
  }

  /** The client connects anew, while what it sent here is still on its way and the server waits for more. */
  private lingerAtServer(): void {
    const { scheduler } = this.world;
    const [client, server] = this.ends;
    const lateByMs = 100 + this.random.below(2_000);
    client.linger(lateByMs);
    server.stop();
    scheduler.after(this.random.below(20), () => client.down(undefined));
    scheduler.after(lateByMs + 1_500, () => server.down(undefined));
  }
}
