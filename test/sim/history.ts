import { epochOf, positionOf } from '../../src/base/seq.ts';
import type { Commit } from '../../src/change/commit.ts';
import { chainStart, decodeCommit } from '../../src/change/commit-record.ts';
import { chainCheck } from '../../src/replica/chain-checks.ts';
import { homeReplica } from '../../src/replica/schema-record.ts';
import type { Write } from './checker.ts';
import { Judge } from './judge.ts';
import { Model } from './model.ts';
import {
  conflictTable,
  epochTable,
  outcomeTable,
  schema,
  type World,
  writerTable,
} from './world.ts';

/** What the log says of a transaction. */
export interface Logged {
  readonly seq: number;
  readonly refused: boolean;
  /** Why it was refused; empty where it was not. */
  readonly reason: string;
  readonly conflicts: number;
  readonly digest: Uint8Array;
}

/** A commit that became durable, and what of it somebody wrote. */
interface Entry {
  readonly commit: Commit;
  readonly chain: Uint8Array;
  readonly write: Write | undefined;
  /** What it says of a transaction, the same in every history that has it. */
  logged?: Logged;
}

/** An epoch, as its commit tells of it. */
export interface ToldEpoch {
  readonly forkedAt: number;
  readonly first: number;
}

/**
 * One line of commits that a log has, or had: histories are a tree, since what a log loses was shown to some, and goes on
 * from there for them. A commit in it is known by its position and its check of the chain.
 */
export class History {
  readonly model = new Model();
  readonly judge: Judge;
  readonly transactions = new Map<string, Logged>();
  /** By writer: the newest counter. */
  readonly counters = new Map<string, number>();
  /** Positions of the writes in it, by their numbers. */
  readonly logged = new Map<number, number>();
  /** What it says of each of these writes: under another id some are in it once more. */
  private readonly outcomes = new Map<number, Logged[]>();
  /** Where it left its parent: the newest position that both have. */
  readonly forkedAt: number;
  readonly parent: History | undefined;
  /** Starts of the home since it forked, until a commit told of that. */
  starts = 0;
  /** An epoch was given that it does not have, and it did not go on in one after that: its number is given to another. */
  lostEpoch: boolean;
  /** The same, and no epoch after that has begun by now. */
  lacksEpoch: boolean;
  /** The newest position that a backup of this line has. */
  backedUp: number;
  readonly epochs: ToldEpoch[] = [];
  private readonly entries: Entry[] = [];

  /** `epochMax` is the newest epoch that was ever given. */
  constructor(world: World, parent?: History, forkedAt = 0, epochMax = 0) {
    this.judge = new Judge(world, this);
    this.parent = parent;
    this.forkedAt = forkedAt;
    this.backedUp = Math.min(parent?.backedUp ?? 0, forkedAt);
    for (const entry of parent?.entries.slice(0, forkedAt) ?? []) this.take(entry);
    this.lostEpoch = epochMax > epochOf(this.head);
    this.lacksEpoch = this.lostEpoch;
  }

  /** Position of its newest commit. */
  get length(): number {
    return this.entries.length;
  }

  /** Seq of its newest commit. */
  get head(): number {
    return this.seqAt(this.length);
  }

  /** Seq of the commit at a position; 0 before the first. */
  seqAt(position: number): number {
    return this.entries[position - 1]?.commit.seq ?? 0;
  }

  /** Who wrote the commit at a position. */
  writerAt(position: number): string | undefined {
    return this.entries[position - 1]?.commit.replica;
  }

  /** Reads the next record of the log. */
  read(record: Uint8Array): { commit: Commit; chain: Uint8Array } {
    return decodeCommit(record, this.entries.at(-1)?.chain ?? chainStart, schema);
  }

  /** Takes up the next commit. */
  take(entry: Entry): void {
    const { commit, write } = entry;
    this.entries.push(entry);
    this.model.apply(commit);
    const { replica, counter, seq, effects } = commit;
    this.counters.set(replica, counter);
    if (replica === homeReplica) this.takeOwn(commit);
    const digest = writtenDigest(commit);
    if (digest === undefined) return;
    entry.logged ??= { seq, ...answerIn(effects), digest };
    this.transactions.set(`${replica}/${counter}`, entry.logged);
    if (write === undefined) return;
    this.logged.set(write.number, this.length);
    this.outcomes.set(write.number, [...this.outcomesOf(write.number), entry.logged]);
    this.judge.judge(commit, write);
  }

  /** Whether a commit tells exactly where it forked. */
  get told(): boolean {
    return this.tells(this.forkedAt);
  }

  /** Whether an epoch in it began exactly behind this position. */
  tells(position: number): boolean {
    return this.epochs.some(({ forkedAt }) => forkedAt === this.seqAt(position));
  }

  /** The commit of a write, by its number. */
  commitOf(write: number): Commit | undefined {
    return this.entries[(this.logged.get(write) ?? 0) - 1]?.commit;
  }

  /** What became of a write, each time that it was ordered. */
  outcomesOf(write: number): readonly Logged[] {
    return this.outcomes.get(write) ?? [];
  }

  /** Whether it has the commit with this seq and this check of the chain. */
  has(seq: number, check: number): boolean {
    const entry = this.entries[positionOf(seq) - 1];
    return seq === 0 || (entry?.commit.seq === seq && chainCheck(entry.chain) === check);
  }

  /** Numbers of the writes at the positions from behind `after` up to `upto`. */
  writesBetween(after: number, upto: number): number[] {
    return this.entries
      .slice(after, upto)
      .flatMap(({ write }) => (write === undefined ? [] : [write.number]));
  }

  /** Writers of what is behind a position. */
  writersBehind(position: number): string[] {
    return this.entries.slice(position).map(({ commit }) => commit.replica);
  }

  /** The newest position that both have. */
  common(other: History): number {
    const limits = new Map<History, number>();
    let limit = Number.POSITIVE_INFINITY;
    for (let at: History | undefined = this; at !== undefined; at = at.parent) {
      limits.set(at, Math.min(limit, at.length));
      limit = Math.min(limit, at.forkedAt);
    }
    limit = Number.POSITIVE_INFINITY;
    for (let at: History | undefined = other; at !== undefined; at = at.parent) {
      const known = limits.get(at);
      if (known !== undefined) return Math.min(known, limit, at.length);
      limit = Math.min(limit, at.forkedAt);
    }
    return 0;
  }

  /** Itself and those that it forked from, newest first. */
  *line(): Generator<History> {
    for (let at: History | undefined = this; at !== undefined; at = at.parent) yield at;
  }

  private takeOwn({ effects }: Commit): void {
    for (const { table, cells } of effects) {
      if (table !== epochTable) continue;
      const number = (name: string) => Number(cells[epochTable.columnByName.get(name)!.index]);
      const epoch = { forkedAt: number('forked_at_seq'), first: number('first_seq') };
      this.epochs.push(epoch);
    }
  }
}

/** What a commit says became of its transaction. */
function answerIn(effects: Commit['effects']): Pick<Logged, 'refused' | 'reason' | 'conflicts'> {
  const refusal = effects.find(({ table }) => table === outcomeTable);
  const { index } = outcomeTable.columnByName.get('reason')!;
  const conflicts = effects.filter(({ table }) => table === conflictTable).length;
  return {
    refused: refusal !== undefined,
    reason: (refusal?.cells[index] as string | undefined) ?? '',
    // Of one that was refused nobody is told of conflicts.
    conflicts: refusal === undefined ? conflicts : 0,
  };
}

/** Digest of the transaction that a commit is of; undefined for one of the home's own. */
export function writtenDigest({ effects }: Commit): Uint8Array | undefined {
  const writer = effects.find(({ table }) => table === writerTable);
  const { index } = writerTable.columnByName.get('last_digest')!;
  return writer?.cells[index] as Uint8Array | undefined;
}
