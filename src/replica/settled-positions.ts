import { nothingSettled, type Settled } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { settledIn } from './system-rows.ts';

/** How far writers are settled: as checkpoints told, and as the rows of a relay's copy say. */
export class SettledPositions {
  /** By writer, what checkpoints told. */
  readonly told = new Map<string, Settled>();
  private copyLost = false;

  /** Whether the copy is of a history that was lost. */
  get isCopyLost(): boolean {
    return this.copyLost;
  }

  of(replica: string, copy: CommittedState): Settled {
    const told = this.told.get(replica) ?? nothingSettled;
    const held = this.copyLost ? nothingSettled : settledIn(copy, replica);
    return held.counter > told.counter ? held : told;
  }

  /** False where a later position was told before: what is queued may have come since, under an id that was given up. */
  note(replica: string, position: Settled): boolean {
    if (position.counter < (this.told.get(replica)?.counter ?? 0)) return false;
    this.told.set(replica, position);
    return true;
  }

  /** What was settled in a history that was lost is to be settled again. The copy tells nothing until there is another. */
  forget(): void {
    this.told.clear();
    this.loseCopy();
  }

  loseCopy(): void {
    this.copyLost = true;
  }

  /** There is another copy. */
  renewed(): void {
    this.copyLost = false;
  }
}
