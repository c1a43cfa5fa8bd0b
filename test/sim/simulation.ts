import { defaultLimits } from '../../src/base/limits.ts';
import { Chaos } from './chaos.ts';
import { Checker } from './checker.ts';
import { ClientActor, type Host } from './client-actor.ts';
import { Disk } from './disk-log.ts';
import type { Flaw } from './flaws.ts';
import { HomeActor } from './home-actor.ts';
import { Network } from './network.ts';
import { createPrng } from './prng.ts';
import { RelayActor } from './relay-actor.ts';
import { Scheduler } from './scheduler.ts';
import { type Fault, Trace } from './trace.ts';
import { Violation, type World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Events of chaos before everything heals. */
  readonly steps: number;
  readonly flaw?: Flaw | undefined;
  readonly print?: (line: string) => void;
}

export interface SimulationResult {
  readonly steps: number;
  readonly hash: string;
  readonly fired: ReadonlyMap<Fault, number>;
  readonly commits: number;
  /** The first promise that was broken. */
  readonly violation: Error | undefined;
}

/** After healing, simulated time until everything is quiet (I12). */
const quietWithinMs = 60_000;
const quietWithinSteps = 50_000;

/** One run: a home, some clients and perhaps a relay, first chaos, then healing, then proof. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(options);
  await simulation.run();
  return simulation.result();
}

class Simulation {
  private readonly options: SimulationOptions;
  private readonly world: World;
  private readonly scheduler: Scheduler;
  private readonly trace: Trace;
  private readonly disk: Disk;
  private readonly checker: Checker;
  private readonly home: HomeActor;
  private readonly clients: readonly ClientActor[];
  private readonly chaos: Chaos;
  private chaotic = true;
  private violation: Error | undefined;
  private steps = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    const random = createPrng(options.seed);
    this.scheduler = new Scheduler();
    this.trace = new Trace(options.print);
    // Small, so that catch-ups take many messages and a cut can fall within a commit.
    const limits = {
      ...defaultLimits,
      deltaRowsMax: random.pick([1, 2, 5, 100]),
      pushTransactionsMax: random.pick([1, 3, 100]),
      commitGroupMax: random.pick([1, 4, 100]),
    };
    this.world = {
      scheduler: this.scheduler,
      random,
      trace: this.trace,
      limits,
      isChaos: () => this.chaotic,
      flaw: options.flaw,
      violation: (what, cause) => {
        this.violation ??= new Violation(what, { cause });
      },
    };
    const { world } = this;
    const network = new Network(world);
    this.disk = new Disk(world);
    this.checker = new Checker(world, this.disk);
    this.home = new HomeActor(world, this.disk, this.checker);
    const { checker, home, disk } = this;
    const hasRelays = random.chance(0.5);
    const common = { world, network, checker, hasRelays };
    const relay = hasRelays
      ? new RelayActor({ ...common, id: 'relay', relay: true, host: () => home })
      : undefined;
    const hosts: readonly Host[] = relay === undefined ? [home] : [home, relay];
    const phones = Array.from({ length: 2 + random.below(3) }, (_, index) => {
      const options = { id: `c${index}`, relay: false, onChange: () => {} };
      return new ClientActor({
        ...common,
        ...options,
        host: (mustBeHome) => (mustBeHome ? home : random.pick(hosts)),
      });
    });
    this.clients = relay === undefined ? phones : [relay.client, ...phones];
    const { clients } = this;
    this.chaos = new Chaos(world, { home, clients, relay, network, disk, checker });
  }

  async run(): Promise<void> {
    this.home.start();
    for (const client of this.clients) client.start();
    this.chaos.start();
    while (this.steps < this.options.steps && (await this.step()));
    this.chaotic = false;
    this.trace.say(this.scheduler.nowMs, 'heals');
    await this.quiet();
    // What a relay learns in one round its clients learn in the next; and twice so where ids have to be told apart first.
    for (let round = 0; round < 4; round++) {
      for (const client of this.clients) client.probe();
      await this.quiet();
    }
    if (this.violation === undefined) this.prove();
  }

  result(): SimulationResult {
    const { steps, violation, trace, checker } = this;
    return { steps, violation, hash: trace.hash, fired: trace.fired, commits: checker.model.head };
  }

  private async step(): Promise<boolean> {
    if (this.violation !== undefined) return false;
    try {
      if (!(await this.scheduler.step())) return false;
      this.steps++;
      this.checker.readLog();
      const { head } = this.home;
      if (head > this.disk.records.length) {
        this.world.violation(
          `I2: the home shows ${head}, the disk has ${this.disk.records.length}`,
        );
      }
    } catch (error) {
      this.world.violation(`a step failed: ${String(error)}`, error);
    }
    return true;
  }

  /** Goes on until nothing is left to do. */
  private async quiet(): Promise<void> {
    const endMs = this.scheduler.nowMs + quietWithinMs;
    let left = quietWithinSteps;
    while (await this.step()) {
      if (this.scheduler.nowMs <= endMs && left-- > 0) continue;
      this.world.violation('I12: it does not come to rest after everything healed');
    }
  }

  private prove(): void {
    const { home, checker, clients } = this;
    if (home.home === undefined) this.world.violation('I12: the home is down');
    else checker.home(home.home.state);
    for (const client of clients) client.prove(home.head);
    this.trace.say(this.scheduler.nowMs, `proven at ${home.head}`);
  }
}
