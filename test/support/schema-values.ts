/** Arbitrary messages and cells for properties of rows. */
import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { defaultLimits } from '../../src/base/limits.ts';
import { defaultCell } from '../../src/schema/cell.ts';
import { compileRowCodec } from '../../src/schema/row-codec.ts';
import type { Cell, ColumnDef, TableDef } from '../../src/schema/table-def.ts';
import { durationName, timestampName } from '../../src/schema/time.ts';

/** Strings of every length that a codec treats apart: empty, short, long, ASCII and not. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 100, maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '\0', '\ufeff', '😀', 'naïve', '\uffff', 'x'.repeat(200)),
  },
);

export const blobs = fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes));

const int32s = fc.oneof(
  fc.constantFrom(0, 1, -1, 127, 128, 0x7fffffff, -0x80000000),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const uint32s = fc.oneof(
  fc.constantFrom(0, 1, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const int64s = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const uint64s = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const oddNumbers = fc.constantFrom(0, -0, 1, Number.NaN, Infinity, -Infinity);
const floats = fc.oneof(oddNumbers, fc.float());
const doubles = fc.oneof(oddNumbers, fc.double());

const second = 1_000_000_000n;
const timestampNanos = fc.oneof(
  fc.constantFrom(0n, -1n, 1n, 1_700_000_000_123_456_789n),
  fc.constantFrom(-62_135_596_800n * second, 253_402_300_800n * second - 1n),
  fc.bigInt({ min: -62_135_596_800n * second, max: 253_402_300_800n * second - 1n }),
);
const durationMax = 315_576_000_001n * second - 1n;
const durationNanos = fc.oneof(
  fc.constantFrom(0n, -1n, 1n, durationMax, -durationMax, -1_500_000_000n),
  fc.bigInt({ min: -durationMax, max: durationMax }),
);

function scalars(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return int32s;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return uint32s;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return int64s;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return uint64s;
    case ScalarType.FLOAT:
      return floats;
    case ScalarType.DOUBLE:
      return doubles;
    case ScalarType.STRING:
      return texts;
    case ScalarType.BYTES:
      return blobs;
  }
}

/** Messages of a type; each field is set about half of the time, messages within are `depth` deep at most. */
export function messages(desc: DescMessage, depth = 2): fc.Arbitrary<Message> {
  return inits(desc, depth).map((init) => create(desc, init));
}

function inits(desc: DescMessage, depth: number): fc.Arbitrary<Record<string, unknown>> {
  if (desc.typeName === timestampName) return timestampNanos.map((nanos) => timeInit(nanos, false));
  if (desc.typeName === durationName) return durationNanos.map((nanos) => timeInit(nanos, true));
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of desc.members) {
    if (member.kind === 'field') {
      const values = fieldValues(member, depth);
      if (values !== undefined) members[member.localName] = values;
      continue;
    }
    const cases = member.fields.flatMap((field) => {
      const values = fieldValues(field, depth);
      return values ? [values.map((value) => ({ case: field.localName, value }))] : [];
    });
    members[member.localName] = fc.oneof(...cases);
  }
  return fc.record(members, { requiredKeys: [] });
}

function timeInit(nanoseconds: bigint, duration: boolean): Record<string, unknown> {
  let seconds = nanoseconds / second;
  let nanos = nanoseconds % second;
  if (!duration && nanos < 0n) {
    seconds -= 1n;
    nanos += second;
  }
  return { seconds, nanos: Number(nanos) };
}

/** undefined for messages that would stand too deep. */
function fieldValues(field: DescField, depth: number): fc.Arbitrary<unknown> | undefined {
  const element = elementValues(field, depth);
  if (element === undefined) return undefined;
  if (field.fieldKind === 'list') return fc.array(element, { maxLength: 4 });
  if (field.fieldKind === 'map') {
    const keys = scalars(field.mapKey).filter((key) => key !== '__proto__');
    return fc
      .array(fc.tuple(keys, element), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])));
  }
  return element;
}

function elementValues(field: DescField, depth: number): fc.Arbitrary<unknown> | undefined {
  if (field.message !== undefined) return messageValues(field, field.message, depth);
  if (field.enum !== undefined) {
    return fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), int32s);
  }
  return scalars(field.scalar);
}

function messageValues(
  field: DescField,
  message: DescMessage,
  depth: number,
): fc.Arbitrary<unknown> | undefined {
  // protobuf-es shows these two as plain values, but only where a message has them directly.
  if (
    message.typeName === 'google.protobuf.Struct' &&
    !field.parent.typeName.startsWith('google.')
  ) {
    return fc.dictionary(
      texts.filter((key) => key !== '__proto__'),
      fc.oneof(
        texts,
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      { maxKeys: 3, noNullPrototype: true },
    );
  }
  if (isWrapperDesc(message) && field.fieldKind === 'message' && field.oneof === undefined) {
    return elementValues(message.fields[0]!, depth);
  }
  return depth === 0 ? undefined : inits(message, depth - 1);
}

/** Canonical rows of a table; wire columns hold what protobuf-es writes for arbitrary messages. */
export function rows(def: TableDef, desc: DescMessage): fc.Arbitrary<Cell[]> {
  const codec = compileRowCodec(def);
  const wireRows = messages(desc).map((message) => {
    const bytes = toBinary(desc, message);
    return codec.decode(bytes, 0, bytes.length, defaultLimits).cells;
  });
  const scalarRows = fc.tuple(...def.columns.map((column) => cells(column)));
  return fc
    .tuple(wireRows, scalarRows, fc.nat())
    .map(([wires, plain, choice]) => oneMember(def, mixed(def, wires, plain), choice));
}

function mixed(def: TableDef, wires: readonly Cell[], plain: readonly Cell[]): Cell[] {
  return def.columns.map((column, index) =>
    column.kind === 'wire' ? wires[index]! : plain[index]!,
  );
}

/** At most one member of each oneof may be set. */
function oneMember(def: TableDef, row: Cell[], choice: number): Cell[] {
  for (const { index, oneofSiblings } of def.columns) {
    if (oneofSiblings.length === 0) continue;
    const members = [index, ...oneofSiblings].sort((a, b) => a - b);
    const kept = members[choice % members.length];
    if (index !== kept) row[index] = null;
  }
  return row;
}

/** Canonical cells of a column that is not a wire column: the default about a third of the time. */
export function cells(column: ColumnDef): fc.Arbitrary<Cell> {
  const { kind, typeName } = column;
  const arbitraries: Record<ColumnDef['kind'], fc.Arbitrary<Cell>> = {
    bool: fc.boolean(),
    int32: int32s,
    enum: int32s,
    uint32: uint32s,
    int64: int64s,
    uint64: uint64s,
    float: floats,
    double: doubles,
    string: texts,
    bytes: blobs,
    time: typeName === durationName ? durationNanos : timestampNanos,
    wire: fc.constant(null),
  };
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(defaultCell(column)) },
    { weight: 2, arbitrary: arbitraries[kind] },
  );
}
