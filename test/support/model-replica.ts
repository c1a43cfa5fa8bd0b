/** Replicas and a home that speak without a network: a replica pulls from a source and pushes to the home. */
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import type { Settled } from '../../src/change/commit.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import type { Checkpoint } from '../../src/change/row-delta.ts';
import type { Change, Transaction } from '../../src/change/transaction.ts';
import { type CheckpointResult, Replica } from '../../src/replica/replica.ts';
import type { SavedWrites } from '../../src/replica/saved-writes.ts';
import { settledIn } from '../../src/replica/system-rows.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { type ModelHome, noonMs, type Shown, shown } from './model-home.ts';
import { type BatchSize, type DeltaSink, ModelReceiver, wholeBatch } from './model-receiver.ts';
import { modelSchema, modelTables } from './model-schema.ts';

export interface ModelReplicaOptions {
  readonly scopes?: readonly string[];
  readonly relay?: boolean;
  readonly limits?: Limits;
  readonly saved?: SavedWrites;
}

export class ModelReplica {
  readonly replica: Replica;
  readonly receiver: ModelReceiver;
  /** What the last checkpoint brought. */
  result: CheckpointResult | undefined;
  private settled: ReadonlyMap<string, Settled> = new Map();
  private nowMs = noonMs;

  constructor(id: string, options: ModelReplicaOptions = {}) {
    const { relay = false, limits = defaultLimits, saved } = options;
    this.replica = new Replica({ schema: modelSchema, limits, id, relay }, saved);
    const own = relay ? ['$writers', '$replica/*'] : [`$replica/${id}`];
    const { scopes = ['*'] } = options;
    this.receiver = new ModelReceiver(['', ...scopes, ...own], this.sink());
  }

  /** A write on this device. */
  write(...changes: readonly Change[]): Transaction {
    this.nowMs += 1;
    return this.replica.write(changes, this.nowMs);
  }

  /** The same of one edit, into an earlier transaction where that can be. */
  amend(change: Change): Transaction {
    this.nowMs += 1;
    return this.replica.amend(change, this.nowMs) ?? this.write(change);
  }

  /** Pulls from a source up to its head. Returns what the checkpoint brought. */
  pull(source: CommittedState, size: BatchSize = wholeBatch): CheckpointResult {
    while (!this.pullBatch(source, size));
    return this.result!;
  }

  /** One batch; true at a checkpoint. */
  pullBatch(source: CommittedState, size: BatchSize): boolean {
    const writers = new Set([this.replica.id, ...this.replica.queue.replicas()]);
    const counters = [...writers].map((writer) => [writer, settledIn(source, writer)] as const);
    this.settled = new Map(counters.filter(([, { counter }]) => counter > 0));
    return this.receiver.store(this.receiver.gather(source, size)) !== undefined;
  }

  /** Pushes all that waits, up to `countMax` transactions. */
  push(model: ModelHome, countMax = Number.MAX_SAFE_INTEGER): void {
    const writers = this.replica.queue.replicas();
    const sent = new Map(writers.map((writer) => [writer, model.home.settled(writer).counter]));
    for (const transaction of this.replica.outgoing(sent).slice(0, countMax))
      model.commit(transaction);
  }

  /** What it shows of a row. */
  shown(table: TableDef, key: string): Shown {
    return shown(table, this.replica.row(table, key)?.cells);
  }

  private sink(): DeltaSink {
    const { replica } = this;
    const advance = (checkpoint: Checkpoint) => {
      this.result = replica.checkpoint({ ...checkpoint, settled: this.settled });
      return this.result;
    };
    return {
      get state() {
        return replica.committed;
      },
      get synced() {
        return replica.synced;
      },
      stage: (...args) => replica.stage(...args),
      advance,
      restart: () => replica.restart(),
    };
  }
}

/** The keys that edits speak of. */
export const modelKeys: readonly { readonly table: TableDef; readonly key: string }[] =
  modelTables.flatMap((table) =>
    ['i1', 'i2', 'i3', 'i4', 'n1', 'n2', '-1', '7'].map((key) => ({ table, key })),
  );

/** What a replica is to show: its queue, replayed in order over its committed rows. */
export function replayedQueue(replica: Replica): Map<string, readonly Cell[] | undefined> {
  const rows = new Map<string, readonly Cell[] | undefined>(
    modelKeys.map(({ table, key }) => [
      `${table.name} ${key}`,
      replica.committed.cells(table, key),
    ]),
  );
  for (const { changes } of replica.queue.all()) {
    for (const { table, key, operation, mask, cells } of changes) {
      const name = `${table.name} ${key}`;
      const row = rows.get(name);
      const isSet = (index: number) => ((mask[index >>> 5]! >>> (index & 31)) & 1) === 1;
      if (operation === 'put') rows.set(name, cells);
      else if (operation === 'delete') rows.set(name, undefined);
      else
        rows.set(
          name,
          row?.map((cell, index) => (isSet(index) ? cells[index]! : cell)),
        );
    }
  }
  return rows;
}
