import {
  type DescField,
  type DescMessage,
  fromJsonString,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { FilterSchema } from '../../../gen/es/syncdb/v1/data_service_pb.ts';
import {
  ComparisonOperator,
  Filter,
  type OrderBy,
} from '../../../gen/ts/syncdb/v1/data_service.ts';
import { badOption } from '../option-error.ts';
import { cellValue } from './csv-cells.ts';
import { fieldNamed } from './row-json.ts';

const operators: Readonly<Record<string, ComparisonOperator>> = {
  '=': ComparisonOperator.EQUAL,
  '!=': ComparisonOperator.NOT_EQUAL,
  '<': ComparisonOperator.LESS,
  '<=': ComparisonOperator.LESS_OR_EQUAL,
  '>': ComparisonOperator.GREATER,
  '>=': ComparisonOperator.GREATER_OR_EQUAL,
  '^=': ComparisonOperator.STARTS_WITH,
};

const comparison = /^\s*(\w+)\s*(!=|<=|>=|\^=|=|<|>)\s?([\s\S]*)$/;
const oneOf = /^\s*(\w+)\s+in\s+([\s\S]+)$/;
const presence = /^\s*(not\s+)?(\w+)\s*$/;

/**
 * The filter that all of these tests make: `state=NY`, `magnitude>=5`, `name^=Bo`, `state in NY,MA`, `notes` (is there),
 * `not notes` (is absent). Undefined where there are none. INVALID_ARGUMENT BAD_OPTION for what is none of these.
 */
export function whereFilter(desc: DescMessage, tests: readonly string[]): Filter | undefined {
  if (tests.length === 0) return undefined;
  const filters = tests.map((test) => testFilter(desc, test));
  return { test: { $case: 'allOf', value: { filters } } };
}

function testFilter(desc: DescMessage, text: string): Filter {
  const [, member, list] = oneOf.exec(text) ?? [];
  if (member !== undefined && list !== undefined) {
    const field = fieldNamed(desc, member, 'where');
    const values = list.split(',').map((value) => operand(field, value.trim()));
    return compare(field, ComparisonOperator.ONE_OF, values);
  }
  const [, name, sign, value] = comparison.exec(text) ?? [];
  if (name !== undefined && sign !== undefined && value !== undefined) {
    const field = fieldNamed(desc, name, 'where');
    return compare(field, operators[sign]!, [operand(field, value)]);
  }
  const [, not, present] = presence.exec(text) ?? [];
  if (present === undefined) {
    const rule =
      'is no test such as state=NY, magnitude>=5, name^=Bo, "state in NY,MA", notes, "not notes"';
    throw badOption('where', `${JSON.stringify(text)} ${rule}`);
  }
  const absent = compare(fieldNamed(desc, present, 'where'), ComparisonOperator.ABSENT, []);
  return not === undefined ? { test: { $case: 'noneOf', value: absent } } : absent;
}

function compare({ name }: DescField, operation: ComparisonOperator, values: unknown[]): Filter {
  return { test: { $case: 'compare', value: { field: name, operation, values } } };
}

/** The value as `google.protobuf.Value` has it for the field's type; what it must be the server says. */
function operand(field: DescField, text: string): unknown {
  if (field.fieldKind !== 'scalar' && field.fieldKind !== 'enum') return text;
  try {
    const value = cellValue(field, text, true);
    const isFloat =
      field.fieldKind === 'scalar' &&
      (field.scalar === ScalarType.DOUBLE || field.scalar === ScalarType.FLOAT);
    // In words a server takes only those numbers that have no digits.
    return isFloat && text !== '' && !Number.isNaN(Number(text)) ? Number(text) : value;
  } catch (error) {
    throw badOption('where', `${field.name}: ${(error as Error).message}`);
  }
}

/** The order that `magnitude:desc,id` means. INVALID_ARGUMENT BAD_OPTION. */
export function orderOf(desc: DescMessage, text: string | undefined): OrderBy[] {
  return listOf(text).map((part) => {
    const [, name, direction] = /^(\w+)(?::(asc|desc))?$/.exec(part) ?? [];
    if (name === undefined) {
      throw badOption('order', `${JSON.stringify(part)} is not a field, or FIELD:desc`);
    }
    return { field: fieldNamed(desc, name, 'order').name, descending: direction === 'desc' };
  });
}

/** The fields that `iata,name` means; undefined where nothing was asked for. INVALID_ARGUMENT BAD_OPTION. */
export function fieldsOf(desc: DescMessage, text: string | undefined): DescField[] | undefined {
  if (text === undefined) return undefined;
  return listOf(text).map((name) => fieldNamed(desc, name, 'fields'));
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The filter of all tests together with one that was written out, as the JSON of `syncdb.v1.Filter`. */
export function filterOf(
  desc: DescMessage,
  tests: readonly string[],
  json: string | undefined,
): Filter | undefined {
  const filters = [whereFilter(desc, tests), json === undefined ? undefined : writtenFilter(json)];
  const given = filters.filter((filter) => filter !== undefined);
  if (given.length < 2) return given[0];
  return { test: { $case: 'allOf', value: { filters: given } } };
}

function writtenFilter(json: string): Filter {
  try {
    return Filter.decode(toBinary(FilterSchema, fromJsonString(FilterSchema, json)));
  } catch (error) {
    throw badOption('filter', `is no syncdb.v1.Filter: ${(error as Error).message}`);
  }
}
