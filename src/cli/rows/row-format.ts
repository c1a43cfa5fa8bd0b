/** In which form rows are read and written. */
export const rowFormats = ['json', 'ndjson', 'csv', 'table', 'binary'] as const;

export type RowFormat = (typeof rowFormats)[number];

/** Those that are read, too. */
export const fileFormats = ['json', 'ndjson', 'csv', 'binary'] as const;

export type FileFormat = (typeof fileFormats)[number];

const endings: Readonly<Record<string, FileFormat>> = {
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  binpb: 'binary',
  pb: 'binary',
};

/** What the ending of a file's name says. */
export function formatOfName(name: string): FileFormat | undefined {
  return endings[/\.([A-Za-z]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''];
}
