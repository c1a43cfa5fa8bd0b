import type { Seq } from '../../src/base/seq.ts';
import type { Outcome } from '../../src/change/commit.ts';
import type { PreparedTransaction } from '../../src/merge/prepared.ts';
import { holdTransactions } from '../../src/session/hold.ts';
import { replicaSource } from '../../src/session/replica-source.ts';
import { digestText } from './checker.ts';
import { ClientActor, type ClientActorOptions, type Host } from './client-actor.ts';
import type { LineEnd } from './line.ts';
import { identity, type Served, ServerLine } from './server-line.ts';
import { databaseName, type World } from './world.ts';

/** A field laptop: a client that serves others and carries what they write to the home. */
export class RelayActor implements Host {
  readonly isHome = false;
  readonly client: ClientActor;
  private readonly world: World;
  private readonly options: Omit<ClientActorOptions, 'onChange' | 'onStart' | 'onEnd'>;
  private served: Served;
  private lines: ServerLine[] = [];
  /** Where its copy has stood since it started. */
  private heads = new Set<Seq>();
  /** By writer: the highest counter that it said it holds. */
  private readonly held = new Map<string, number>();

  constructor(options: Omit<ClientActorOptions, 'onChange' | 'onStart' | 'onEnd'>) {
    this.world = options.world;
    this.options = options;
    this.client = new ClientActor({
      ...options,
      onChange: () => this.changed(),
      onStart: () => this.began(),
      onEnd: () => this.vanish(),
    });
    this.served = this.serve();
  }

  /**
   * Of rows that came and went between two of its own checkpoints it never hears. It shows rows before they are stored, so
   * after a crash it may not have been where its clients are.
   */
  knows(seq: Seq): boolean {
    return this.heads.has(seq);
  }

  get name(): string {
    return this.client.id;
  }

  accept(end: LineEnd): boolean {
    if (!this.client.up) return false;
    this.lines = this.lines.filter((line) => line.end.line.isOpen);
    this.lines.push(new ServerLine(this.world, this.served, end));
    return true;
  }

  crash(): void {
    const { scheduler, trace } = this.world;
    trace.fault(scheduler.nowMs, 'relay crash');
    this.client.crash();
  }

  private began(): void {
    this.heads = new Set([this.client.replica.committed.head]);
    this.served = this.serve();
    this.checkHeld();
  }

  /** Whoever was served finds nobody there any more. */
  private vanish(): void {
    for (const line of this.lines) line.vanish();
    this.lines = [];
  }

  private serve(): Served {
    return {
      source: replicaSource(this.client.replica, databaseName, () => this.client.storedCounter()),
      submit: (push) => this.hold(push),
      nowMs: () => this.world.scheduler.nowMs,
    };
  }

  /** Held means stored, so the answer waits for the disk. */
  private hold(push: readonly PreparedTransaction[]): Promise<Outcome[]> {
    const { client } = this;
    const outcomes = holdTransactions(client.replica, push, identity);
    for (const [index, outcome] of outcomes.entries()) this.checkHolds(push[index]!, outcome);
    this.pump();
    client.flush();
    return client.journal!.stored().then(() => {
      this.remember(outcomes);
      return outcomes;
    });
  }

  /** Who is told that it is held may lose it: so it is this very transaction that is carried on. */
  private checkHolds({ transaction }: PreparedTransaction, { status }: Outcome): void {
    if (status !== 'held') return;
    const { replica: writer, counter } = transaction;
    const found = this.client.replica.queue
      .of(writer)
      .find((carried) => carried.transaction.counter === counter);
    if (found !== undefined && digestText(found.transaction) === digestText(transaction)) return;
    const what = found === undefined ? 'nothing' : 'another';
    this.world.violation(
      `I2: ${this.name} says that it holds ${writer}/${counter}, and holds ${what}`,
    );
  }

  private remember(outcomes: readonly Outcome[]): void {
    for (const { replica, counter, status } of outcomes) {
      if (status !== 'held' || replica === this.client.id) continue;
      this.held.set(replica, Math.max(counter, this.held.get(replica) ?? 0));
    }
  }

  /** What it said it holds it has at any moment, also after a crash, unless the home has it. */
  private checkHeld(): void {
    const { client, world, held } = this;
    const { checker } = this.options;
    if (!client.up) return;
    for (const [writer, counter] of held) {
      const carried = client.replica.queue.of(writer).at(-1)?.transaction.counter ?? 0;
      const settled = checker.settledEver.get(writer) ?? 0;
      if (Math.max(carried, settled) >= counter) continue;
      // Of two lines under one id it carries on the one that the home has not ended.
      if (checker.isShared(writer)) continue;
      // Where the home has lost what comes before, its writer brings all of it again.
      if (checker.writersLost.has(writer)) continue;
      if (checker.gapsTold.has(writer)) {
        // It takes that for a line that another device has ended. Their writer has them, and brings them again.
        world.trace.mark('limit: a relay let go of what had no place at the home');
        held.delete(writer);
        continue;
      }
      world.violation(`I2: ${this.name} said it holds ${writer}/${counter}, and has lost it`);
    }
  }

  private changed(): void {
    this.heads.add(this.client.replica.committed.head);
    this.checkHeld();
    this.pump();
  }

  private pump(): void {
    for (const line of this.lines) this.world.scheduler.after(0, () => line.pump());
  }
}
