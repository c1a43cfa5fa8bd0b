import type { RowDelta } from '../../src/change/row-delta.ts';
import type { JournaledReplica } from '../../src/replica/journaled-replica.ts';

/**
 * The first of these patches that has no row to patch in the copy that a replica is sent, behind what it has of it; rows
 * that wait for a checkpoint are there, and so is what it has let go of by itself since.
 */
export function patchAstray(
  replica: JournaledReplica,
  deltas: readonly RowDelta[],
): RowDelta | undefined {
  const held = new Set<string>();
  let astray: RowDelta | undefined;
  const take = (delta: RowDelta) => {
    const name = `${delta.table} ${delta.number}`;
    if (delta.kind === 'full') held.add(name);
    else if (delta.kind !== 'patch') held.delete(name);
    else if (!held.has(name)) astray ??= delta;
  };
  let sent: 'shown' | 'behind' | 'new' = 'shown';
  for (const record of replica.copyRecords()) {
    if (record.kind === 'copy') {
      const { building, cursor } = record.position;
      sent = building ? 'behind' : cursor.length === 0 ? 'new' : 'shown';
    } else if (record.kind === 'rows' && sent === (record.shown ? 'shown' : 'behind')) {
      record.deltas.forEach(take);
    } else if (record.kind === 'staged') record.deltas.forEach(take);
  }
  deltas.forEach(take);
  return astray;
}
