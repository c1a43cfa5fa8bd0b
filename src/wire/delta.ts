import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
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
  return {
    type: 'delta',
    deltas: rowsFromWire(message, reading, path),
    cursor: copyOf(message.cursor),
    ...(message.cursorKept > 0 && { cursorKept: message.cursorKept }),
    checkpoint: message.checkpoint && checkpointFromWire(message.checkpoint, `${path}.checkpoint`),
    progress: message.progress && progressFromWire(message.progress, `${path}.progress`),
    answeredProbe: message.answeredProbe,
  };
}
