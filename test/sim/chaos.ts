import { prepareTransaction } from '../../src/merge/prepared.ts';
import { type Checker, digestHexOf } from './checker.ts';
import type { ClientActor } from './client-actor.ts';
import type { Disk } from './disk-log.ts';
import type { HomeActor } from './home-actor.ts';
import type { Network } from './network.ts';
import type { RelayActor } from './relay-actor.ts';
import { schema, type World } from './world.ts';

export interface Cast {
  readonly home: HomeActor;
  /** Relays are clients of the home too. */
  readonly clients: readonly ClientActor[];
  readonly relay: RelayActor | undefined;
  readonly network: Network;
  readonly disk: Disk;
  readonly checker: Checker;
}

/** Writers that write, and things that go wrong, until the simulation heals. */
export class Chaos {
  private readonly world: World;
  private readonly cast: Cast;
  /** How often each may happen, of all that happens. */
  private readonly acts: readonly (readonly [weight: number, act: () => void])[];

  constructor(world: World, cast: Cast) {
    this.world = world;
    this.cast = cast;
    const { home, network, disk } = cast;
    const client = () => world.random.pick(cast.clients);
    const phones = cast.clients.filter((each) => each !== cast.relay?.client);
    const phone = () => world.random.pick(phones);
    this.acts = [
      [60, () => client().write()],
      [12, () => network.any()?.cut()],
      [4, () => network.any()?.stopOneWay()],
      [4, () => network.any()?.slowDown()],
      [4, () => this.crash(client())],
      [cast.relay === undefined ? 0 : 2, () => cast.relay?.crash()],
      [3, () => this.writeAndCrash(client())],
      [3, () => client().resubscribe()],
      [3, () => phone().backUp()],
      [1, () => phone().bringBack()],
      [1, () => this.copy(phones)],
      [3, () => home.crash()],
      [1, () => this.slowDisk(disk)],
      [2, () => this.jump('home clock jump', home)],
      [2, () => this.jump('client clock jump', client())],
      [5, () => this.pushAgain()],
    ];
  }

  start(): void {
    const { scheduler, random } = this.world;
    scheduler.after(1 + random.below(60), () => this.act());
  }

  private act(): void {
    if (!this.world.isChaos()) return;
    let left = this.world.random.below(this.acts.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, act] of this.acts) {
      left -= weight;
      if (left >= 0) continue;
      act();
      break;
    }
    this.start();
  }

  /** Perhaps before the write is stored. */
  private writeAndCrash(client: ClientActor): void {
    const { scheduler, random } = this.world;
    client.write();
    scheduler.after(random.below(100), () => {
      if (this.world.isChaos()) this.crash(client);
    });
  }

  private crash(client: ClientActor): void {
    const { relay } = this.cast;
    if (relay?.client === client) relay.crash();
    else client.crash();
  }

  /** From one phone to another. */
  private copy(phones: readonly ClientActor[]): void {
    const from = this.world.random.pick(phones);
    const to = this.world.random.pick(phones.filter((each) => each !== from));
    to.copyOf(from);
  }

  private slowDisk(disk: Disk): void {
    const { scheduler, trace, random } = this.world;
    trace.fault(scheduler.nowMs, 'slow disk');
    disk.syncMsMax = 200 + random.below(800);
    scheduler.after(1_000 + random.below(2_000), () => {
      disk.syncMsMax = 12;
    });
  }

  private jump(
    fault: 'home clock jump' | 'client clock jump',
    actor: { clockSkewMs: number },
  ): void {
    const { scheduler, trace, random } = this.world;
    trace.fault(scheduler.nowMs, fault);
    actor.clockSkewMs = random.below(600_000) - 300_000;
  }

  /** A message that was long on its way, or somebody who did not get an answer: an old transaction comes again. */
  private pushAgain(): void {
    const { world, cast } = this;
    const { scheduler, trace, random, limits } = world;
    const { checker, home } = cast;
    const logged = [...checker.model.transactions.values()];
    if (logged.length === 0 || !home.up) return;
    const write = checker.written.get(digestHexOf(random.pick(logged).digest));
    if (write === undefined) return;
    const { transaction } = write;
    trace.fault(scheduler.nowMs, 'old push again');
    home
      .submit(prepareTransaction(schema, limits, transaction, 'transaction'))
      ?.then((outcome) => checker.outcome(outcome))
      // The home may die before it answers.
      .catch(() => {});
  }
}
