import type { ColumnValues } from '../../codec/batch.ts';
import { nanosecondsOf } from '../../schema/time.ts';
import { WireCursor } from '../../schema/wire-cursor.ts';
import type { NestedItems } from './field-items.ts';
import { isMinimal } from './scalar-items.ts';

/** Gathers Timestamps or Durations within messages and lists: as nanoseconds, or all by field where one is none. */
export class TimeItems implements NestedItems {
  private readonly isDuration: boolean;
  private readonly byField: NestedItems;
  private readonly sources: Uint8Array[] = [];
  /** Undefined once there was one that is none. */
  private times: bigint[] | undefined = [];

  constructor(isDuration: boolean, byField: NestedItems) {
    this.isDuration = isDuration;
    this.byField = byField;
  }

  add(source: Uint8Array, start: number, end: number): void {
    this.sources.push(source.subarray(start, end));
    const time = this.times && timeOf(this.isDuration, source, start, end);
    if (time === undefined) this.times = undefined;
    else this.times!.push(time);
  }

  finish(): ColumnValues {
    if (this.times !== undefined) return { kind: 'longs', values: new BigInt64Array(this.times) };
    for (const source of this.sources) this.byField.add(source, 0, source.length);
    return this.byField.finish();
  }
}

/** Whether 64 bits hold it. They do from the year 1677 to 2262. */
export function isLong(nanoseconds: bigint): boolean {
  return BigInt.asIntN(64, nanoseconds) === nanoseconds;
}

/** Undefined where the encoder of times would write other bytes, or 64 bits do not hold it. */
function timeOf(
  isDuration: boolean,
  source: Uint8Array,
  start: number,
  end: number,
): bigint | undefined {
  const cursor = new WireCursor(source, start, end);
  const seconds = partOf(cursor, 1, end);
  const nanos = partOf(cursor, 2, end);
  if (cursor.position !== end || seconds === undefined || nanos === undefined) return undefined;
  const time = nanosecondsOf(isDuration, seconds, nanos);
  return time !== undefined && isLong(time) ? time : undefined;
}

/** The number in the next record if that is the field's, else 0. Undefined where it says 0, or has needless bytes. */
function partOf(cursor: WireCursor, field: number, end: number): number | undefined {
  if (cursor.position >= end || cursor.source[cursor.position] !== field << 3) return 0;
  cursor.position++;
  const start = cursor.position;
  cursor.varint();
  const value = cursor.high * 0x1_0000_0000 + (cursor.low >>> 0);
  return value !== 0 && isMinimal(cursor, start) ? value : undefined;
}
