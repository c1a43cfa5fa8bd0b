/**
 * Rare things that have to come about in a run of many seeds, or the run proves too little: answers, events, and cases of
 * the judge (judge.ts). Answers are named by their reasons.
 */
export const branches = [
  // What could not be ordered, or was refused.
  'REPLICA_FORKED',
  'COUNTER_GAP',
  'COUNTER_FORGOTTEN',
  'HELD_DIFFERS',
  'QUEUE_FULL',
  'MEMORY_FULL',
  'PARTS_FULL',
  'DEPENDS_ON_REFUSED',
  'ROW_NOT_FOUND',
  'ROW_INVALID',
  // How it came.
  'pushed by columns',
  // Why a conversation ended.
  'SOURCE_REPLACED',
  'SOURCE_FORKED',
  'FORK_UNRESOLVED',
  'RELAYED_DROPPED',
  'STOPPING',
  'rows asked for in another encoding',
  // Snapshots.
  'snapshot complete',
  'log trimmed',
  'started from a snapshot',
  'started from the older snapshot',
  'snapshot of a lost history passed over',
  // Histories.
  "epoch begun by a client's evidence",
  "epoch begun by a snapshot's evidence",
  'epoch begun by a restore',
  'log repaired',
  'damaged log restored from a backup',
  'HISTORY_FORKING',
  'CURSOR_AHEAD',
  'history forked, told by the home',
  'history forked, told by a relay',
  'kept transactions queued again',
  'new identity, since too little was kept',
  'row quarantined',
  'safe transaction lost',
  // Known limitations: what a home cannot know of where a history was left (ARCHITECTURE.md, "Durability").
  'limit: the loss was found out after a restart',
  'limit: a base came by a relay before anybody showed the loss',
  'limit: what was lost cannot be ordered under a former id, and is parked',
  'limit: of two copies each is told another fork by each history',
  'limit: a copy had ordered what was lost',
  'limit: an epoch was lost',
  'limit: a backup has what the history before it had lost',
  'limit: a relay does not know what came and went between its checkpoints',
  'limit: a relay let go of what had no place at the home',
  // Storage of clients.
  'STORAGE_FULL',
  'nothing taken while storing',
  'journal written anew',
  'edit put into an earlier one',
  'what can never be is to be refused',
  'what the home fails at held back',
  'unfit',
  'defect',
  // Sync.
  'in parts for the sake of a slow link',
  'resumed in the middle of a commit',
  'first sync resumed',
  'built anew behind a horizon',
  'row evicted',
  'tentative transactions of others shown',
  'tentative transactions of others let go of',
  // Merging, as the judge sees it.
  'conflict, server wins',
  'conflict, client wins',
  'conflict, last write wins, local',
  'conflict, last write wins, remote',
  'delete met edits',
  'edit met a delete',
  'row brought back',
  'base void: the row was there unseen',
  'stamp bounded',
  'retry answered',
] as const;

export type Branch = (typeof branches)[number];

export type Limit = Extract<Branch, `limit: ${string}`>;

/** What a run must have for a limitation to hold; the others hold where the home has lost something. */
const limitsOfRelays: ReadonlySet<Limit> = new Set([
  'limit: a relay does not know what came and went between its checkpoints',
  'limit: a relay let go of what had no place at the home',
]);

/** What this run has that some limitations need. */
export interface LimitCauses {
  readonly hasForked: boolean;
  readonly hasRelays: boolean;
}

export function isLimit(branch: Branch): branch is Limit {
  return branch.startsWith('limit: ');
}

/** Whether a limitation can be met in such a run at all. */
export function mayBeMet(limit: Limit, { hasForked, hasRelays }: LimitCauses): boolean {
  return limitsOfRelays.has(limit) ? hasRelays : hasForked;
}
