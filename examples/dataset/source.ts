/** Reads the files of the npm package `vega-datasets`. */
import { readFileSync } from 'node:fs';
import { parseCsv } from './csv.ts';

const folder = new URL('../data/', import.meta.resolve('vega-datasets'));

/** The lines of a CSV file, by the names of its columns. */
export function readCsv(file: string): CsvLine[] {
  const [names = [], ...lines] = parseCsv(readText(file));
  return lines.map((cells, index) => {
    // The names stand on line 1.
    const where = `${file}:${index + 2}`;
    if (cells.length !== names.length) {
      throw new Error(`${where}: ${cells.length} cells, not ${names.length}`);
    }
    return new CsvLine(where, new Map(names.map((name, column) => [name, cells[column]!])));
  });
}

/** The contents of a JSON file, in the shape that the caller knows it to have. */
export function readJson<Shape>(file: string): Shape {
  return JSON.parse(readText(file)) as Shape;
}

/** One line of a CSV file. What is not as expected is an error that names the place, never a guess. */
export class CsvLine {
  readonly #where: string;
  readonly #cells: ReadonlyMap<string, string>;

  constructor(where: string, cells: ReadonlyMap<string, string>) {
    this.#where = where;
    this.#cells = cells;
  }

  text(column: string): string {
    return this.#cells.get(column) ?? this.#fail(column, 'is no column');
  }

  /** undefined where the cell says `absent`. */
  maybeText(column: string, absent: string): string | undefined {
    const text = this.text(column);
    return text === absent ? undefined : text;
  }

  number(column: string): number {
    const text = this.text(column);
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) this.#fail(column, 'is no number');
    return value;
  }

  /** undefined where the cell is empty. */
  maybeNumber(column: string): number | undefined {
    return this.text(column) === '' ? undefined : this.number(column);
  }

  /** What `values` has for the text of a cell. */
  oneOf<Value>(column: string, values: ReadonlyMap<string, Value>): Value {
    const value = values.get(this.text(column));
    return value === undefined ? this.#fail(column, 'is not a known value') : value;
  }

  #fail(column: string, problem: string): never {
    throw new Error(
      `${this.#where}: ${column} ${JSON.stringify(this.#cells.get(column))} ${problem}`,
    );
  }
}

function readText(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}
