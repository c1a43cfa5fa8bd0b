import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import type { Plan } from './plan.ts';

/** How a row differs from what its receiver holds, by the number that stands in a block. */
export const rowKinds = ['full', 'patch', 'deleted', 'evicted', 'own'] as const;

/**
 * What is told of the rows of one table beside what is in them, row by row: safe integers, 0 and up. A receiver of an evicted row
 * has no business with who took it away and when, so those have neither stamp nor writer.
 */
export interface RowMarks {
  /** Indexes of `rowKinds`. */
  readonly kinds: Float64Array;
  readonly numbers: Float64Array;
  readonly versions: Float64Array;
  /** Of each row that is not evicted. */
  readonly stamps: Float64Array;
  /** Indexes into a list of writers, of each row that is not evicted. */
  readonly writers: Float64Array;
  /** Indexes into a list of sets of scopes, of each full row, patch and own row. */
  readonly scopeSets: Float64Array;
  /** Indexes into a list of sets of fields, of each patch. */
  readonly fieldSets: Float64Array;
  /** Of each own row: the counter of the receiver's transaction that has it, and the index of its change there. */
  readonly counters: Float64Array;
  readonly changes: Float64Array;
}

const evicted = rowKinds.indexOf('evicted');
const deleted = rowKinds.indexOf('deleted');
const patch = rowKinds.indexOf('patch');
const own = rowKinds.indexOf('own');

/** How many rows have which marks. */
export interface MarkCounts {
  /** All but the evicted. */
  readonly known: number;
  /** Full rows and patches. */
  readonly filled: number;
  readonly patched: number;
  readonly own: number;
}

export function countMarks(kinds: Float64Array): MarkCounts {
  const counts = { known: 0, filled: 0, patched: 0, own: 0 };
  for (let at = 0; at < kinds.length; at++) {
    const kind = kinds[at]!;
    if (kind !== evicted) counts.known++;
    if (kind < deleted) counts.filled++;
    if (kind === patch) counts.patched++;
    if (kind === own) counts.own++;
  }
  return counts;
}

/** Writes the marks, each as a column of integers, in the order of `RowMarks`. */
export function writeMarks(out: BlockWriter, marks: RowMarks, plan: Plan): void {
  columnsOf(marks).forEach((values, index) => {
    writeIntegers(out, values, values.length, plan.part(index));
  });
}

function columnsOf(marks: RowMarks): readonly Float64Array[] {
  const { kinds, numbers, versions, stamps, writers, scopeSets, fieldSets } = marks;
  const { counters, changes } = marks;
  return [kinds, numbers, versions, stamps, writers, scopeSets, fieldSets, counters, changes];
}

/** How many there are of what marks are indexes into. */
export interface MarkLimits {
  readonly writers: number;
  readonly scopeSets: number;
  readonly fieldSets: number;
}

/** Reads the marks of `count` rows. DATA_LOSS where one is out of its range. */
export function readMarks(reader: BlockReader, count: number, limits: MarkLimits): RowMarks {
  const kinds = readBelow(reader, count, rowKinds.length);
  const { known, filled, patched, own: written } = countMarks(kinds);
  return {
    kinds,
    numbers: readBelow(reader, count, Number.POSITIVE_INFINITY),
    versions: readBelow(reader, count, Number.POSITIVE_INFINITY),
    stamps: readBelow(reader, known, Number.POSITIVE_INFINITY),
    writers: readBelow(reader, known, limits.writers),
    scopeSets: readBelow(reader, filled + written, limits.scopeSets),
    fieldSets: readBelow(reader, patched, limits.fieldSets),
    counters: readBelow(reader, written, Number.POSITIVE_INFINITY),
    changes: readBelow(reader, written, Number.POSITIVE_INFINITY),
  };
}

function readBelow(reader: BlockReader, count: number, limit: number): Float64Array {
  const values = readIntegers(reader, count);
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (!(value >= 0 && value < limit)) throw reader.fail('a mark of a row is out of range');
  }
  return values;
}
