import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import type { SyncError } from '../base/errors.ts';
import type { Delta } from '../session/messages.ts';
import { copyOf } from './byte-views.ts';
import {
  checkpointFromWire,
  checkpointToWire,
  progressFromWire,
  progressToWire,
} from './checkpoint.ts';
import { type Reading, rowsFromWire, type WireRows } from './delta-rows.ts';

/** A batch of changes; `rows` are its rows in the encoding that was agreed on. */
export function deltaToWire(delta: Omit<Delta, 'deltas'>, rows: WireRows): pb.Delta {
  return {
    ...rows,
    cursor: delta.cursor,
    cursorKept: delta.cursorKept ?? 0,
    checkpoint: delta.checkpoint && checkpointToWire(delta.checkpoint),
    progress: delta.progress && progressToWire(delta.progress),
    answeredProbe: delta.answeredProbe,
  };
}

/** The batch that a message means, in whichever encoding. Raises what `rowsFromWire` does; other fields are named under `path`. */
export function deltaFromWire(message: pb.Delta, reading: Reading, path: string): Delta {
  return { ...withoutRows(message, path), deltas: rowsFromWire(message, reading, path) };
}

/**
 * The same for who can ask for the rows in another encoding: where rows that came in any but plain ones cannot be read, whatever
 * the cause, `unreadable` says why, as `asError` has it.
 */
export function receivedDelta(
  message: pb.Delta,
  reading: Reading,
  path: string,
  asError: (cause: unknown) => SyncError,
): Delta {
  const delta = withoutRows(message, path);
  if (message.changes.length > 0) return { ...delta, deltas: rowsFromWire(message, reading, path) };
  try {
    return { ...delta, deltas: rowsFromWire(message, reading, path) };
  } catch (cause) {
    return { ...delta, unreadable: asError(cause) };
  }
}

function withoutRows(message: pb.Delta, path: string): Delta {
  return {
    type: 'delta',
    deltas: [],
    cursor: copyOf(message.cursor),
    ...(message.cursorKept > 0 && { cursorKept: message.cursorKept }),
    checkpoint: message.checkpoint && checkpointFromWire(message.checkpoint, `${path}.checkpoint`),
    progress: message.progress && progressFromWire(message.progress, `${path}.progress`),
    answeredProbe: message.answeredProbe,
  };
}
