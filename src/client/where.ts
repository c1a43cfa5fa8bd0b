import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { invalidField } from '../base/errors.ts';
import type { MessageCodec, PatchInit } from '../schema/message-codec.ts';
import type { Cell, ColumnDef } from '../schema/table-def.ts';
import type { Filter, Operator } from '../table/filter.ts';
import { checkNotCoded } from './field-codec.ts';

/** Tests of one field. Several in one object must all hold. */
export interface FieldTest<Value> {
  readonly eq?: Value;
  /** Also true where the field is absent. */
  readonly ne?: Value;
  readonly lt?: Value;
  readonly lte?: Value;
  readonly gt?: Value;
  readonly gte?: Value;
  readonly oneOf?: readonly Value[];
  /** Strings only. */
  readonly startsWith?: string;
  readonly absent?: true;
}

/** Names of the fields of a generated message type that can be tested. */
export type FieldName<Desc extends DescMessage> = Exclude<
  keyof MessageInitShape<Desc> & string,
  `$${string}`
>;

/**
 * Chooses rows: a value means equality, an object of tests means all of them, and `and`, `or`, `not` combine.
 * `{ status: Status.OPEN, temperature: { gt: 20 } }`
 */
export type Where<Desc extends DescMessage> = {
  readonly [Name in FieldName<Desc>]?:
    | NonNullable<MessageInitShape<Desc>[Name]>
    | FieldTest<NonNullable<MessageInitShape<Desc>[Name]>>;
} & {
  readonly and?: readonly Where<Desc>[];
  readonly or?: readonly Where<Desc>[];
  readonly not?: Where<Desc>;
};

const operators: Readonly<Record<Exclude<keyof FieldTest<unknown>, 'oneOf' | 'absent'>, Operator>> =
  {
    eq: 'eq',
    ne: 'ne',
    lt: 'lt',
    lte: 'le',
    gt: 'gt',
    gte: 'ge',
    startsWith: 'starts-with',
  };
const testNames: ReadonlySet<string> = new Set([...Object.keys(operators), 'oneOf', 'absent']);

/** The filter that a `where` means. INVALID_ARGUMENT names a field that the table does not have. */
export function filterOf<Desc extends DescMessage>(
  codec: MessageCodec<Desc>,
  where: Where<Desc>,
): Filter {
  const parts: Filter[] = [];
  for (const [name, value] of Object.entries(where)) {
    if (value === undefined) continue;
    if (name === 'and')
      parts.push(...(value as readonly Where<Desc>[]).map((part) => filterOf(codec, part)));
    else if (name === 'or')
      parts.push({ any: (value as readonly Where<Desc>[]).map((part) => filterOf(codec, part)) });
    else if (name === 'not') parts.push({ not: filterOf(codec, value as Where<Desc>) });
    else parts.push(...testsOf(codec, name, value));
  }
  return parts.length === 1 ? parts[0]! : { all: parts };
}

/** The column behind a field of the generated type, to compare it. */
export function columnOf(codec: MessageCodec, name: string): ColumnDef {
  const field = codec.desc.fields.find(({ localName }) => localName === name);
  const column = field === undefined ? undefined : codec.def.columnByNumber.get(field.number);
  if (column === undefined)
    throw invalidField(name, 'UNKNOWN_FIELD', `${codec.def.name} has no such field`);
  checkNotCoded(codec, column);
  return column;
}

function testsOf(codec: MessageCodec, name: string, value: unknown): Filter[] {
  const column = columnOf(codec, name);
  const cell = (operand: unknown) => cellOf(codec, column, name, operand);
  if (!isTest(value)) return [{ column: column.index, op: 'eq', cells: [cell(value)] }];
  return Object.entries(value).map(([test, operand]): Filter => {
    if (test === 'absent') return { column: column.index, op: 'absent', cells: [] };
    if (test === 'oneOf')
      return { column: column.index, op: 'in', cells: (operand as unknown[]).map(cell) };
    return {
      column: column.index,
      op: operators[test as keyof typeof operators],
      cells: [cell(operand)],
    };
  });
}

function isTest(value: unknown): value is FieldTest<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => testNames.has(name));
}

function cellOf(codec: MessageCodec, column: ColumnDef, name: string, operand: unknown): Cell {
  const { cells } = codec.cellsOfPatch({ [name]: operand } as PatchInit<DescMessage>);
  return cells[column.index] as Cell;
}
