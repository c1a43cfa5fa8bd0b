import type { Stamp } from '../base/stamp.ts';
import type { MergeRule } from '../schema/table-def.ts';

/** One side of a conflict: a write that did not know of the other. */
export interface Contender {
  readonly stamp: Stamp;
  readonly replica: string;
  /** 0 where it is no longer known: the committed side keeps only its newest. */
  readonly counter: number;
}

/** Which side's value stands. Local is the one that arrives, remote the committed one. */
export type Winner = 'local' | 'remote';

/** Decides one conflict. Pure: the home runs it once and logs the effect. */
export type MergeStrategy = (local: Contender, remote: Contender) => Winner;

/** Later stamp, then higher replica id, then higher counter (design 5). */
const lastWriteWins: MergeStrategy = (local, remote) => {
  if (local.stamp !== remote.stamp) return local.stamp > remote.stamp ? 'local' : 'remote';
  if (local.replica !== remote.replica) return local.replica > remote.replica ? 'local' : 'remote';
  return local.counter > remote.counter ? 'local' : 'remote';
};

/** The strategies by the name that a column or table gives. */
export const mergeStrategies: Readonly<Record<MergeRule, MergeStrategy>> = {
  'server-wins': () => 'remote',
  'client-wins': () => 'local',
  'last-write-wins': lastWriteWins,
};
