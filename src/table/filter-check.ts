import { invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { canonicalCell } from '../schema/cell.ts';
import type { Cell, ColumnDef, TableDef } from '../schema/table-def.ts';
import type { Comparison, Filter, Operator } from './filter.ts';

/**
 * The filter with its operands canonical. What does not fit raises INVALID_ARGUMENT that names the part at fault
 * by its path in the request: FILTER_TOO_LARGE; UNKNOWN_COLUMN; WRONG_OPERATOR where the column's kind does not
 * have it, such as `lt` on nested data, which can only be `absent`; WRONG_OPERANDS for too many or too few;
 * WRONG_TYPE for one of another type.
 */
export function checkFilter(
  def: TableDef,
  filter: Filter,
  limits: Limits,
  path = 'filter',
): Filter {
  let parts = 0;
  const check = (part: Filter, at: string): Filter => {
    if (++parts > limits.filterNodesMax) {
      throw invalidField(path, 'FILTER_TOO_LARGE', `has more than ${limits.filterNodesMax} parts`);
    }
    if ('all' in part) return { all: checkList(part.all, `${at}.all_of`) };
    if ('any' in part) return { any: checkList(part.any, `${at}.any_of`) };
    if ('not' in part) return { not: check(part.not, `${at}.none_of`) };
    return checkComparison(def, part, `${at}.compare`, limits);
  };
  const checkList = (list: readonly Filter[], at: string) =>
    list.map((part, index) => check(part, `${at}.filters[${index}]`));
  return check(filter, path);
}

function checkComparison(
  def: TableDef,
  comparison: Comparison,
  path: string,
  limits: Limits,
): Comparison {
  const { op, cells } = comparison;
  const column = def.columns[comparison.column];
  if (column === undefined) {
    throw invalidField(`${path}.field`, 'UNKNOWN_COLUMN', `${def.name} has no such field`);
  }
  if (!hasOperator(column, op)) {
    const description = `${column.name} is ${column.typeName}, which has no operator ${op}`;
    throw invalidField(`${path}.operation`, 'WRONG_OPERATOR', description);
  }
  const count = op === 'in' ? cells.length : op === 'absent' ? 0 : 1;
  if (cells.length !== count) {
    const description = `${op} takes ${count === 0 ? 'no value' : 'one value'}, not ${cells.length}`;
    throw invalidField(`${path}.values`, 'WRONG_OPERANDS', description);
  }
  const operands = cells.map((cell, index) =>
    checkOperand(column, cell, `${path}.values[${index}]`, limits),
  );
  return { ...comparison, cells: operands };
}

function hasOperator(column: ColumnDef, operator: Operator): boolean {
  if (operator === 'absent') return true;
  if (operator === 'starts-with') return column.kind === 'string';
  return column.kind !== 'wire';
}

function checkOperand(column: ColumnDef, cell: Cell, path: string, limits: Limits): Cell {
  if (cell === null) {
    throw invalidField(path, 'WRONG_TYPE', `nothing compares with null; ask for absent instead`);
  }
  try {
    return canonicalCell(column, cell, limits);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw invalidField(path, error.reason, error.message);
  }
}
