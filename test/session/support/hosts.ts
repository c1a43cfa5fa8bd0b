/** Servers without I/O: what a session serves from, and who takes its pushes. */

import { SyncError } from '../../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../../src/base/limits.ts';
import { epochOf } from '../../../src/base/seq.ts';
import { type Outcome, unorderedOutcome } from '../../../src/change/commit.ts';
import type { Change } from '../../../src/change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../../../src/merge/prepared.ts';
import { Home, type HomeOptions } from '../../../src/replica/home.ts';
import { PushLines } from '../../../src/replica/push-lines.ts';
import { Replica } from '../../../src/replica/replica.ts';
import type { SavedWrites } from '../../../src/replica/saved-writes.ts';
import { settledIn } from '../../../src/replica/system-rows.ts';
import { holdTransactions } from '../../../src/session/hold.ts';
import { homeSource } from '../../../src/session/home-source.ts';
import { replicaSource } from '../../../src/session/replica-source.ts';
import type { Identity, SyncSource } from '../../../src/session/source.ts';
import { type Edit, simSchema } from '../../support/sim-schema.ts';

export interface Host {
  readonly source: SyncSource;
  /** Orders or holds one push of somebody, or of one who may do everything; the outcomes in its order. */
  take(push: readonly PreparedTransaction[], pusher?: Identity): Outcome[];
}

export const databaseName = 'd';
export const logId = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

/** Who may do everything, but for what `changes` say. */
export function identity(changes: Partial<Identity> = {}): Identity {
  return {
    name: 'test',
    readScopes: ['*'],
    writeScopes: ['*'],
    relay: true,
    admin: false,
    expiresAtMs: undefined,
    ...changes,
  };
}

/** A home whose log is as fast as memory: what is ordered is durable. */
export class TestHome implements Host {
  readonly home: Home;
  readonly source: SyncSource;
  readonly limits: Limits;
  /** Every transaction that it ordered, as `replica/counter`, in order. */
  readonly ordered: string[] = [];
  /** Its log. */
  readonly records: Uint8Array[] = [];
  /** Where it was opened. */
  private openedAt = 0;
  nowMs = 1_700_000_000_000;

  constructor(limits: Partial<Limits> = {}, options: Partial<HomeOptions> = {}, id = logId) {
    this.limits = { ...defaultLimits, ...limits };
    this.home = new Home({
      schema: simSchema,
      limits: this.limits,
      validate: () => undefined,
      ...options,
    });
    this.source = homeSource(this.home, id, databaseName, this.limits, (seq) =>
      this.onLostEnd(seq),
    );
  }

  /** A home whose log is this one's up to a record, as a backup or a disk that lied leaves it. */
  asOf(position: number, limits: Partial<Limits> = {}): TestHome {
    const home = new TestHome({ ...this.limits, ...limits });
    for (const record of this.records.slice(0, position)) {
      home.home.replay(record);
      home.records.push(record);
    }
    home.ordered.push(...this.ordered.slice(0, position));
    home.openedAt = home.head;
    home.nowMs = this.nowMs;
    return home;
  }

  /** The same, where somebody knows that it is one: it begins an epoch. */
  restored(position: number, limits: Partial<Limits> = {}): TestHome {
    const home = this.asOf(position, limits);
    home.append(home.home.beginEpoch('restored', home.head, home.nowMs));
    return home;
  }

  /** Makes a commit of the home's own durable. */
  append(record: Uint8Array): void {
    this.records.push(record);
    this.home.durable();
  }

  private onLostEnd(seq: number): boolean {
    const { openedAt } = this;
    if (seq <= openedAt || epochOf(openedAt) !== epochOf(this.head)) return false;
    this.append(this.home.beginEpoch('lostEnd', openedAt, this.nowMs));
    return true;
  }

  get head(): number {
    return this.home.state.head;
  }

  take(push: readonly PreparedTransaction[]): Outcome[] {
    const lines = new PushLines();
    return push.map((prepared) => this.order(prepared, lines));
  }

  /** Orders edits that a writer makes as it sees the newest commit. */
  write(writer: string, ...edits: readonly Edit[]): Outcome {
    const changes = edits.map((edit) => ({
      ...edit,
      base: this.head,
      baseAbsent: false,
      baseCounter: 0,
    }));
    return this.order(this.prepared(writer, changes));
  }

  private prepared(replica: string, changes: readonly Change[]): PreparedTransaction {
    const counter = settledIn(this.home.state, replica).counter + 1;
    const rest = { previousDigest: new Uint8Array(0), stamp: 0, schemaVersion: 0 };
    return prepareTransaction(simSchema, this.limits, { replica, counter, changes, ...rest }, 't');
  }

  private order(prepared: PreparedTransaction, lines?: PushLines): Outcome {
    const { replica, counter } = prepared.transaction;
    try {
      const ordering = this.home.order(
        { prepared, lines, mayRead: () => true, mayWrite: () => true, knowsOwnWrites: true },
        this.nowMs++,
      );
      if (ordering.record !== undefined) {
        this.ordered.push(`${replica}/${counter}`);
        this.append(ordering.record);
      }
      return ordering.outcome;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      return unorderedOutcome(prepared.transaction, error);
    }
  }
}

/** A relay: a replica that serves others. */
export class TestRelay implements Host {
  readonly replica: Replica;
  readonly source: SyncSource;

  constructor(id: string, limits: Partial<Limits> = {}, saved?: SavedWrites) {
    this.replica = testReplica(id, { relay: true, limits, saved });
    this.source = replicaSource(this.replica, databaseName);
  }

  take(push: readonly PreparedTransaction[], pusher: Identity = identity()): Outcome[] {
    return holdTransactions(this.replica, push, pusher);
  }
}

export function testReplica(
  id: string,
  options: { relay?: boolean; limits?: Partial<Limits>; saved?: SavedWrites | undefined } = {},
): Replica {
  const { relay = false, limits = {}, saved } = options;
  return new Replica(
    { schema: simSchema, limits: { ...defaultLimits, ...limits }, id, relay },
    saved,
  );
}
