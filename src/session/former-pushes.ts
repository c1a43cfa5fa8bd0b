import { nothingSettled, type Outcome } from '../change/commit.ts';
import type { Checkpoint } from '../change/row-delta.ts';
import type { Replica } from '../replica/replica.ts';
import type { Welcome } from './messages.ts';
import { coverTest } from './subscription.ts';

/**
 * What a replica wrote under ids that it had before, on one stream: where the home has lost some of it, it is pushed once
 * more, under those of the ids as which it may speak here.
 */
export class FormerPushes {
  private readonly replica: Replica;
  private served: readonly string[] = [];
  private isHome = false;
  /** A relay cannot tell what became of something that was sent once more. */
  private isUntold = false;

  constructor(replica: Replica) {
    this.replica = replica;
  }

  /** Ids under which it may push, once `reopen` knows how far they are settled. */
  get ids(): readonly string[] {
    return this.served;
  }

  /** Whether only the home can tell what became of some. */
  get waitsForHome(): boolean {
    return this.isUntold;
  }

  /** A new stream. */
  begin(): void {
    this.served = [];
    this.isUntold = false;
  }

  /**
   * It may speak as those whose scopes are served. True where what comes behind it, under the id that it has now, is to wait
   * until it is known what was lost: that may build on it.
   */
  welcome({ scopes, home }: Welcome, hasLost: boolean): boolean {
    const isServed = coverTest(scopes);
    this.served = this.replica.former.filter((id) => isServed(`$replica/${id}`));
    this.isHome = home;
    const { replica } = this;
    if (replica.formerCount > 0) return true;
    // It may have come to this history while another device's transactions stood under its id.
    const isTold = hasLost || replica.isForked;
    return this.served.some((id) =>
      isTold ? replica.kept.of(id).length > 0 : replica.hasLeft(id),
    );
  }

  /** The first checkpoint tells how far they are settled: of one that it does not name nothing is. */
  reopen({ settled }: Checkpoint): void {
    // A relay that does not say that it has another history is only behind.
    if (!this.isHome && !this.replica.isForked) return;
    for (const id of this.served) this.replica.reopenFormer(id, settled.get(id) ?? nothingSettled);
  }

  /**
   * Ids of which a checkpoint that is shown settles counters that wait here, and nobody knows by whose transactions: a relay
   * that holds them carries them no further, so they are to be sent to it, or to the home, once more.
   */
  passedBy({ settled }: Checkpoint): string[] {
    const { queue } = this.replica;
    return this.served.filter((id) => {
      const first = queue.of(id)[0]?.transaction.counter;
      return first !== undefined && first <= (settled.get(id)?.counter ?? 0);
    });
  }

  /** The server's answer to whatever was pushed. */
  answered(outcome: Outcome): void {
    if (!this.replica.former.includes(outcome.replica)) return;
    this.replica.answerFormer(outcome, this.isHome);
    if (!this.isHome && outcome.status === 'unordered') this.isUntold = true;
  }
}
