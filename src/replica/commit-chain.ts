import { positionOf, type Seq } from '../base/seq.ts';
import type { StepLimits, Steps } from '../base/steps.ts';
import type { Commit } from '../change/commit.ts';
import { chainStart, commitSteps, decodeCommit } from '../change/commit-record.ts';
import type { Schema } from '../schema/table-def.ts';
import { ChainChecks, type ChecksPiece, chainCheck } from './chain-checks.ts';

/** The chain of hashes through a log's commits: up to the newest durable one, and on through those that are pending. */
export class CommitChain {
  private readonly schema: Schema;
  private readonly checks: ChainChecks;
  private newest: Uint8Array = chainStart;
  private durableHash: Uint8Array = chainStart;
  /** Of the pending commits, oldest first. */
  private readonly pending: Uint8Array[] = [];

  constructor(schema: Schema, checksMax: number) {
    this.schema = schema;
    this.checks = new ChainChecks(checksMax);
  }

  /** Chain hash of the newest durable commit. */
  get durable(): Uint8Array {
    return this.durableHash;
  }

  /** The newest position of which the hash is known. */
  get checkedUpto(): number {
    return this.checks.upto;
  }

  /** Four bytes of the hash at a position, pending ones included; undefined where they are not known. */
  checkAt(position: number): number | undefined {
    return this.checks.at(position);
  }

  get memoryBytes(): number {
    return this.checks.memoryBytes;
  }

  /** Memory is short: see `ChainChecks.shrink`. */
  shrink(lengthFloor: number): void {
    this.checks.shrink(lengthFloor);
  }

  /** The log is followed from here on: what is before is a snapshot, which may know of some checks. */
  begin(chain: Uint8Array, known: readonly ChecksPiece[]): void {
    this.newest = chain;
    this.durableHash = chain;
    for (const piece of known) this.checks.noteAll(piece);
  }

  /** The checks up to a durable commit; see `ChainChecks.pieces`. */
  pieces(head: Seq, lengthMax: number): Generator<ChecksPiece, void> {
    return this.checks.pieces(positionOf(head), lengthMax);
  }

  /** The commit of the log's next record. DATA_LOSS MALFORMED_BYTES where it does not follow. */
  replay(record: Uint8Array): Commit {
    const { commit, chain } = decodeCommit(record, this.newest, this.schema);
    this.note(commit.seq, chain);
    this.durableHash = chain;
    return commit;
  }

  /** The record of the next commit, which is pending; in steps. */
  *append(commit: Commit, limits: StepLimits): Steps<Uint8Array> {
    const { bytes, chain } = yield* commitSteps(commit, this.newest, limits);
    this.note(commit.seq, chain);
    this.pending.push(chain);
    return bytes;
  }

  /** The oldest pending commit is durable. */
  fold(): void {
    this.durableHash = this.pending.shift()!;
  }

  /** Forgets those that are pending, behind the durable `head`. */
  abandon(head: Seq): void {
    this.pending.length = 0;
    this.newest = this.durableHash;
    this.checks.cut(positionOf(head));
  }

  private note(seq: Seq, chain: Uint8Array): void {
    this.newest = chain;
    this.checks.note(positionOf(seq), chainCheck(chain));
  }
}
