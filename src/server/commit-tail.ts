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
  readonly limits: Pick<
    Limits,
    'tailCommitsMax' | 'tailChangesMax' | 'deltaBytesMax' | 'messageBytesMax'
  >;
}

/** What there is to tell since the last time. */
export interface TailBatch {
  readonly commits: readonly CommittedTransaction[];
  /** Commits that are left out before these. */
  readonly missed: number;
}

/** A commit that waits to be told of. */
interface Waiting {
  readonly told: CommittedTransaction;
  readonly bytes: number;
}

/**
 * The commits that somebody follows, in short. A slow reader loses the oldest and is told how many: what waits for it is
 * bounded, in commits and in bytes, whatever is written meanwhile.
 */
export class CommitTail {
  private readonly options: CommitTailOptions;
  private readonly readsAll: boolean;
  private readonly readable = new Map<TableDef, Readable | undefined>();
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private missed = 0;

  constructor(options: CommitTailOptions) {
    this.options = options;
    this.readsAll = options.identity.readScopes.includes('*');
  }

  /** Takes note of commits that have just become visible. */
  note(commits: readonly Commit[]): void {
    const { tailCommitsMax, messageBytesMax } = this.options.limits;
    for (const commit of commits) {
      const told = this.told(commit);
      if (told === undefined) continue;
      const bytes = bytesAtMost(told);
      this.waiting.push({ told, bytes });
      this.waitingBytes += bytes;
    }
    let dropped = 0;
    while (
      this.waiting.length - dropped > tailCommitsMax ||
      (this.waitingBytes > messageBytesMax && this.waiting.length - dropped > 1)
    ) {
      this.waitingBytes -= this.waiting[dropped++]!.bytes;
    }
    this.waiting.splice(0, dropped);
    this.missed += dropped;
  }

  /** What is new, as much of it as fits into one message; undefined until something is. */
  take(): TailBatch | undefined {
    const commits: CommittedTransaction[] = [];
    let bytes = 0;
    for (const next of this.waiting) {
      bytes += next.bytes;
      if (commits.length > 0 && bytes > this.options.limits.deltaBytesMax) break;
      commits.push(next.told);
      this.waitingBytes -= next.bytes;
    }
    if (commits.length === 0) return undefined;
    this.waiting.splice(0, commits.length);
    const batch = { commits, missed: this.missed };
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

/** Of a commit, and of each of its changes, beside their texts and fields. */
const frameBytes = 64;
/** A number of a field, and a character in UTF-8. */
const fieldBytesMax = 5;
const characterBytesMax = 3;

/** At least as many bytes as its message has. */
function bytesAtMost({ replicaId, refusedReason, changes }: CommittedTransaction): number {
  let characters = replicaId.length + refusedReason.length;
  let bytes = frameBytes;
  for (const { table, key, fields } of changes) {
    characters += table.length + key.length;
    bytes += frameBytes + fieldBytesMax * fields.length;
  }
  return bytes + characterBytesMax * characters;
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
