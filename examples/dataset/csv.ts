/** One cell, in quotes with doubled quotes inside or without, and what ends it. */
const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** The lines of a CSV text (RFC 4180), each a list of cells. Raises an Error where a quote stands wrong. */
export function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  cellPattern.lastIndex = 0;
  while (cellPattern.lastIndex < text.length) {
    const position = cellPattern.lastIndex;
    const match = cellPattern.exec(text);
    if (match === null) throw new Error(`no CSV cell at character ${position}`);
    const [, quoted, plain = '', end] = match;
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',' && cellPattern.lastIndex < text.length) continue;
    if (end === ',') line.push('');
    lines.push(line);
    line = [];
  }
  return lines;
}
