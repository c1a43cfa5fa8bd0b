import { createRandom } from '../support/random.ts';
import { editOf, type RecordEdit, recordAt } from '../support/records.ts';
import type { EditOptions } from './sides.ts';

/** Edits of a share of the records, by index: the same on every side that makes them. */
export function editsOf({ seed, count, share }: EditOptions): Map<number, RecordEdit> {
  const random = createRandom(seed, count);
  const edits = new Map<number, RecordEdit>();
  while (edits.size < Math.round(count * share)) {
    const index = random.below(count);
    if (!edits.has(index)) edits.set(index, editOf(recordAt(index), random));
  }
  return edits;
}
