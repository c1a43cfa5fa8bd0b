import { Operation } from '../../gen/ts/syncdb/v1/data.ts';
import type { CommittedChange, CommittedTransaction } from '../../gen/ts/syncdb/v1/data_service.ts';
import type { Limits } from '../base/limits.ts';
import { maskIndexes } from '../base/mask.ts';
import { stampOf } from '../base/stamp.ts';
import type { Commit, RowEffect } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Identity } from '../session/source.ts';
import { timestampOfStamp } from '../wire/timestamps.ts';
import { type Readable, readableRows } from './readable-rows.ts';

export interface CommitTailOptions {
  readonly state: CommittedState;
  readonly identity: Identity;
  /** The tables to tell of; undefined means all of the team's. */
  readonly tables: ReadonlySet<TableDef> | undefined;
  readonly limits: Pick<Limits, 'tailCommitsMax' | 'tailChangesMax'>;
}

/** What there is to tell since the last time. */
export interface TailBatch {
  readonly commits: readonly CommittedTransaction[];
  /** Commits that are left out before these. */
  readonly missed: number;
}

/**
 * The commits that somebody follows, in short. A slow reader loses the oldest and is told how many: what waits for it is
 * bounded, whatever is written meanwhile.
 */
export class CommitTail {
  private readonly options: CommitTailOptions;
  private readonly readsAll: boolean;
  private readonly readable = new Map<TableDef, Readable | undefined>();
  private waiting: CommittedTransaction[] = [];
  private missed = 0;

  constructor(options: CommitTailOptions) {
    this.options = options;
    this.readsAll = options.identity.readScopes.includes('*');
  }

  /** Takes note of commits that have just become visible. */
  note(commits: readonly Commit[]): void {
    for (const commit of commits) {
      const told = this.told(commit);
      if (told === undefined) continue;
      this.waiting.push(told);
      if (this.waiting.length <= this.options.limits.tailCommitsMax) continue;
      this.waiting.shift();
      this.missed++;
    }
  }

  /** What is new, or undefined until something is. */
  take(): TailBatch | undefined {
    if (this.waiting.length === 0) return undefined;
    const batch = { commits: this.waiting, missed: this.missed };
    this.waiting = [];
    this.missed = 0;
    return batch;
  }

  private told(commit: Commit): CommittedTransaction | undefined {
    const { tailChangesMax } = this.options.limits;
    const effects = commit.effects.filter((effect) => this.isShown(effect));
    const refusedReason = this.readsAll ? reasonIn(commit) : '';
    if (effects.length === 0 && refusedReason === '') return undefined;
    const isConflict = ({ table, kind }: RowEffect) =>
      table.name === conflictTable && kind === 'insert';
    return {
      seq: BigInt(commit.seq),
      replicaId: commit.replica,
      counter: BigInt(commit.counter),
      committedAt: timestampOfStamp(stampOf(commit.atMs)),
      changes: effects.slice(0, tailChangesMax).map(changeOf),
      changeCount: effects.length,
      refusedReason,
      conflicts: this.readsAll ? commit.effects.filter(isConflict).length : 0,
    };
  }

  private isShown({ table, key }: RowEffect): boolean {
    const { state, identity, tables } = this.options;
    const isAsked = tables === undefined ? !table.system : tables.has(table);
    if (!isAsked || this.readsAll) return isAsked;
    let readable = this.readable.get(table);
    if (readable === undefined) {
      readable = readableRows(state, table, identity)!;
      this.readable.set(table, readable);
    }
    const slot = state.table(table).columns.slotOf(key);
    return slot >= 0 && readable(slot);
  }
}

const conflictTable = 'syncdb.v1.Conflict';
const outcomeTable = 'syncdb.v1.Outcome';

/** Why the transaction of a commit was refused; empty where it was not. */
function reasonIn({ effects }: Commit): string {
  const outcome = effects.find(
    ({ table, kind }) => table.name === outcomeTable && kind === 'insert',
  );
  if (outcome === undefined) return '';
  return String(outcome.cells[outcome.table.columnByName.get('reason')!.index]);
}

const operations = {
  insert: Operation.PUT,
  update: Operation.PATCH,
  delete: Operation.DELETE,
} as const;

function changeOf({ kind, table, key, mask }: RowEffect): CommittedChange {
  const fields =
    kind === 'update' ? maskIndexes(mask).map((index) => table.columns[index]!.number) : [];
  return {
    operation: operations[kind],
    table: table.name,
    key,
    fields: fields.sort((a, b) => a - b),
  };
}
