import { type ColumnCodec, Form } from './column-codec.ts';
import { checkRecord, wrongWireType } from './nested-check.ts';
import type { Cell } from './table-def.ts';
import { nanosecondsOf, nanosOf, secondsOf } from './time.ts';
import { type WireCursor, WireType } from './wire-cursor.ts';

/**
 * Reads the value of one field that is not a wire column; the tag is behind. `before` is the cell that an
 * earlier occurrence in the same row left: scalars replace it, times merge with it as messages do.
 */
export function decodeCell(cursor: WireCursor, form: Form, before: Cell): Cell {
  switch (form) {
    case Form.text:
      return cursor.text();
    case Form.int32:
      return cursor.int32();
    case Form.double:
      return cursor.double();
    case Form.int64:
      return cursor.int64();
    case Form.timestamp:
      return decodeTime(cursor, false, before as bigint | null);
    case Form.bool:
      return cursor.bool();
    case Form.uint32:
      return cursor.uint32();
    case Form.sint32:
      return cursor.sint32();
    case Form.sfixed32:
      return cursor.sfixed32();
    case Form.fixed32:
      return cursor.fixed32();
    case Form.float:
      return cursor.float();
    case Form.uint64:
      return cursor.uint64();
    case Form.sint64:
      return cursor.sint64();
    case Form.sfixed64:
      return cursor.sfixed64();
    case Form.fixed64:
      return cursor.fixed64();
    case Form.bytes:
      return cursor.bytes();
    case Form.duration:
      return decodeTime(cursor, true, before as bigint | null);
    case Form.records:
      throw wrongWireType(cursor, WireType.length);
  }
}

/** A Timestamp or Duration. A cell has no room for unknown fields, so they are refused. */
function decodeTime(cursor: WireCursor, duration: boolean, before: bigint | null): bigint {
  let seconds = before === null ? 0 : secondsOf(duration, before);
  let nanos = before === null ? 0 : nanosOf(duration, before);
  const length = cursor.length();
  const outerEnd = cursor.end;
  cursor.end = cursor.position + length;
  while (cursor.position < cursor.end) {
    const tag = cursor.tag();
    if (tag === 0x08) {
      cursor.varint();
      seconds = cursor.high * 0x1_0000_0000 + (cursor.low >>> 0);
    } else if (tag === 0x10) {
      nanos = cursor.int32();
    } else {
      const known = tag >>> 3 === 1 || tag >>> 3 === 2;
      if (known) throw wrongWireType(cursor, tag & 7);
      throw cursor.fail('UNKNOWN_FIELD', `holds the unknown field number ${tag >>> 3}`);
    }
  }
  cursor.end = outerEnd;
  const nanoseconds = nanosecondsOf(duration, seconds, nanos);
  if (nanoseconds !== undefined) return nanoseconds;
  throw cursor.fail('VALUE_OUT_OF_RANGE', 'is outside the range that its type documents');
}

/**
 * Gathers the records of a row's wire columns. Records of one column that stand together are copied at once; later
 * ones are remembered by their place and joined at the end, so that no order of fields costs more than another.
 */
export class RecordCollector {
  private readonly cells: Cell[];
  private readonly source: Uint8Array;
  /** For each column whose records stand apart: start and end of every run after the first. */
  private later: Map<number, number[]> | undefined;

  constructor(cells: Cell[], source: Uint8Array) {
    this.cells = cells;
    this.source = source;
  }

  /** Reads all records of one column from here on. `recordStart` is where the tag of the first began. */
  read(
    cursor: WireCursor,
    codec: ColumnCodec,
    recordStart: number,
    wireType: number,
    depthMax: number,
  ): void {
    let start = recordStart;
    let at = recordStart;
    let type = wireType;
    for (;;) {
      const valueStart = cursor.position;
      checkRecord(cursor, codec.nested!, type, depthMax);
      const end = cursor.position;
      if (codec.packable && type === WireType.length && this.source[valueStart] === 0) {
        // A packed list of nothing is nothing: an empty list has one form only.
        this.add(codec.index, start, at);
        start = end;
      }
      at = end;
      if (end >= cursor.end) break;
      const tag = cursor.tag();
      if (tag >>> 3 !== codec.number) {
        cursor.position = end;
        break;
      }
      type = tag & 7;
    }
    this.add(codec.index, start, at);
  }

  /** Drops what a column has gathered. */
  forget(index: number): void {
    this.cells[index] = null;
    this.later?.delete(index);
  }

  join(): void {
    if (this.later === undefined) return;
    for (const [index, runs] of this.later) this.cells[index] = this.joined(index, runs);
  }

  private add(index: number, start: number, end: number): void {
    if (start === end) return;
    if (this.cells[index] === null) {
      this.cells[index] = this.source.slice(start, end);
      return;
    }
    this.later ??= new Map();
    const runs = this.later.get(index);
    if (runs === undefined) this.later.set(index, [start, end]);
    else runs.push(start, end);
  }

  private joined(index: number, runs: readonly number[]): Uint8Array {
    const first = this.cells[index] as Uint8Array;
    let length = first.length;
    for (let run = 0; run < runs.length; run += 2) length += runs[run + 1]! - runs[run]!;
    const whole = new Uint8Array(length);
    whole.set(first);
    let at = first.length;
    for (let run = 0; run < runs.length; run += 2) {
      const piece = this.source.subarray(runs[run]!, runs[run + 1]!);
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}
