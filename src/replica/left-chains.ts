import { ChainChecks, type ChecksPiece, type ChecksRun } from './chain-checks.ts';

/** So many histories are known that were left, and of each so many of its newest commits. */
const historiesMax = 8;
const checksMax = 1 << 14;

/**
 * What a relay knows of histories that its copy was of, and that its servers turned out not to go on with: so it can tell
 * clients of its own which have their commits still. The checks of the chain from the first commit on that is another now.
 */
export class LeftChains {
  /** Oldest first. */
  private chains: ChainChecks[] = [];

  /** A copy with another history has taken the place of that with this one. */
  leave(before: ChainChecks, after: ChainChecks): void {
    for (let position = before.oldest; position <= before.upto; position++) {
      const now = after.at(position);
      if (now === undefined || now === before.at(position)) continue;
      const first = Math.max(position, before.upto - checksMax + 1);
      const length = before.upto - first + 1;
      const checks = Uint32Array.from({ length }, (_, index) => before.at(first + index)!);
      this.add({ first, checks });
      return;
    }
  }

  /** Whether a commit of one of these histories has this check. */
  has(position: number, check: number): boolean {
    return this.chains.some((chain) => position > 0 && chain.at(position) === check);
  }

  /** All, oldest first. */
  get pieces(): ChecksPiece[] {
    return this.chains.flatMap((chain) => [...chain.pieces(chain.upto, checksMax)]);
  }

  add(run: ChecksRun): void {
    const chain = new ChainChecks(checksMax);
    chain.noteAll(run);
    this.chains = [...this.chains, chain].slice(-historiesMax);
  }
}
