import { finish } from '../../src/base/steps.ts';
import { preparedOrUnfit } from '../../src/merge/unfit.ts';
import { type Checker, digestHexOf } from './checker.ts';
import type { ClientActor, Host } from './client-actor.ts';
import { type CrashPoint, crashPoints, type Disk } from './disk.ts';
import type { HomeActor } from './home-actor.ts';
import { type ClientCrashPoint, clientCrashPoints } from './journal-disk.ts';
import type { Network } from './network.ts';
import type { Prng } from './prng.ts';
import type { RelayActor } from './relay-actor.ts';
import { toTownAndBack } from './travel.ts';
import { randomEdits } from './workload.ts';
import { schema, type World } from './world.ts';

export interface Cast {
  readonly home: HomeActor;
  readonly phones: readonly ClientActor[];
  readonly relays: readonly RelayActor[];
  readonly network: Network;
  readonly disk: Disk;
  readonly checker: Checker;
  /** Whether devices are copied, and backups of them brought back. */
  readonly copies: boolean;
  /** Whether the home loses what it acknowledged. */
  readonly losses: boolean;
}

type Act = (random: Prng) => void;

/**
 * Writers that write, and things that go wrong, until the simulation heals. Each act takes its chance from a sequence of
 * its own, by its number: where some are left out the others are what they were.
 */
export class Chaos {
  private readonly world: World;
  private readonly cast: Cast;
  private readonly leftOut: ReadonlySet<number>;
  private readonly pauses: Prng;
  private readonly clients: readonly ClientActor[];
  /** How often each may happen, of all that happens. */
  private readonly acts: readonly (readonly [weight: number, act: Act])[];
  private readonly weights: number;
  private readonly newIds: Prng;
  private begun = 0;

  constructor(world: World, cast: Cast, leftOut: ReadonlySet<number>) {
    this.world = world;
    this.cast = cast;
    this.leftOut = leftOut;
    this.pauses = world.random('chaos');
    const { home, network, phones, relays } = cast;
    this.newIds = world.random('new ids');
    this.clients = [...relays.map(({ client }) => client), ...phones];
    for (const each of this.clients) each.onNewId = () => this.failAtNewId(each);
    const client = (random: Prng) => random.pick(this.clients);
    const copying = (weight: number) => (cast.copies ? weight : 0);
    const losing = (weight: number) => (cast.losses ? weight : 0);
    const acts: readonly (readonly [weight: number, act: Act])[] = [
      [60, (random) => client(random).write(this.edits(random))],
      [6, (random) => network.any(random)?.cut()],
      [8, (random) => network.any(random)?.cutSoon(random)],
      [4, (random) => network.any(random)?.stopOneWay(random)],
      [4, (random) => network.any(random)?.slowDown(random)],
      [3, (random) => network.any(random)?.sleep(random)],
      [3, (random) => this.part(random)],
      [relays.length === 0 ? 0 : 2, (random) => this.cutOff(random)],
      [relays.length === 0 ? 0 : 5, (random) => toTownAndBack(world, cast, random)],
      [4, (random) => this.crash(client(random))],
      [relays.length === 0 ? 0 : 2, (random) => random.pick(relays).crash()],
      [3, (random) => this.writeAndCrash(random)],
      [4, (random) => this.planClientCrash(random)],
      [2, (random) => this.failStorage(random)],
      [1, (random) => this.fillStorage(random)],
      [2, (random) => client(random).resubscribe()],
      [3, (random) => client(random).resubscribeSoon(random)],
      [copying(3), (random) => random.pick(phones).backUp()],
      [copying(1), (random) => random.pick(phones).bringBack()],
      [copying(1), (random) => this.copy(random)],
      [2, () => home.crash()],
      [1, () => home.shutDown()],
      [3, (random) => this.planCrash(random)],
      [1, (random) => this.slowDisk(random)],
      [1, (random) => this.fillDisk(random)],
      [1, (random) => this.failSync(random)],
      [1, (random) => this.failSyncs(random)],
      [0.5, () => this.failRead()],
      [2, (random) => this.jump('home clock jump', home, random)],
      [2, (random) => this.jump('client clock jump', client(random), random)],
      [5, (random) => this.pushAgain(random)],
      [0.5, (random) => cast.disk.snapshots.damage(random)],
      [1, (random) => this.lockDisk(random)],
      [losing(3), () => home.backUp()],
      [losing(2), (random) => this.lie(random)],
      [losing(4), (random) => this.truncate(random)],
      [losing(1), () => home.restore('the newest backup')],
      [losing(1), () => home.restore('an older backup')],
      [losing(2), () => home.restore('an older backup, by hand')],
      [losing(0.5), (random) => this.flipBit(random)],
      [1, (random) => this.fillHeap(random)],
      [1, (random) => this.fillMemory(random)],
    ];
    // What is written is the same in all runs.
    this.acts = acts.map(([weight, act], index) => {
      const factor = world.swarm.factor();
      return [index === 0 ? weight : weight * factor, act] as const;
    });
    this.weights = this.acts.reduce((sum, [weight]) => sum + weight, 0);
  }

  /** How many acts there were. */
  get count(): number {
    return this.begun;
  }

  start(): void {
    this.world.scheduler.after(1 + this.pauses.below(60), () => this.next());
  }

  private next(): void {
    if (!this.world.isChaos()) return;
    const number = this.begun++;
    if (!this.leftOut.has(number)) this.act(this.world.random(`act ${number}`));
    this.start();
  }

  private act(random: Prng): void {
    let left = (random.below(1 << 20) / (1 << 20)) * this.weights;
    for (const [weight, act] of this.acts) {
      left -= weight;
      if (left >= 0) continue;
      act(random);
      break;
    }
  }

  /** Perhaps before the write is stored. */
  private writeAndCrash(random: Prng): void {
    const client = random.pick(this.clients);
    client.write(this.edits(random));
    this.world.scheduler.after(random.below(100), () => {
      if (this.world.isChaos()) this.crash(client);
    });
  }

  private crash(client: ClientActor): void {
    const relay = this.cast.relays.find((each) => each.client === client);
    if (relay === undefined) client.crash();
    else relay.crash();
  }

  /** From one phone to another. */
  private copy(random: Prng): void {
    const { phones } = this.cast;
    const from = random.pick(phones);
    const to = random.pick(phones.filter((each) => each !== from));
    to.copyOf(from);
  }

  private part(random: Prng): void {
    const { home, relays, network } = this.cast;
    const hosts: readonly Host[] = [home, ...relays];
    network.part(random.pick(this.clients).id, random.pick(hosts).name, random);
  }

  /** A relay goes on without the home, with whoever is there. */
  private cutOff(random: Prng): void {
    const { home, relays, network } = this.cast;
    network.part(random.pick(relays).name, home.name, random);
  }

  private edits(random: Prng) {
    return randomEdits(random, this.world.swarm.taste);
  }

  private planCrash(random: Prng): void {
    const { disk, home } = this.cast;
    const point = random.pick(Object.keys(crashPoints) as CrashPoint[]);
    disk.plan.plan(point, () => home.crash());
    // Somebody has to read, for it to die while it reads.
    if (point === 'while reading') home.crash();
  }

  private planClientCrash(random: Prng): void {
    const client = random.pick(this.clients);
    const point = random.pick(Object.keys(clientCrashPoints) as ClientCrashPoint[]);
    client.disk.plan.plan(point, () => this.crash(client));
    if (point === 'while reading') this.crash(client);
  }

  private failStorage(random: Prng): void {
    const { disk } = random.pick(this.clients);
    const fault = random.pick(['written', 'lost'] as const);
    if (random.chance(0.5)) disk.nextAppend = fault;
    else disk.nextSwitch = fault;
  }

  private fillStorage(random: Prng): void {
    const { disk } = random.pick(this.clients);
    disk.fullUntilMs = this.world.scheduler.nowMs + 500 + random.below(5_000);
  }

  /** An id is to be stored before anybody hears of it: so there is no room for a while, and the device dies meanwhile. */
  private failAtNewId(client: ClientActor): void {
    const { scheduler } = this.world;
    if (!this.newIds.chance(0.7)) return;
    const forMs = 500 + this.newIds.below(3_000);
    client.disk.fullUntilMs = scheduler.nowMs + forMs;
    scheduler.after(this.newIds.below(forMs), () => {
      if (this.world.isChaos()) this.crash(client);
    });
  }

  private slowDisk(random: Prng): void {
    const { scheduler, trace } = this.world;
    const { disk } = this.cast;
    trace.fault(scheduler.nowMs, 'slow disk');
    disk.syncMsMax = 200 + random.below(800);
    scheduler.after(1_000 + random.below(2_000), () => {
      disk.syncMsMax = 12;
    });
  }

  private fillDisk(random: Prng): void {
    const { disk } = this.cast;
    disk.fullUntilMs = this.world.scheduler.nowMs + 100 + random.below(2_000);
    disk.snapshots.fullUntilMs = disk.fullUntilMs;
  }

  private fillHeap(random: Prng): void {
    this.cast.home.heapFullUntilMs = this.world.scheduler.nowMs + 100 + random.below(2_000);
  }

  /** Nothing is ordered then but deletions. */
  private fillMemory(random: Prng): void {
    this.cast.home.memoryFullUntilMs = this.world.scheduler.nowMs + 100 + random.below(4_000);
  }

  /** Another process has the log open for a while, once this one ends. */
  private lockDisk(random: Prng): void {
    this.cast.disk.lockedUntilMs = this.world.scheduler.nowMs + 500 + random.below(1_000);
    this.cast.home.crash();
  }

  /** What is appended for a while stands in a cache that a power cut empties. */
  private lie(random: Prng): void {
    const { disk, home } = this.cast;
    if (!home.hasGrown) return;
    disk.lie();
    this.world.scheduler.after(100 + random.below(1_500), () => {
      if (!this.world.isChaos() || random.chance(0.2)) {
        disk.endLie();
      } else if (random.chance(0.7)) {
        home.crash();
        this.partSome(random);
      } else {
        // What it lied of shows when the log is opened again.
        this.failSync(random);
      }
    });
  }

  private truncate(random: Prng): void {
    this.cast.home.truncate();
    this.partSome(random);
    this.crashAgain(random);
  }

  /** Such machines seldom stop once: the next start finds what the first made of it. */
  private crashAgain(random: Prng): void {
    this.world.scheduler.after(200 + random.below(2_000), () => {
      if (this.world.isChaos() && random.chance(0.6)) this.cast.home.crash();
    });
  }

  /** So that others come to the home first, and it goes on from where its log ended before it is shown what it lost. */
  private partSome(random: Prng): void {
    const { home, network } = this.cast;
    for (const { id } of this.clients) {
      if (random.chance(0.5)) network.part(id, home.name, random);
    }
  }

  /** Found when somebody reads it next. */
  private flipBit(random: Prng): void {
    const { disk, home } = this.cast;
    const { trimmed, records } = disk;
    if (records.length <= trimmed) return;
    disk.corruptAt = trimmed + 1 + random.below(records.length - trimmed);
    if (random.chance(0.7)) home.crash();
  }

  private failSync(random: Prng): void {
    this.cast.disk.nextSync = random.pick(['written', 'lost'] as const);
  }

  private failSyncs(random: Prng): void {
    this.cast.disk.syncFailsUntilMs = this.world.scheduler.nowMs + 500 + random.below(5_000);
  }

  private failRead(): void {
    const { disk, home } = this.cast;
    disk.nextReadFails = true;
    home.crash();
  }

  private jump(
    fault: 'home clock jump' | 'client clock jump',
    actor: { clockSkewMs: number },
    random: Prng,
  ): void {
    const { scheduler, trace } = this.world;
    trace.fault(scheduler.nowMs, fault);
    actor.clockSkewMs = random.below(600_000) - 300_000;
  }

  /** A message that was long on its way, or somebody who did not get an answer: an old transaction comes again. */
  private pushAgain(random: Prng): void {
    const { world, cast } = this;
    const { scheduler, trace, homeLimits } = world;
    const { checker, home } = cast;
    const logged = [...checker.history.transactions.values()];
    if (logged.length === 0 || !home.up) return;
    const write = checker.written.get(digestHexOf(random.pick(logged).digest));
    if (write === undefined) return;
    const { transaction } = write;
    trace.fault(scheduler.nowMs, 'old push again');
    home
      .submit(finish(preparedOrUnfit(schema, homeLimits, transaction, 'transaction')))
      ?.then((outcome) => checker.outcome(outcome))
      // The home may die before it answers.
      .catch(() => {});
  }
}
