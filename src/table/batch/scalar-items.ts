import type { ColumnValues } from '../../codec/batch.ts';
import type { NestedScalar } from '../../schema/table-def.ts';
import { signed64, type WireCursor } from '../../schema/wire-cursor.ts';
import { NumberList } from './number-list.ts';

/** Gathers the values of a scalar field within messages and lists. */
export interface ScalarItems {
  readonly length: number;
  /**
   * Takes the value at the cursor, behind its tag. False, and nothing is taken, where the same value has another encoding that
   * is the usual one, or one that is out of the range of its type.
   */
  take(cursor: WireCursor): boolean;
  /** Takes back what came after the first `length`. */
  truncate(length: number): void;
  /** What was taken; byte strings are views of what they were read from. */
  finish(): ColumnValues;
}

export function createScalarItems({ kind, wire }: NestedScalar): ScalarItems {
  switch (kind) {
    case 'string':
      return new TextItems();
    case 'bytes':
      return new ByteItems();
    case 'float':
      return new NumberItems('floats', takeFloat);
    case 'double':
      return new NumberItems('floats', takeDouble);
    case 'int64':
    case 'uint64':
      return new LongItems(longReader(wire));
    case 'bool':
      return new NumberItems('integers', takeBool);
    case 'uint32':
      return new NumberItems('integers', wire === 'fixed32' ? takeFixed32 : takeUint32);
    case 'int32':
    case 'enum':
      return new NumberItems('integers', signedReader(wire));
  }
}

/** True where the varint or length that ends before the cursor has no needless bytes. */
export function isMinimal({ source, position }: WireCursor, start: number): boolean {
  return source[position - 1] !== 0 || position - start === 1;
}

/** Undefined for what a batch cannot have in the column. */
type ReadNumber = (cursor: WireCursor) => number | undefined;

function takeBool(cursor: WireCursor): number | undefined {
  const start = cursor.position;
  cursor.varint();
  return cursor.position - start === 1 && cursor.low <= 1 ? cursor.low : undefined;
}

function takeInt32(cursor: WireCursor): number | undefined {
  const start = cursor.position;
  cursor.varint();
  return isMinimal(cursor, start) && cursor.high === cursor.low >> 31 ? cursor.low : undefined;
}

function takeUint32(cursor: WireCursor): number | undefined {
  const start = cursor.position;
  cursor.varint();
  return isMinimal(cursor, start) && cursor.high === 0 ? cursor.low >>> 0 : undefined;
}

function takeSint32(cursor: WireCursor): number | undefined {
  const zigzag = takeUint32(cursor);
  return zigzag === undefined ? undefined : (zigzag >>> 1) ^ -(zigzag & 1);
}

function takeFixed32(cursor: WireCursor): number {
  return cursor.fixed32();
}

function takeSfixed32(cursor: WireCursor): number {
  return cursor.sfixed32();
}

function signedReader(wire: NestedScalar['wire']): ReadNumber {
  if (wire === 'fixed32') return takeSfixed32;
  return wire === 'zigzag' ? takeSint32 : takeInt32;
}

/** The bits of the one NaN that is ever written. */
const nanFloat = 0x7fc0_0000;
const nanDoubleHigh = 0x7ff8_0000;

function takeFloat(cursor: WireCursor): number | undefined {
  const start = cursor.position;
  const bits = cursor.sfixed32();
  cursor.position = start;
  const value = cursor.float();
  return Number.isNaN(value) && bits !== nanFloat ? undefined : value;
}

function takeDouble(cursor: WireCursor): number | undefined {
  const value = cursor.double();
  const isOne = cursor.low === 0 && cursor.high === nanDoubleHigh;
  return Number.isNaN(value) && !isOne ? undefined : value;
}

type ReadLong = (cursor: WireCursor) => bigint | undefined;

function takeVarint64(cursor: WireCursor): bigint | undefined {
  const start = cursor.position;
  cursor.varint();
  return isMinimal(cursor, start) ? signed64(cursor.low, cursor.high) : undefined;
}

function takeSint64(cursor: WireCursor): bigint | undefined {
  const start = cursor.position;
  const value = cursor.sint64();
  return isMinimal(cursor, start) ? value : undefined;
}

function takeFixed64(cursor: WireCursor): bigint {
  return cursor.sfixed64();
}

function longReader(wire: NestedScalar['wire']): ReadLong {
  if (wire === 'fixed64') return takeFixed64;
  return wire === 'zigzag' ? takeSint64 : takeVarint64;
}

class NumberItems implements ScalarItems {
  private readonly kind: 'integers' | 'floats';
  private readonly read: ReadNumber;
  private readonly numbers = new NumberList();

  constructor(kind: 'integers' | 'floats', read: ReadNumber) {
    this.kind = kind;
    this.read = read;
  }

  get length(): number {
    return this.numbers.length;
  }

  take(cursor: WireCursor): boolean {
    const value = this.read(cursor);
    if (value === undefined) return false;
    this.numbers.push(value);
    return true;
  }

  truncate(length: number): void {
    this.numbers.truncate(length);
  }

  finish(): ColumnValues {
    return { kind: this.kind, values: this.numbers.peek() };
  }
}

/** Of what an array holds. */
abstract class ListItems<Value> {
  protected readonly values: Value[] = [];

  get length(): number {
    return this.values.length;
  }

  take(cursor: WireCursor): boolean {
    const value = this.read(cursor);
    if (value === undefined) return false;
    this.values.push(value);
    return true;
  }

  truncate(length: number): void {
    this.values.length = length;
  }

  protected abstract read(cursor: WireCursor): Value | undefined;
}

class LongItems extends ListItems<bigint> implements ScalarItems {
  private readonly readLong: ReadLong;

  constructor(readLong: ReadLong) {
    super();
    this.readLong = readLong;
  }

  protected read(cursor: WireCursor): bigint | undefined {
    return this.readLong(cursor);
  }

  finish(): ColumnValues {
    return { kind: 'longs', values: new BigInt64Array(this.values) };
  }
}

class TextItems extends ListItems<string> implements ScalarItems {
  protected read(cursor: WireCursor): string | undefined {
    const start = cursor.position;
    cursor.length();
    if (!isMinimal(cursor, start)) return undefined;
    cursor.position = start;
    return cursor.text();
  }

  finish(): ColumnValues {
    return { kind: 'texts', values: this.values };
  }
}

class ByteItems extends ListItems<Uint8Array> implements ScalarItems {
  protected read(cursor: WireCursor): Uint8Array | undefined {
    const start = cursor.position;
    const length = cursor.length();
    if (!isMinimal(cursor, start)) return undefined;
    cursor.position += length;
    return cursor.source.subarray(cursor.position - length, cursor.position);
  }

  finish(): ColumnValues {
    return { kind: 'bytes', values: this.values };
  }
}
