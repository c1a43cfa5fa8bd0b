import { defaultLimits } from '../../src/base/limits.ts';
import { positionOf } from '../../src/base/seq.ts';
import type { WindowBytes } from '../../src/session/link-window.ts';
import { type Branch, mayBeMet } from './branches.ts';
import { Chaos } from './chaos.ts';
import { Checker, type Shown } from './checker.ts';
import { ClientActor, type Host } from './client-actor.ts';
import { Disk } from './disk.ts';
import type { Fault } from './faults.ts';
import { HomeActor } from './home-actor.ts';
import { notesLengthMax } from './judge.ts';
import { Network } from './network.ts';
import { createPrng, type Prng } from './prng.ts';
import { RelayActor } from './relay-actor.ts';
import { Scheduler } from './scheduler.ts';
import { Swarm } from './swarm.ts';
import { Trace } from './trace.ts';
import { type Poison, Violation, type World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Events of chaos before everything heals. */
  readonly steps: number;
  /** Numbers of acts of chaos that are left out. */
  readonly leftOut?: readonly number[] | undefined;
  readonly print?: ((line: string) => void) | undefined;
}

export interface SimulationResult {
  readonly steps: number;
  /** Acts of chaos, those that were left out among them. */
  readonly acts: number;
  readonly hash: string;
  readonly fired: ReadonlyMap<Fault, number>;
  readonly marked: ReadonlyMap<Branch, number>;
  readonly commits: number;
  /** The first promise that was broken. */
  readonly violation: Error | undefined;
}

/** After healing, simulated time until everything is quiet (I12), once nobody waits for parts that do not come any more. */
const quietWithinMs = 100_000;
const quietWithinSteps = 50_000;

/** One run: a home, some clients and perhaps relays, first chaos, then healing, then proof. */
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
  private readonly network: Network;
  private readonly checker: Checker;
  private readonly home: HomeActor;
  private readonly relays: readonly RelayActor[];
  private readonly clients: readonly ClientActor[];
  private readonly chaos: Chaos;
  private readonly shown: readonly Shown[];
  private chaotic = true;
  private violation: Error | undefined;
  private steps = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.scheduler = new Scheduler();
    this.trace = new Trace(options.print);
    const random = createPrng(options.seed, 'setup');
    // Small, so that catch-ups take many messages and a cut can fall within a commit.
    const limits = {
      ...defaultLimits,
      deltaRowsMax: random.pick([1, 2, 5, 100]),
      pushTransactionsMax: random.pick([1, 3, 100]),
      commitGroupMax: random.pick([1, 4, 100]),
      queueTransactionsMax: random.pick([12, 1_000, 1_000]),
      snapshotLogBytesMin: random.pick([500, 2_000, 1_000_000]),
      journalBytesMin: random.pick([2_000, 8_000, 1_000_000]),
      pushBytesMax: random.pick([300, 4 << 20]),
      partBytesMax: random.pick([20, 60, 300]),
      partsBytesMax: random.pick([5_000, 1 << 20]),
      partsIdleMsMax: random.pick([1_000, 60_000]),
      storageBacklogBytesMax: random.pick([600, 4_000, 1_000_000]),
    };
    // Small too, so that pushes wait for answers and what is small goes in parts.
    const windowBytes = createPrng(options.seed, 'link window').pick<Partial<WindowBytes>>([
      {},
      { first: 2_000, min: 400 },
      { first: 100, min: 50 },
    ]);
    const poison = createPrng(options.seed, 'poison').pick<Poison>([
      ...(['none', 'none', 'unfit', 'defect', 'defect'] as const),
    ]);
    // Only notes that are too long make a row so large.
    const rowBytesMax = poison === 'unfit' ? notesLengthMax : limits.rowBytesMax;
    this.world = {
      ...{ windowBytes, poison, homeLimits: { ...limits, rowBytesMax } },
      scheduler: this.scheduler,
      random: (name) => createPrng(options.seed, name),
      trace: this.trace,
      swarm: new Swarm(createPrng(options.seed, 'swarm')),
      limits,
      isChaos: () => this.chaotic,
      violation: (what, cause) => {
        this.violation ??= new Violation(what, { cause });
      },
    };
    const { world } = this;
    this.network = new Network(world);
    this.disk = new Disk(world);
    this.checker = new Checker(world, this.disk);
    this.trace.onLimit = (limit) => {
      if (mayBeMet(limit, this.checker)) return;
      world.violation(`I1: "${limit}" in a run that has no cause for it`);
    };
    this.home = new HomeActor(world, this.disk, this.checker);
    const relayCount = random.pick([0, 0, 0, 1, 1, 2]);
    this.checker.hasRelays = relayCount > 0;
    const copies = random.chance(0.6);
    const losses = random.chance(0.6);
    this.relays = this.newRelays(relayCount, copies, random);
    const phones = this.newPhones(2 + random.below(3));
    this.clients = [...this.relays.map(({ client }) => client), ...phones];
    this.shown = [
      () => this.home.home && this.checker.home(this.home.home.state),
      ...this.clients.map((client) => () => client.look()),
    ];
    const { home, relays, network, disk, checker } = this;
    const cast = { home, phones, relays, network, disk, checker, copies, losses };
    this.chaos = new Chaos(world, cast, new Set(options.leftOut));
  }

  async run(): Promise<void> {
    try {
      await this.play();
      if (this.violation === undefined) this.prove();
    } catch (error) {
      this.world.violation(`I9: what is stored cannot be read: ${String(error)}`, error);
    }
  }

  private async play(): Promise<void> {
    this.home.start();
    for (const client of this.clients) client.start();
    this.chaos.start();
    while (this.steps < this.options.steps && (await this.step()));
    this.chaotic = false;
    this.trace.say(this.scheduler.nowMs, 'heals');
    await this.quiet();
    for (const client of this.clients) client.proveTold();
    // What a relay learns in one round its clients learn in the next; and twice so where ids have to be told apart first.
    for (let round = 0; round < 4 + this.relays.length && (round === 0 || !this.atRest); round++) {
      for (const client of this.clients) client.probe();
      await this.quiet();
    }
  }

  result(): SimulationResult {
    const { steps, violation, trace, checker, chaos } = this;
    const { hash, fired, marked } = trace;
    return {
      steps,
      acts: chaos.count,
      violation,
      hash,
      fired,
      marked,
      commits: checker.history.length,
    };
  }

  /**
   * A second relay may be behind the first. Not where devices are copied: an id that turns out to be two while its
   * transactions are on their way through a chain is what chains are known not to cope with.
   */
  private newRelays(count: number, copies: boolean, random: Prng): RelayActor[] {
    const relays: RelayActor[] = [];
    for (let index = 0; index < count; index++) {
      const isBehind = index > 0 && !copies && random.chance(0.7);
      const hosts: readonly Host[] = isBehind ? [this.home, relays[0]!] : [this.home];
      const options = { ...this.common(hosts), id: `relay${index}`, relay: true };
      relays.push(new RelayActor(options));
    }
    return relays;
  }

  private newPhones(count: number): ClientActor[] {
    const common = this.common([this.home, ...this.relays]);
    return Array.from({ length: count }, (_, index) => {
      const nobody = { onChange: () => {}, onStart: () => {}, onEnd: () => {} };
      return new ClientActor({ ...common, ...nobody, id: `c${index}`, relay: false });
    });
  }

  private common(hosts: readonly Host[]) {
    const { world, network, checker, home } = this;
    const others = hosts.filter((host) => host !== home);
    const host = (mustBeHome: boolean, random: Prng) =>
      mustBeHome || others.length === 0 || random.chance(world.swarm.homeShare)
        ? home
        : random.pick(others);
    const onCursorAhead = () => home.onCursorAhead();
    return { world, network, checker, host, onCursorAhead };
  }

  private get atRest(): boolean {
    return this.clients.every(
      (client) => client.idle && client.replica.committed.head === this.home.head,
    );
  }

  private async step(): Promise<boolean> {
    if (this.violation !== undefined) return false;
    try {
      if (!(await this.scheduler.step())) return false;
      this.steps++;
      this.checker.readLog();
      const { head } = this.home;
      if (positionOf(head) > this.disk.records.length) {
        this.world.violation(
          `I2: the home shows ${head}, the disk has ${this.disk.records.length}`,
        );
      }
      this.checker.look(this.shown);
    } catch (error) {
      this.world.violation(`a step failed: ${String(error)}`, error);
    }
    return true;
  }

  /** Goes on until nothing is left to do. */
  private async quiet(): Promise<void> {
    const endMs = this.scheduler.nowMs + this.world.limits.partsIdleMsMax + quietWithinMs;
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
