import { Line } from './line.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

/** All lines, so that some of them can be broken. */
export class Network {
  private readonly world: World;
  private lines: Line[] = [];
  private connected = 0;
  /** Pairs of names between which nothing new gets through, with the moment at which it does again. */
  private readonly parted = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
  }

  /** Undefined where nothing gets through. */
  connect(from: string, to: string): Line | undefined {
    const { scheduler, isChaos } = this.world;
    const untilMs = this.parted.get(`${from} ${to}`) ?? 0;
    if (isChaos() && scheduler.nowMs < untilMs) return undefined;
    const line = new Line(this.world, this.connected++, from, to);
    this.lines = this.lines.filter(({ isOpen }) => isOpen);
    this.lines.push(line);
    return line;
  }

  /** Some line that is open. */
  any(random: Prng): Line | undefined {
    const open = this.lines.filter(({ isOpen }) => isOpen);
    return open.length === 0 ? undefined : random.pick(open);
  }

  /** Two machines cannot reach each other for a while; or one cannot reach the other, which goes on being heard. */
  part(from: string, to: string, random: Prng): void {
    const { scheduler, trace } = this.world;
    const direction = random.pick(['both', 'client', 'server'] as const);
    const fault = direction === 'both' ? 'partition' : 'asymmetric partition';
    trace.fault(scheduler.nowMs, fault, `${from} ${to}`);
    this.parted.set(`${from} ${to}`, scheduler.nowMs + 500 + random.below(5_000));
    for (const line of this.lines) {
      if (line.from !== from || line.to !== to) continue;
      if (direction !== 'server') line.stopAt('client', 500 + random.below(2_000));
      if (direction !== 'client') line.stopAt('server', 500 + random.below(2_000));
    }
  }
}
