import type { Field, FieldType, Row, Table } from './table.ts';

/**
 * Rows as a typed table has them. Fields that are null are left out, and one that is now a number and now a text is a text in all
 * rows.
 */
export function typedTable(name: string, rows: readonly Row[]): Table {
  const type = messageType(rows);
  return { name, fields: type.fields, rows: rows.map((row) => conform(row, type) as Row) };
}

/** What all these values are. */
export function typeOfAll(values: readonly unknown[]): FieldType {
  const are = (test: (value: unknown) => boolean) => values.every(test);
  if (are(isWhole)) return { kind: 'integer' };
  if (are((value) => typeof value === 'number')) return { kind: 'float' };
  if (are((value) => typeof value === 'boolean')) return { kind: 'boolean' };
  if (are(Array.isArray))
    return { kind: 'list', items: typeOfAll(valuesIn(values as unknown[][])) };
  if (are(isObject)) return messageType(values as Row[]);
  return { kind: 'text' };
}

function valuesIn(lists: readonly (readonly unknown[])[]): unknown[] {
  return lists.flat().filter((value) => value !== null);
}

function messageType(rows: readonly Row[]) {
  const values = new Map<string, unknown[]>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (value === null || value === undefined) continue;
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    }
  }
  const fields: Field[] = [...values].map(([name, all]) => ({ name, type: typeOfAll(all) }));
  return { kind: 'message', fields } as const;
}

function conform(value: unknown, type: FieldType): unknown {
  if (type.kind === 'text')
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (type.kind === 'list') {
    return valuesIn([value as unknown[]]).map((item) => conform(item, type.items));
  }
  if (type.kind !== 'message') return value;
  const of = value as Row;
  const there = type.fields.filter(({ name }) => of[name] !== null && of[name] !== undefined);
  return Object.fromEntries(there.map((each) => [each.name, conform(of[each.name], each.type)]));
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A decimal number. One with zeros before it is a code, such as a postal code, and stays as it is. */
const numberPattern = /^-?(?:0|[1-9]\d*)?(?:\.\d+)?(?:e[-+]?\d+)?$/i;

/**
 * The lines of a CSV file as rows: a column of which every cell is a number, or empty, is one of numbers. Empty cells have no
 * value.
 */
export function rowsOfLines(lines: readonly (readonly string[])[]): Row[] {
  const [names = [], ...rest] = lines;
  const numeric = names.map((_, column) => rest.every((line) => isNumber(line[column]!)));
  return rest.map((line) => {
    const cells = names.flatMap((name, column) => {
      const cell = line[column]!;
      return cell === '' ? [] : [[name, numeric[column] ? Number(cell) : cell] as const];
    });
    return Object.fromEntries(cells);
  });
}

function isNumber(cell: string): boolean {
  return (
    cell === '' || (/\d/.test(cell) && numberPattern.test(cell) && Number.isFinite(Number(cell)))
  );
}
