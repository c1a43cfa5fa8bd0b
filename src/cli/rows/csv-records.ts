import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';

/** A cell, and whether it stood in quotes. */
export interface CsvCell {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** A record of a CSV text. */
export interface CsvRecord {
  /** The line where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly CsvCell[];
  readonly text: string;
}

interface ParsedRecord {
  readonly info: Info;
  readonly record: readonly CsvCell[];
  readonly raw: string;
}

/** What is wrong with a text as a whole, and where. */
export class CsvShapeError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/** The records of a text (RFC 4180), its head too. Raises a CsvShapeError where a quote stands wrong. */
export async function* csvRecords(texts: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  const parser = parse({
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
    cast: (text, { quoting }): CsvCell => ({ text, isQuoted: quoting }),
  });
  // What goes wrong with the texts is thrown by the loop.
  pipeline(Readable.from(texts), parser, () => {});
  try {
    for await (const { info, record, raw } of parser as AsyncIterable<ParsedRecord>) {
      const text = raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
      yield { line: info.lines - text.split('\n').length + 1, cells: record, text };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines = 0 } = error as CsvError & { readonly lines?: number };
    throw new CsvShapeError(lines, error.message);
  }
}
