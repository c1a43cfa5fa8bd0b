import type { SyncError } from '../../src/base/errors.ts';
import type { World } from './world.ts';

/** One end of a line. Whoever holds it sets the two callbacks. */
export interface LineEnd {
  readonly line: Line;
  onMessage: (bytes: Uint8Array) => void;
  /** Called once, unless this end hung up itself. */
  onDown: (error: SyncError | undefined) => void;
  /** `taken` is called when the next message may be handed over. */
  send(bytes: Uint8Array, taken: () => void): void;
  /** Hangs up: the other end learns of it behind everything that was sent. */
  close(error?: SyncError): void;
}

/** The messages of one direction, in order. */
class End implements LineEnd {
  readonly line: Line;
  peer: End | undefined;
  open = true;
  /** What is sent gets lost from now on. */
  swallows = false;
  delayMsMax: number;
  onMessage: (bytes: Uint8Array) => void = () => {};
  onDown: (error: SyncError | undefined) => void = () => {};
  /** Sent by this end and not arrived. */
  inFlight = 0;
  private readonly world: World;
  private lastArrivalMs = 0;
  /** The messages in flight behind so many get lost. */
  private arrivalsLeft = Number.POSITIVE_INFINITY;

  constructor(line: Line, world: World, delayMsMax: number) {
    this.line = line;
    this.world = world;
    this.delayMsMax = delayMsMax;
  }

  send(bytes: Uint8Array, taken: () => void): void {
    const { scheduler, random } = this.world;
    if (!this.open) return;
    scheduler.after(random.below(4), () => {
      if (this.open) taken();
    });
    this.deliver((peer) => peer.onMessage(bytes));
  }

  close(error?: SyncError): void {
    if (!this.open) return;
    this.open = false;
    this.deliver((peer) => peer.down(error));
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
    const { random, trace, scheduler } = this.world;
    this.swallows = true;
    this.arrivalsLeft = random.below(this.inFlight + 1);
    if (this.arrivalsLeft < this.inFlight) trace.fault(scheduler.nowMs, 'lost in flight');
  }

  private deliver(arrive: (peer: End) => void): void {
    if (this.swallows) return;
    const { scheduler, random } = this.world;
    const arrivalMs = scheduler.nowMs + 1 + random.below(this.delayMsMax);
    this.lastArrivalMs = Math.max(this.lastArrivalMs, arrivalMs);
    this.inFlight++;
    scheduler.after(this.lastArrivalMs - scheduler.nowMs, () => {
      this.inFlight--;
      if (this.arrivalsLeft-- <= 0) return;
      const peer = this.peer!;
      if (peer.open) arrive(peer);
    });
  }
}

/** A connection: messages arrive in order and late, up to the moment at which it breaks. */
export class Line {
  readonly client: LineEnd;
  readonly server: LineEnd;
  private readonly ends: readonly [End, End];
  private readonly world: World;
  private broken = false;

  constructor(world: World) {
    this.world = world;
    const delayMsMax = 1 + world.random.below(30);
    const client = new End(this, world, delayMsMax);
    const server = new End(this, world, delayMsMax);
    client.peer = server;
    server.peer = client;
    this.client = client;
    this.server = server;
    this.ends = [client, server];
  }

  get isOpen(): boolean {
    return this.ends.some((end) => end.open);
  }

  /** Breaks the line at any message in either direction; each end learns of it in its own time. */
  cut(): void {
    if (this.broken) return;
    this.broken = true;
    const { scheduler, trace, random } = this.world;
    trace.fault(scheduler.nowMs, 'cut');
    for (const end of this.ends) {
      end.stop();
      const late = random.chance(0.25);
      if (late && end.open) trace.fault(scheduler.nowMs, 'half-open');
      scheduler.after(random.below(late ? 3_000 : 20), () => end.down(undefined));
    }
  }

  /** One direction stops and the other goes on, until somebody notices. */
  stopOneWay(): void {
    if (this.broken) return;
    const { scheduler, trace, random } = this.world;
    trace.fault(scheduler.nowMs, 'one-way');
    random.pick(this.ends).stop();
    scheduler.after(500 + random.below(2_000), () => this.cut());
  }

  slowDown(): void {
    const { scheduler, trace, random } = this.world;
    trace.fault(scheduler.nowMs, 'slow link');
    random.pick(this.ends).delayMsMax = 100 + random.below(900);
  }

  /** The process at one end dies: what it has sent may or may not arrive. */
  lose(side: 'client' | 'server'): void {
    const [client, server] = this.ends;
    (side === 'client' ? client : server).vanish();
    this.cut();
  }
}

/** All lines, so that some of them can be broken. */
export class Network {
  private readonly world: World;
  private lines: Line[] = [];

  constructor(world: World) {
    this.world = world;
  }

  connect(): Line {
    const line = new Line(this.world);
    this.lines = this.lines.filter(({ isOpen }) => isOpen);
    this.lines.push(line);
    return line;
  }

  /** Some line that is open. */
  any(): Line | undefined {
    const open = this.lines.filter(({ isOpen }) => isOpen);
    return open.length === 0 ? undefined : this.world.random.pick(open);
  }
}
