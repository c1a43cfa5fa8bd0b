import type { RowDelta } from '../../src/change/row-delta.ts';
import { Replica, type ReplicaOptions } from '../../src/replica/replica.ts';
import type { SavedWrites } from '../../src/replica/saved-writes.ts';
import type { Flaw } from './flaws.ts';

type Stage = Parameters<Replica['stage']>;

/** A replica, with the flaw where it is one of a replica's. */
export function flawedReplica(
  flaw: Flaw | undefined,
  options: ReplicaOptions,
  saved: SavedWrites,
): Replica {
  if (flaw === 'what another device settled is taken for its own') {
    return new CredulousReplica(options, saved);
  }
  const keep = keptDeltas(flaw);
  return keep === undefined ? new Replica(options, saved) : new FlawedReplica(options, saved, keep);
}

type Keep = (deltas: readonly RowDelta[]) => readonly RowDelta[];

function keptDeltas(flaw: Flaw | undefined): Keep | undefined {
  switch (flaw) {
    case 'the cursor is ahead of stored data':
      return (deltas) => deltas.slice(0, -1);
    case 'evictions are skipped':
      return (deltas) => deltas.filter(({ kind }) => kind !== 'evicted');
    case 'deletes are skipped':
      return (deltas) => deltas.filter(({ kind }) => kind !== 'deleted');
    case 'a patch loses its fields':
      // Count and digest are over keys and versions, so only the contents tell.
      return (deltas) => deltas.map(withoutFields);
    default:
      return undefined;
  }
}

class FlawedReplica extends Replica {
  private readonly filter: Keep;

  constructor(options: ReplicaOptions, saved: SavedWrites, filter: Keep) {
    super(options, saved);
    this.filter = filter;
  }

  override stage(...[deltas, cursor, keep]: Stage): void {
    super.stage(this.filter(deltas), cursor, keep);
  }
}

class CredulousReplica extends Replica {
  override agrees(): boolean {
    return true;
  }
}

function withoutFields(delta: RowDelta): RowDelta {
  return delta.kind === 'patch' ? { ...delta, fields: [], row: new Uint8Array(0) } : delta;
}
