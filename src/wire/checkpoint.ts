import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { invalidField } from '../base/errors.ts';
import { positionOf } from '../base/seq.ts';
import type { Checkpoint } from '../change/row-delta.ts';
import type { Progress } from '../session/messages.ts';
import { copyOf } from './byte-views.ts';
import { safeNumber } from './checks.ts';

export function checkpointToWire(checkpoint: Checkpoint): pb.Checkpoint {
  return {
    seq: BigInt(checkpoint.seq),
    rowCount: BigInt(checkpoint.rowCount),
    rowsDigest: checkpoint.digest,
    settled: [...checkpoint.settled].map(([replicaId, position]) => {
      const { counter, digest, carried = 0, dropped = false } = position;
      const carriedCounter = BigInt(carried);
      return { replicaId, counter: BigInt(counter), digest, carriedCounter, dropped };
    }),
    chainChecks: [...(checkpoint.chain ?? [])],
  };
}

/** INVALID_ARGUMENT NUMBER_TOO_LARGE names the field under `path`. */
export function checkpointFromWire(message: pb.Checkpoint, path: string): Checkpoint {
  const seq = safeNumber(message.seq, `${path}.seq`);
  if (message.chainChecks.length > positionOf(seq)) {
    const problem = `has more than the ${positionOf(seq)} commits up to seq`;
    throw invalidField(`${path}.chain_checks`, 'CHAIN_TOO_LONG', problem);
  }
  return {
    seq,
    rowCount: safeNumber(message.rowCount, `${path}.row_count`),
    digest: message.rowsDigest,
    settled: new Map(
      message.settled.map(({ replicaId, counter, digest, carriedCounter, dropped }, index) => [
        replicaId,
        {
          counter: safeNumber(counter, `${path}.settled[${index}].counter`),
          digest: copyOf(digest),
          carried: safeNumber(carriedCounter, `${path}.settled[${index}].carried_counter`),
          ...(dropped && { dropped }),
        },
      ]),
    ),
    ...(message.chainChecks.length > 0 && { chain: message.chainChecks }),
  };
}

export function progressToWire(progress: Progress): pb.Progress {
  return { rowsDone: BigInt(progress.rowsDone), rowsLeft: BigInt(progress.rowsLeft) };
}

/** INVALID_ARGUMENT NUMBER_TOO_LARGE names the field under `path`. */
export function progressFromWire(message: pb.Progress, path: string): Progress {
  return {
    rowsDone: safeNumber(message.rowsDone, `${path}.rows_done`),
    rowsLeft: safeNumber(message.rowsLeft, `${path}.rows_left`),
  };
}
