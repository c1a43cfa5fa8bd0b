import type { Lane, WrittenLane } from './block-writer.ts';
import { type Places, placesOf } from './place-index.ts';
import { sampleNumbersMax, windowMax, windowStart } from './sample.ts';

/** Above so many distinct values in a sample nothing is learnt of each. */
const sampleDistinctMax = (sampleNumbersMax * 7) / 8;

/** The same of a window. */
const windowDistinctMax = (windowMax * 7) / 8;

const samples = new WeakMap<Lane, Places | 'too many'>();
const windows = new WeakMap<Lane, Places | 'too many'>();
const wholes = new WeakMap<Lane, Places>();

/** Which values of the sample of a column are the same; undefined where too few are. Found once for each column. */
export function samplePlaces(lane: WrittenLane): Places | undefined {
  let known = samples.get(lane);
  if (known === undefined) {
    known = placesOf(lane.sample, lane.sample.length, sampleDistinctMax, true) ?? 'too many';
    samples.set(lane, known);
  }
  return known === 'too many' ? undefined : known;
}

/** The same of a window of rows that follow each other. */
export function windowPlaces(lane: Lane): Places | undefined {
  let known = windows.get(lane);
  if (known === undefined) {
    const start = windowStart(lane.count);
    const end = Math.min(lane.count, start + windowMax);
    known =
      placesOf(lane.values.subarray(start, end), end - start, windowDistinctMax) ?? 'too many';
    windows.set(lane, known);
  }
  return known === 'too many' ? undefined : known;
}

/** The same of all values, however many are distinct. */
export function allPlaces(lane: Lane): Places {
  let known = wholes.get(lane);
  if (known === undefined) {
    known = placesOf(lane.values, lane.count, lane.count)!;
    wholes.set(lane, known);
  }
  return known;
}
