import * as pb from '../../gen/ts/syncdb/v1/data_service.ts';
import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { ColumnDef, TableDef } from '../schema/table-def.ts';
import { everything, type Filter, type Operator } from '../table/filter.ts';
import { checkFilter } from '../table/filter-check.ts';
import { createEnumForms, required } from './checks.ts';
import { operandFromWire } from './operands.ts';

const operators = createEnumForms<Operator, pb.ComparisonOperator>({
  eq: pb.ComparisonOperator.EQUAL,
  ne: pb.ComparisonOperator.NOT_EQUAL,
  lt: pb.ComparisonOperator.LESS,
  le: pb.ComparisonOperator.LESS_OR_EQUAL,
  gt: pb.ComparisonOperator.GREATER,
  ge: pb.ComparisonOperator.GREATER_OR_EQUAL,
  in: pb.ComparisonOperator.ONE_OF,
  'starts-with': pb.ComparisonOperator.STARTS_WITH,
  absent: pb.ComparisonOperator.ABSENT,
});

/**
 * The filter that a request means, checked; without one it matches every row. INVALID_ARGUMENT names the part at
 * fault by its path, such as `filter.all_of.filters[1].compare.values[0]`: MISSING_FIELD where a filter has no test,
 * UNKNOWN_ENUM_VALUE for an operation that is not known, UNKNOWN_COLUMN, the reasons of `operandFromWire`, and
 * those of `checkFilter`.
 */
export function filterFromWire(
  table: TableDef,
  message: pb.Filter | undefined,
  limits: Limits,
): Filter {
  if (message === undefined) return everything;
  return checkFilter(table, new FilterReader(table, limits).read(message, 'filter'), limits);
}

class FilterReader {
  private readonly table: TableDef;
  private readonly limits: Limits;
  private parts = 0;

  constructor(table: TableDef, limits: Limits) {
    this.table = table;
    this.limits = limits;
  }

  /** As deep as the filter is, which the count of its parts bounds. */
  read(message: pb.Filter, path: string): Filter {
    const { filterNodesMax } = this.limits;
    if (++this.parts > filterNodesMax) {
      throw invalidField('filter', 'FILTER_TOO_LARGE', `has more than ${filterNodesMax} parts`);
    }
    const test = required(message.test, path);
    switch (test.$case) {
      case 'allOf':
        return { all: this.readList(test.value, `${path}.all_of`) };
      case 'anyOf':
        return { any: this.readList(test.value, `${path}.any_of`) };
      case 'noneOf':
        return { not: this.read(test.value, `${path}.none_of`) };
      case 'compare':
        return this.readComparison(test.value, `${path}.compare`);
    }
  }

  private readList(list: pb.FilterList, path: string): Filter[] {
    return list.filters.map((filter, index) => this.read(filter, `${path}.filters[${index}]`));
  }

  private readComparison(message: pb.Comparison, path: string): Filter {
    const column = columnFromWire(this.table, message.field, `${path}.field`);
    const op = operators.nameOf(message.operation, `${path}.operation`);
    const values: readonly unknown[] = message.values;
    const cells = values.map((value, index) =>
      operandFromWire(column, value, `${path}.values[${index}]`),
    );
    return { column: column.index, op, cells };
  }
}

/** The column of this name. INVALID_ARGUMENT UNKNOWN_COLUMN names the field where the table has none. */
export function columnFromWire(table: TableDef, name: string, field: string): ColumnDef {
  const column = table.columnByName.get(name);
  if (column !== undefined) return column;
  const description = `${table.name} has no field ${JSON.stringify(name)}`;
  throw invalidField(field, 'UNKNOWN_COLUMN', description);
}
