import type { ColumnValues } from '../../codec/batch.ts';
import type { Cell, ColumnKind } from '../../schema/table-def.ts';
import type { Rebuilding } from './rebuilding.ts';

/** How the values of each kind of column stand in a batch. */
const kinds: Readonly<Record<ColumnKind, ColumnValues['kind'] | undefined>> = {
  bool: 'integers',
  int32: 'integers',
  uint32: 'integers',
  enum: 'integers',
  int64: 'longs',
  uint64: 'longs',
  time: 'longs',
  float: 'floats',
  double: 'floats',
  string: 'texts',
  bytes: 'bytes',
  wire: undefined,
};

/** Gives the cell of each place. Byte strings are views of the batch. */
export type CellAt = (place: number) => Exclude<Cell, null>;

/** The cells of a column of scalars or times, every one of which is checked at once to be in the range of its type. */
export function cellsOfValues(
  { kind, typeName }: { readonly kind: ColumnKind; readonly typeName: string },
  column: ColumnValues,
  rebuilding: Rebuilding,
): CellAt {
  if (column.kind !== kinds[kind]) {
    throw rebuilding.fail(`${column.kind} are no values of ${typeName}`);
  }
  switch (column.kind) {
    case 'integers':
      return integerCells(kind, column.values, rebuilding);
    case 'longs':
      return longCells(kind, column.values);
    case 'floats':
      return floatCells(kind, column.values, rebuilding);
    case 'texts':
      return textCells(column.values, rebuilding);
    default:
      return byteCells((column as ColumnValues & { kind: 'bytes' }).values);
  }
}

function integerCells(kind: ColumnKind, values: Float64Array, rebuilding: Rebuilding): CellAt {
  const inRange = kind === 'bool' ? areBits : kind === 'uint32' ? areUnsigned : areSigned;
  if (!inRange(values)) throw rebuilding.fail(`a value is out of the range of ${kind}`);
  if (kind === 'bool') return (place) => values[place] === 1;
  // `+ 0` takes the sign off -0.
  return (place) => values[place]! + 0;
}

function areBits(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++) {
    if (values[at] !== 0 && values[at] !== 1) return false;
  }
  return true;
}

function areUnsigned(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (values[at] !== values[at]! >>> 0) return false;
  return true;
}

function areSigned(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (values[at] !== (values[at]! | 0)) return false;
  return true;
}

/** Any of 64 bits is a time that a Timestamp or Duration can be. */
function longCells(kind: ColumnKind, values: BigInt64Array): CellAt {
  if (kind === 'uint64') return (place) => BigInt.asUintN(64, values[place]!);
  return (place) => values[place]!;
}

function floatCells(kind: ColumnKind, values: Float64Array, rebuilding: Rebuilding): CellAt {
  if (kind === 'float') {
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      if (!Object.is(Math.fround(value), value)) throw rebuilding.fail('a value has over 32 bits');
    }
  }
  return (place) => values[place]!;
}

function textCells(values: readonly string[], rebuilding: Rebuilding): CellAt {
  for (let at = 0; at < values.length; at++) {
    if (!values[at]!.isWellFormed()) throw rebuilding.fail('a text has a lone surrogate');
  }
  return (place) => values[place]!;
}

function byteCells(values: readonly Uint8Array[]): CellAt {
  return (place) => values[place]!;
}
